"""One partition's records on their way into a file."""

import hashlib
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import ConsumerRecord
from msgspec import Struct

from consumers.archive.erasing import erased, without
from consumers.archive.files import (
    SCHEMA,
    File,
    Log,
    State,
    locked,
    named,
    state_of,
    table_of,
    write,
)
from consumers.archive.merging import day_of, merge
from streams.codec import Codec, UnknownType, Unreadable
from streams.events import Millis

TICK = "clock.ticked"


class AnotherLog(RuntimeError):
    """What the broker has is not what was archived: going on would mix two logs."""


class Head(Struct):
    """What every record of the archived topics has, of newer versions too."""

    type: str
    ts: Millis


_head = msgspec.json.Decoder(Head).decode


def digest(record: ConsumerRecord) -> str:
    """Tells a log that was made anew from the one that was archived."""
    text = b"%d|%s|%s" % (record.offset, record.key or b"", record.value or b"")
    return hashlib.sha256(text).hexdigest()[:32]


class Writer:
    """Takes a log's records in their order; `due` says when `flush` should be called.

    `newest`: the log's last file, from which it goes on.
    """

    def __init__(self, root: Path, log: Log, codec: Codec[Any], newest: File | None) -> None:
        self.log = log
        self.next: int = 0
        """The offset of the record that is wanted next."""
        self.last: ConsumerRecord | None = None
        self.archived: str | None = None
        """The digest of the last record that is in a file."""
        self.skipped = 0
        """Records that nobody can read, and that are kept as dead letters."""
        self._root = root
        self._codec = codec
        self._clock: Millis | None = None
        self._day = ""
        self._since = time.monotonic()
        if newest is not None:
            state = state_of(newest)
            self.next, self.archived = newest.last + 1, state.digest
            self._clock, self._day = state.clock, newest.day
        self._first = self.next
        self._writing = threading.Lock()
        self._bytes = 0
        self._columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}

    @property
    def rows(self) -> int:
        return len(self._columns["offset"])

    @property
    def size(self) -> int:
        """Bytes of the values in hand."""
        return self._bytes

    @property
    def waiting(self) -> float:
        """Seconds since the first record in hand came; 0 without one."""
        return time.monotonic() - self._since if self.last is not None else 0.0

    def take(self, record: ConsumerRecord) -> bool:
        """False when what is in hand has to be written first: the record is of a new day."""
        head = self._read(record)
        ticked = head is not None and head.type == TICK
        day = "" if head is None else self._day_of(head, ticked)
        if head is not None and not ticked and self.rows and day != self._day:
            return False
        if self.last is None:
            self._since = time.monotonic()
            self._first = record.offset
        self.last, self.next = record, record.offset + 1
        if head is None:
            self.skipped += 1
        elif ticked:
            self._clock = max(head.ts, self._clock or 0)
        else:
            self._day = day
            self._add(record, head)
        return True

    def flush(self, many: int) -> File | None:
        """Writes what is in hand, merges a day's files. Blocks; may be called again meanwhile."""
        with self._writing:
            return self._flush(many)

    def _flush(self, many: int) -> File | None:
        last = self.last
        if last is None:
            return None
        if not self.rows and self._clock is not None:
            self._day = day_of(self._clock)
        with locked(self._root):
            file = named(self._root, self._day or day_of(0), self.log, self._first, last.offset)
            table, _ = without(table_of(self._columns), erased(self._root))
            write(file, table, State(self._clock, digest(last)))
            merge(self._root, self.log, file.day, many)
        self.last, self.archived = None, digest(last)
        self._bytes = 0
        self._columns = {name: [] for name in SCHEMA.names}
        return file

    def check(self, record: ConsumerRecord) -> None:
        """`record` is the first from the last archived offset on. Raises `AnotherLog`."""
        same = record.offset >= self.next or (
            record.offset == self.next - 1 and digest(record) == self.archived
        )
        if not same:
            raise AnotherLog(
                f"{self.log.topic} partition {self.log.partition} is not the log that was "
                "archived: it was made anew; move the archive's folder away"
            )

    def _read(self, record: ConsumerRecord) -> Head | None:
        """None for what is no record of the contract; newer types are kept."""
        try:
            self._codec.decode(record.value)
        except UnknownType:
            pass
        except Unreadable:
            return None
        try:
            return _head(record.value)
        except msgspec.MsgspecError:
            return None

    def _day_of(self, head: Head, ticked: bool) -> str:
        """By the partition's clock, which never goes back; without one, the latest `ts`."""
        if ticked:
            return self._day
        return day_of(self._clock) if self._clock else max(self._day, day_of(head.ts))

    def _add(self, record: ConsumerRecord, head: Head) -> None:
        row = {
            "topic": self.log.topic,
            "partition": self.log.partition,
            "offset": record.offset,
            "clock": self._clock,
            "key": None if record.key is None else record.key.decode(errors="replace"),
            "ts": head.ts,
            "type": head.type,
            "value": record.value,
        }
        for name, value in row.items():
            self._columns[name].append(value)
        self._bytes += len(record.value)
