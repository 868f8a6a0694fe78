"""What replay reads: logs of one partition each, from JSONL files or from an archive.

A JSONL file is one partition's log. An archive, or Parquet files of one, is sorted into its
partitions; the partition's clock stands in the rows. Each is a track, and is played through the
core that reads such a log; tracks know nothing of one another, so they can be played by several
processes.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from consumers.archive.files import File, file_at, listed, standing, state_of
from sessionwatch.taking import Keep, Place, Played, Taking
from sessionwatch.tape import Core, Reading
from streams import codec
from streams.codec import UnknownType, Unreadable
from streams.events import ClockTicked, Millis
from streams.participant.monitor import Monitor as People
from streams.rules import Rules
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS

STDIN = "-"
ROWS = 10_000
"""Read at once."""
NOTHING_MORE = Keep()

Read = Callable[[int], None]
"""Told how many bytes more were read."""
Kind = Literal["jsonl", "rooms", "people"]
Row: TypeAlias = tuple[Millis | None, bytes | None, Place]
"""The partition's clock where the log tells it otherwise than by ticks; a record; where it is."""


class NoSuchInput(OSError):
    """What was named cannot be read as a log."""


class Track(Struct, frozen=True):
    """One partition's log: its files in their order, and their bytes together."""

    kind: Kind
    number: int
    paths: tuple[str, ...]
    size: int


def tracks(names: Sequence[str]) -> list[Track]:
    """Raises `OSError` for what is not there, `NoSuchInput` for a folder that is no archive."""
    found: list[Track] = []
    archived: list[File] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = listed(path)
            if not inside:
                next(path.iterdir(), None)  # raises where it may not be looked into
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


def holes(found: Iterable[Track]) -> Iterator[tuple[str, str]]:
    """Files of an archive between which records are missing."""
    for before, after in (pair for track in found for pair in pairwise(track.paths)):
        one, other = file_at(Path(before)), file_at(Path(after))
        if one is not None and other is not None and other.first > one.last + 1:
            yield before, after


def _kind(topic: str) -> Kind | None:
    """None for what a replay makes anew: the signals."""
    if topic.endswith(SESSION_EVENTS.name):
        return "rooms"
    return "people" if topic.endswith(PARTICIPANT_EVENTS.name) else None


def play(
    track: Track, rules: Mapping[str, Rules], read: Read, keep: Keep = NOTHING_MORE
) -> dict[str, Played]:
    """Through the track's core, one for each set of rules, by its name; what a line says is
    worked out once. Raises `OSError` for what cannot be read."""
    rows = records(track, read)
    if track.kind == "people":
        return _people(track, rules, rows, keep)
    return _rooms(track, rules, rows, keep)


def records(track: Track, read: Read) -> Iterator[Row]:
    """All of a track in its order."""
    return _lines(track.paths[0], read) if track.kind == "jsonl" else _rows(track, read)


def _rooms(
    track: Track, rules: Mapping[str, Rules], rows: Iterable[Row], keep: Keep
) -> dict[str, Played]:
    reading = Reading(ticks=track.kind == "rooms")
    sides = [(Core(chosen, track.number), Taking(keep)) for chosen in rules.values()]
    events, unread, ticked = 0, 0, None
    for clock, line, place in rows:
        if clock is not None and clock != ticked:
            ticked = clock
            for core, taking in sides:
                if (passed := core.pass_to(clock)) is not None:
                    taking.step(passed, b"", place)
        if line is None:
            continue
        events += 1
        try:
            heard = reading.read(line)
        except Unreadable as error:
            unread += not isinstance(error, UnknownType)
            for _, taking in sides:
                taking.refuse(line, error.reason, place)
            continue
        for core, taking in sides:
            for step in core.hear(heard):
                taking.step(step, line, place)
    if track.kind == "jsonl" and 0 < events == unread:
        raise NoSuchInput(0, "is no log: not one of its lines is an event", track.paths[0])
    found = [taking.done(events, reading.hours) for _, taking in sides]
    return dict(zip(rules, found, strict=True))


def _people(
    track: Track, rules: Mapping[str, Rules], rows: Iterable[Row], keep: Keep
) -> dict[str, Played]:
    sides = [(People(track.number, chosen), Taking(keep)) for chosen in rules.values()]
    events, offset, ticked = 0, 0, -1
    for clock, value, place in rows:
        offset += 2
        if clock is not None and clock > ticked:
            ticked = clock
            tick = ClockTicked(id=f"archive-{clock}", ts=clock)
            for core, taking in sides:
                taking.judged(core.apply(tick, offset - 1), b"", place)
        if value is None:
            continue
        events += 1
        try:
            event = codec.participant_events.decode(value)
        except Unreadable as error:
            for _, taking in sides:
                taking.refuse(value, error.reason, place)
            continue
        for core, taking in sides:
            taking.judged(core.apply(event, offset), value, place)
    found = [taking.done(events, {}) for _, taking in sides]
    return dict(zip(rules, found, strict=True))


def _lines(name: str, read: Read) -> Iterator[Row]:
    """A file's lines without the empty ones."""
    try:
        with _opened(name) as lines:
            for number, line in enumerate(lines, start=1):
                read(len(line))
                if line.strip():
                    yield None, line, (name, number)
    except OSError as error:  # a failed reading does not say of what
        raise NoSuchInput(error.errno, error.strerror, name) from None


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == STDIN:
        yield sys.stdin.buffer
        return
    with open(name, "rb") as lines:
        yield lines


def _rows(track: Track, read: Read) -> Iterator[Row]:
    """The partition's clock and a record, by offset; after each file its last clock alone."""
    for path in track.paths:
        try:
            yield from _file(path, read)
        except (pa.ArrowException, OSError, LookupError, ValueError) as error:
            raise NoSuchInput(0, "cannot be read as an archive's file", path) from error


def _file(path: str, read: Read) -> Iterator[Row]:
    number = 0
    with pq.ParquetFile(path) as file:
        rows, size = file.metadata.num_rows, Path(path).stat().st_size
        for batch in file.iter_batches(ROWS, columns=["clock", "value"], use_threads=False):
            clocks = batch["clock"].cast("int64").to_pylist()
            for clock, value in zip(clocks, batch["value"].to_pylist(), strict=True):
                number += 1
                yield clock, value, (path, number)
            read(size * batch.num_rows // rows)
    one = file_at(Path(path))
    if one is not None:
        yield state_of(one).clock, None, (path, number)
