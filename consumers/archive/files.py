"""The archive's files: what their names say, and how one comes into being whole or not at all.

`<day>/<topic>-<partition>-<first>-<last>.parquet`: the UTC day, and the offsets that the file
covers, of which ticks (whose place the column `clock` takes) and unreadable records have no row.
The names alone say where the log has to be read on. A file replaces those whose offsets lie
within its own, so that a crash between the two steps of a merge leaves nothing counted twice.
"""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from streams.events import Millis

INSTANT = pa.timestamp("ms", "UTC")
SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("clock", INSTANT),
        ("key", pa.string()),
        ("ts", INSTANT),
        ("type", pa.string()),
        ("value", pa.binary()),
    ]
)
"""`clock`: the largest `clock.ticked` of the partition before the record; none before the first,
and on topics without ticks. `value`: the record's bytes as they were on the log."""
ROWS_A_GROUP = 50_000
REPEATED = ("topic", "type", "key")
"""Columns of few different values: dictionaries. The rest are packed by zstd alone."""

_NAME = re.compile(r"(?P<topic>.+)-(?P<partition>\d+)-(?P<first>\d{15})-(?P<last>\d{15})\.parquet")
UNFINISHED = ".unfinished"


class Log(Struct, frozen=True, order=True):
    """One partition of one topic; the topic's name has the installation's prefix."""

    topic: str
    partition: int


class File(Struct, frozen=True, order=True):
    """One file, by its name."""

    log: Log
    first: int
    last: int
    day: str
    path: Path

    def within(self, other: "File") -> bool:
        return other.first <= self.first and self.last <= other.last and self.path != other.path


class State(Struct, frozen=True):
    """How far a file goes: the clock after its last record, and that record's digest."""

    clock: Millis | None
    digest: str


def named(root: Path, day: str, log: Log, first: int, last: int) -> File:
    name = f"{log.topic}-{log.partition}-{first:015}-{last:015}.parquet"
    return File(log, first, last, day, root / day / name)


def file_at(path: Path) -> File | None:
    """None for a file that is none of the archive's."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    log = Log(found["topic"], int(found["partition"]))
    return File(log, int(found["first"]), int(found["last"]), path.parent.name, path)


def listed(root: Path) -> list[File]:
    """All files of a folder, by log and offset, replaced ones among them."""
    found = (file_at(path) for path in root.glob("*/*.parquet"))
    return sorted(one for one in found if one is not None)


def standing(files: Iterable[File]) -> list[File]:
    """By log and offset, without those that another one replaces."""
    kept: list[File] = []
    for one in sorted(files, key=lambda each: (each.log, each.first, -each.last)):
        if not (kept and kept[-1].log == one.log and one.within(kept[-1])):
            kept.append(one)
    return kept


def write(file: File, table: pa.Table, state: State) -> None:
    """Returns when the file, and that it is there, would outlast a loss of power."""
    file.path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.path.with_suffix(UNFINISHED)
    told = {b"clock": str(state.clock or "").encode(), b"digest": state.digest.encode()}
    with unfinished.open("wb") as out:
        pq.write_table(
            table.replace_schema_metadata(told),
            out,
            compression="zstd",
            row_group_size=ROWS_A_GROUP,
            use_dictionary=list(REPEATED),
        )
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(file.path)
    settle(file.path.parent)
    settle(file.path.parent.parent)


def settle(folder: Path) -> None:
    """Makes what was named or removed in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(files: Iterable[File]) -> None:
    folders = set()
    for one in files:
        one.path.unlink(missing_ok=True)
        folders.add(one.path.parent)
    for folder in folders:
        settle(folder)
        with contextlib.suppress(OSError):  # others are in it still
            folder.rmdir()


def state_of(file: File) -> State:
    told: Mapping[bytes, bytes] = pq.read_schema(file.path).metadata or {}
    clock = told.get(b"clock", b"").decode()
    return State(int(clock) if clock else None, told.get(b"digest", b"").decode())


def read(file: File) -> pa.Table:
    return pq.read_table(file.path, schema=SCHEMA, partitioning=None)


@contextlib.contextmanager
def locked(root: Path, name: str = ".files", *, wait: bool = True) -> Iterator[None]:
    """One process at a time; raises `BlockingIOError` with `wait` off. A crash lets go of it."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / name).open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def table_of(columns: Mapping[str, list[Any]]) -> pa.Table:
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)
