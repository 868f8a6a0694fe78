"""Keeping the archive's files few, and no older than they may be."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from consumers.archive.files import (
    UNFINISHED,
    File,
    Log,
    listed,
    named,
    read,
    remove,
    standing,
    state_of,
    write,
)
from streams.events import Millis
from streams.topics import DAY_MS

WHOLE_BYTES = 8 * 2**20
"""A file of an open day that is as large is left as it is."""
MOST_BYTES = 128 * 2**20
"""Of the files merged into one: it is read into memory whole."""


def day_of(ts: Millis) -> str:
    """The UTC day, as 2026-11-24."""
    return datetime.fromtimestamp(ts / 1000, UTC).date().isoformat()


def clear_away(root: Path) -> None:
    """What a crash left: files half written, and files that a merged one replaced."""
    for path in root.glob(f"*/*{UNFINISHED}"):
        path.unlink()
    files = listed(root)
    kept = set(standing(files))
    remove(one for one in files if one not in kept)


def merge(root: Path, log: Log, today: str, many: int) -> None:
    """One file for each day that is over; for the open one, once `many` small ones lie about."""
    mine = [one for one in listed(root) if one.log == log]
    for day, files in groupby(mine, lambda one: one.day):
        for run in _runs(list(files), open_day=day == today):
            if len(run) >= (many if day == today else 2):
                _merged(root, day, run)


def _runs(files: Sequence[File], open_day: bool) -> Iterator[list[File]]:
    """Neighbours that together are not too large."""
    run: list[File] = []
    total = 0
    for one in files:
        size = one.path.stat().st_size
        left = open_day and size >= WHOLE_BYTES
        if run and (left or total + size > MOST_BYTES):
            yield run
            run, total = [], 0
        if not left:
            run.append(one)
            total += size
    yield run


def _merged(root: Path, day: str, run: Sequence[File]) -> None:
    whole = named(root, day, run[0].log, run[0].first, run[-1].last)
    table = pa.concat_tables(read(one) for one in run)
    write(whole, table, state_of(run[-1]))
    remove(run)


def expire(root: Path, now: Millis, days: int) -> list[File]:
    """Removes what is older than so many days; each log's newest file stays, since it says how
    far the log was read."""
    oldest = day_of(max(0, now - days * DAY_MS))
    files = listed(root)
    newest = {one.log: one for one in files}
    gone = [one for one in files if one.day < oldest and newest[one.log] != one]
    remove(gone)
    return gone
