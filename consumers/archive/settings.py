"""The archive's settings; `sessionwatch/settings.py` reads them."""

from msgspec import Struct

from streams.watching import STALLED_SECONDS


class ArchiveSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`folder`: empty, the composition root names one. A file is written after `flush_seconds`
    or `flush_rows`; `merge_files` small ones of a day become one. `retention_days` 0: for ever."""

    folder: str = ""
    retention_days: int = 400
    flush_seconds: float = 300
    flush_rows: int = 50_000
    flush_bytes: int = 32 * 2**20
    merge_files: int = 24
    batch: int = 2_000
    expire_seconds: float = 3_600
    stalled_seconds: float = STALLED_SECONDS
