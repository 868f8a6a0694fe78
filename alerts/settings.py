"""The alert service's settings; `sessionwatch/settings.py` reads them."""

from msgspec import Struct

from streams.watching import STALLED_SECONDS


class AlertsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`database` is a URL; empty, the composition root names a file. `batch`: records at once."""

    database: str = ""
    batch: int = 500
    dead_letters_a_minute: int = 100
    stalled_seconds: float = STALLED_SECONDS
