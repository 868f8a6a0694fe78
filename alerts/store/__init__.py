"""The alert store: SQL, migrations."""

from alerts.store.store import Store

__all__ = ["Store"]
