"""What replay reads: logs of one partition each, from JSONL files or from an archive.

A JSONL file is one partition's log. An archive, or Parquet files of one, is sorted into its
partitions; the partition's clock stands in the rows. Each is a track, and is played through the
core that reads such a log; tracks know nothing of one another, so they can be played by several
processes.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow.parquet as pq
from msgspec import Struct, field

from consumers.archive.files import File, file_at, listed, standing, state_of
from sessionwatch.tape import Tape
from streams import codec
from streams.codec import Unreadable
from streams.events import ClockTicked, Millis, PresenceCounted, SessionAttended, Signal
from streams.participant.monitor import Monitor as PeopleMonitor
from streams.rules import Rules
from streams.session.monitor import Step
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS

STDIN = "-"
ROWS = 10_000
"""Read at once."""
IDLE_COUNTS = 60
"""Of nobody's presence in a row (10 s each), after which no further one is kept: no incident
stands by then."""

Read = Callable[[int], None]
"""Told how many bytes more were read."""
Kind = Literal["jsonl", "rooms", "people"]


class NoSuchInput(OSError):
    """What was named cannot be read as a log."""


class Track(Struct, frozen=True):
    """One partition's log: its files in their order, and their bytes together."""

    kind: Kind
    number: int
    paths: tuple[str, ...]
    size: int


class Played(Struct):
    """All that a track caused under one set of rules."""

    signals: list[Signal] = field(default_factory=list)
    counts: list[PresenceCounted] = field(default_factory=list)
    attended: list[SessionAttended] = field(default_factory=list)
    hours: dict[str, set[int]] = field(default_factory=dict)
    """By program, the hours since the epoch in which sessions were planned."""
    letters: list[tuple[bytes, str]] = field(default_factory=list)
    """Records that could not be used, if they were to be kept, and the reason's code."""
    unused: Counter[str] = field(default_factory=Counter)
    events: int = 0


def tracks(names: Sequence[str]) -> list[Track]:
    """Raises `OSError` for what is not there, `NoSuchInput` for a folder that is no archive."""
    found: list[Track] = []
    archived: list[File] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = listed(path)
            if not inside:
                raise NoSuchInput(0, "holds no files of an archive", name)
            archived += inside
        elif path.suffix == ".parquet":
            one = file_at(path)
            if one is None:
                raise NoSuchInput(0, "is not named as an archive's file is", name)
            archived.append(one)
        else:
            size = 0 if name == STDIN else path.stat().st_size
            found.append(Track("jsonl", len(found), (name,), size))
    for log, files in groupby(standing(archived), lambda one: one.log):
        kind = _kind(log.topic)
        if kind is not None:
            paths = [one.path for one in files]
            size = sum(path.stat().st_size for path in paths)
            found.append(Track(kind, len(found), tuple(map(str, paths)), size))
    return found


def _kind(topic: str) -> Kind | None:
    """None for what a replay makes anew: the signals."""
    if topic.endswith(SESSION_EVENTS.name):
        return "rooms"
    return "people" if topic.endswith(PARTICIPANT_EVENTS.name) else None


def play(track: Track, rules: Rules, read: Read, *, keep: bool = False) -> Played:
    """Through the track's core. `keep` the records that could not be used."""
    if track.kind == "jsonl":
        return _jsonl(track, rules, read, keep)
    if track.kind == "people":
        return _people(track, rules, read, keep)
    return _rooms(track, rules, read, keep)


class _Taking:
    """Sorts what steps cause."""

    def __init__(self, keep: bool) -> None:
        self.played = Played()
        self._keep = keep
        self._idle = 0
        self._left: PresenceCounted | None = None

    def step(self, step: Step, line: bytes) -> None:
        for one in step.signals:
            if isinstance(one, Signal):
                self.played.signals.append(one)
            else:
                self._count(one)
        self.played.attended += step.attended
        for reason in (*step.rejected, *(reason for _, reason in step.failed)):
            self.refuse(line, reason)

    def refuse(self, line: bytes, reason: str) -> None:
        self.played.unused[reason] += 1
        if self._keep:
            self.played.letters.append((line, reason))

    def done(self, events: int) -> Played:
        if self._left is not None:
            self.played.counts.append(self._left)
        self.played.events = events
        return self.played

    def _count(self, one: PresenceCounted) -> None:
        self._idle = 0 if one.people else self._idle + 1
        if self._idle <= IDLE_COUNTS:
            self.played.counts.append(one)
            self._left = None
        else:
            self._left = one  # the last one all the same: others wait for its instant


def _jsonl(track: Track, rules: Rules, read: Read, keep: bool) -> Played:
    tape, taking = Tape(rules, track.number), _Taking(keep)
    events = 0
    with _opened(track.paths[0]) as lines:
        for line in lines:
            read(len(line))
            if not line.strip():
                continue
            events += 1
            try:
                steps = tape.play(line)
            except Unreadable as error:
                taking.refuse(line, error.reason)
                continue
            for step in steps:
                taking.step(step, line)
    taking.played.hours = tape.hours
    return taking.done(events)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == STDIN:
        yield sys.stdin.buffer
        return
    with open(name, "rb") as lines:
        yield lines


def _rooms(track: Track, rules: Rules, read: Read, keep: bool) -> Played:
    tape, taking = Tape(rules, track.number, ticks=True), _Taking(keep)
    events = 0
    for clock, value in _rows(track, read):
        if clock is not None and (ticked := tape.pass_to(clock)) is not None:
            taking.step(ticked, b"")
        if value is None:
            continue
        events += 1
        try:
            steps = tape.play(value)
        except Unreadable as error:
            taking.refuse(value, error.reason)
            continue
        for step in steps:
            taking.step(step, value)
    taking.played.hours = tape.hours
    return taking.done(events)


def _people(track: Track, rules: Rules, read: Read, keep: bool) -> Played:
    monitor, taking = PeopleMonitor(track.number, rules), _Taking(keep)
    events, offset, ticked = 0, 0, -1
    for clock, value in _rows(track, read):
        offset += 2
        if clock is not None and clock > ticked:
            ticked = clock
            tick = ClockTicked(id=f"archive-{clock}", ts=clock)
            taking.played.signals += monitor.apply(tick, offset - 1).signals
        if value is None:
            continue
        events += 1
        try:
            step = monitor.apply(codec.participant_events.decode(value), offset)
        except Unreadable as error:
            taking.refuse(value, error.reason)
            continue
        taking.played.signals += step.signals
        for reason in (*step.rejected, *(reason for _, reason in step.failed)):
            taking.refuse(value, reason)
    return taking.done(events)


def _rows(track: Track, read: Read) -> Iterator[tuple[Millis | None, bytes | None]]:
    """The partition's clock and a record, by offset; after each file its last clock alone."""
    for path in track.paths:
        file = pq.ParquetFile(path)
        rows = file.metadata.num_rows
        size = Path(path).stat().st_size
        for batch in file.iter_batches(ROWS, columns=["clock", "value"], use_threads=False):
            clocks = batch["clock"].cast("int64").to_pylist()
            yield from zip(clocks, batch["value"].to_pylist(), strict=True)
            read(size * batch.num_rows // rows)
        one = file_at(Path(path))
        if one is not None:
            yield state_of(one).clock, None
