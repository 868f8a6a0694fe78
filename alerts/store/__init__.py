"""The alert store: SQL, migrations."""
