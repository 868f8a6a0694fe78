"""Logs to replay: outlines of days, and busy rooms with all their samples."""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from heapq import merge
from operator import itemgetter
from pathlib import Path
from random import Random

from aiokafka import ConsumerRecord
from msgspec import Struct

from benchmarks.load import START
from benchmarks.sessions import LENGTH, PEOPLE, log
from consumers.archive.files import Log
from consumers.archive.writer import Writer
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.simulator.day import make
from producers.simulator.timeline import happenings
from streams import codec
from streams.codec import encode
from streams.events import MINUTE, SECOND, ClockTicked, Millis, Sample, SampleBatch
from streams.kafka import partition_of
from streams.topics import DAY_MS

PARTITIONS = 4
COPIES = 12
"""Clinics at once: 168 rooms a day."""
TICK = 5 * SECOND
EVERY = 5 * SECOND
ROOMS_A_RECORD = 10
INSTANT = re.compile(rb"\b179\d{10}\b")
SESSION = re.compile(rb'"session_id":"[^"]+')

Line = tuple[int | None, bytes]
"""The partition, or None for all, and a record."""


def one_day() -> list[Line]:
    """A day of so many clinics at once."""
    told: dict[int, list[Line]] = {}
    for copy in range(COPIES):
        day = make("day", copy, START)
        for item in happenings(day, Pseudonyms(MasterKey(copy.to_bytes(32, "big")))):
            event = item.event
            place = partition_of(getattr(event, "session_id", ""), PARTITIONS)
            told.setdefault(-(-item.due // TICK), []).append((place, encode(event)))
    lines: list[Line] = []
    for turn in range(min(told), max(told) + 1):
        lines += told.get(turn, ())
        ts = turn * TICK
        lines.append((None, encode(ClockTicked(id=str(ts // SECOND), ts=ts))))
    return lines


def _moved(line: bytes, days: int) -> bytes:
    """The same so many days later, of other sessions."""
    later = INSTANT.sub(lambda found: b"%d" % (int(found[0]) + days * DAY_MS), line)
    return SESSION.sub(lambda found: found[0] + b".%d" % days, later)


def days(events: int) -> Iterator[Line]:
    """Until so many events were told; ticks are not counted."""
    base, count, day = one_day(), 0, 0
    while count < events:
        for place, line in base:
            yield place, _moved(line, day)
            count += place is not None
        day += 1


class Written(Struct, frozen=True):
    """The same log as JSONL files, one a partition, and as an archive, which has no samples."""

    files: list[str]
    archive: str
    events: int
    """Of sessions; ticks are not counted."""
    samples: int


def busy(rooms: int) -> Iterator[Line]:
    """So many rooms a partition at once: ten people's signs of taking part for three hours, a
    tick a second, and each page's samples, one every five seconds, ten rooms' in a record."""
    for place in range(PARTITIONS):
        told = ((codec.session_events.decode(line).ts, line) for line in log(rooms))
        for _, line in merge(told, _samples(rooms), key=itemgetter(0)):
            yield place, line


def _samples(rooms: int) -> Iterator[tuple[Millis, bytes]]:
    random = Random(1)  # noqa: S311 - a load, no secret
    for ts in range(START, START + LENGTH, EVERY):
        for first in range(0, rooms, ROOMS_A_RECORD):
            people = [
                (room, person)
                for room in range(first, min(rooms, first + ROOMS_A_RECORD))
                for person in range(PEOPLE)
            ]
            yield ts, encode(SampleBatch([_sample(random, *one, ts) for one in people]))


def _sample(random: Random, room: int, person: int, ts: Millis) -> Sample:
    """One in twenty is bad for minutes at a time, so that states change."""
    bad = (person + room + ts // (2 * MINUTE)) % 20 == 0
    return Sample(
        session_id=f"session-{room}",
        participant_id=f"person-{room}-{person}",
        connection_id="page",
        ts=ts,
        rtt_ms=round(random.uniform(350, 450) if bad else random.uniform(30, 60), 1),
        jitter_ms=round(random.uniform(40, 60) if bad else random.uniform(2, 8), 1),
        loss=0.06 if bad else 0.002,
        down_kbps=900,
        path="direct",
    )


def write(folder: Path, lines: Iterable[Line]) -> Written:
    folder.mkdir()
    files = [folder / f"{number}.jsonl" for number in range(PARTITIONS)]
    archive = folder / "archive"
    logs = [
        Writer(archive, Log("bench.session-events", number), codec.session_events, None)
        for number in range(PARTITIONS)
    ]
    events = samples = 0
    with ExitStack() as opened:
        outs = [opened.enter_context(file.open("wb")) for file in files]
        for place, line in lines:
            measured = line.count(b'"connection_id"') if b'"samples"' in line else 0
            samples += measured
            events += not measured and b'"clock.ticked"' not in line
            for number in range(PARTITIONS) if place is None else (place,):
                outs[number].write(line + b"\n")
                if not measured:
                    _keep(logs[number], line)
    for one in logs:
        one.flush(1_000)
    return Written([str(file) for file in files], str(archive), events, samples)


def _keep(into: Writer, line: bytes) -> None:
    log = into.log
    record = ConsumerRecord(
        log.topic, log.partition, into.next, 0, 0, None, line, -1, len(line), None, ()
    )
    if not into.take(record):
        into.flush(1_000)
        into.take(record)
    if into.rows >= 100_000:
        into.flush(1_000)
