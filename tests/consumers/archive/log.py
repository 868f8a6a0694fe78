"""A log's records, onto a broker and out of an archive's files."""

import asyncio
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from consumers.archive.files import listed, standing
from consumers.archive.worker import PART
from streams import kafka
from streams.codec import encode
from streams.events import (
    ClockTicked,
    ConsentChanged,
    ParticipantIdentified,
    ParticipantJoined,
    RosterEntry,
    SessionScheduled,
    Signal,
)
from streams.kafka import KafkaSettings, partition_of
from streams.metrics import EVENTS_READ
from streams.topics import DAY_MS, PARTICIPANT_EVENTS, SESSION_EVENTS, SIGNALS

START = 1_795_536_000_000
"""2026-11-24, 16:00 UTC."""


def tick(ts, number=0):
    return SESSION_EVENTS, None, ClockTicked(id=str(number or ts // 1000), ts=ts)


def joined(n, ts, person=None, room=None):
    event = ParticipantJoined(
        id=f"join-{n}",
        ts=ts,
        session_id=room or f"room-{n % 5}",
        participant_id=person or f"pat-{n % 7}",
        role="participant",
        connection_id=f"c{n}",
    )
    return SESSION_EVENTS, event.session_id, event


def scheduled(room, ts, *people):
    event = SessionScheduled(
        id=f"sch-{room}",
        ts=ts,
        session_id=room,
        program_id="prog",
        track="morning",
        kind="group",
        starts_at=ts,
        ends_at=ts + 10_800_000,
        host_id="host",
        modality="virtual",
        roster=[RosterEntry(person) for person in people],
    )
    return SESSION_EVENTS, room, event


def identified(unmapped, person, ts):
    event = ParticipantIdentified(
        id=f"i-{unmapped}",
        ts=ts,
        session_id="room-0",
        unmapped_id=unmapped,
        participant_id=person,
    )
    return SESSION_EVENTS, "room-0", event


def consent(n, ts, person):
    event = ConsentChanged(
        id=f"consent-{n}",
        ts=ts,
        participant_id=person,
        scope="quality",
        granted=True,
        notice_version="1",
    )
    return PARTICIPANT_EVENTS, person, event


def signal(n, ts, person=None):
    event = Signal(
        id=f"s{n}",
        alert_id=f"a{n}",
        rule="missed_session",
        status="raised",
        severity="high",
        audience={"clinician": "high"},
        ts=ts,
        raised_at=ts,
        evidence={},
        rules="0" * 12,
        participant_id=person,
    )
    return SIGNALS, event.alert_id, event


def story(count, start=START):
    """Of all three topics, over two days; ticks in between, and some records nobody can read."""
    records = []
    for n in range(count):
        ts = start + n * 2 * DAY_MS // count
        records.append(tick(ts))
        records.append(joined(n, ts))
        if n % 3 == 0:
            records.append(signal(n, ts, f"pat-{n % 7}"))
        if n % 4 == 0:
            records.append(consent(n, ts, f"pat-{n % 7}"))
        if n % 50 == 7:
            records.append((SESSION_EVENTS, f"room-{n % 5}", b"{poison"))
    return records


async def write(settings: KafkaSettings, records) -> None:
    """Ticks go to every partition, as the clock's do."""
    producer = kafka.producer(settings)
    await producer.start()
    try:
        sent = []
        for topic, key, event in records:
            value = event if isinstance(event, bytes) else encode(event)
            places = (
                range(settings.partitions)
                if key is None
                else [partition_of(key, settings.partitions)]
            )
            for partition in places:
                raw = None if key is None else key.encode()
                sent.append(
                    await producer.send(settings.topic(topic), value, key=raw, partition=partition)
                )
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def on_the_log(settings: KafkaSettings):
    """By place, what the archive should hold: (offset, clock before it, key, value)."""
    wanted = {}
    reader = kafka.consumer(settings, SESSION_EVENTS, PARTICIPANT_EVENTS, SIGNALS)
    await reader.start()
    clocks = {}
    try:
        ends = await reader.end_offsets(reader.assignment())
        while any([await reader.position(place) < end for place, end in ends.items()]):
            for records in (await reader.getmany(timeout_ms=200)).values():
                for record in records:
                    place = (record.topic, record.partition)
                    try:
                        event = msgspec.json.decode(record.value)
                    except msgspec.DecodeError:
                        continue
                    if event["type"] == "clock.ticked":
                        clocks[place] = max(event["ts"], clocks.get(place, 0))
                        continue
                    row = (record.offset, clocks.get(place), record.key.decode(), record.value)
                    wanted.setdefault(place, []).append(row)
    finally:
        await reader.stop()
    return {place: sorted(rows) for place, rows in wanted.items()}


def in_the_archive(root: Path):
    """As `on_the_log`; every row of every file that stands, so that a double would show."""
    found = {}
    for file in standing(listed(root)):
        table = pq.read_table(file.path, partitioning=None)
        clocks = table["clock"].cast("int64").to_pylist()
        rows = zip(
            table["topic"].to_pylist(),
            table["partition"].to_pylist(),
            table["offset"].to_pylist(),
            clocks,
            table["key"].to_pylist(),
            table["value"].to_pylist(),
            strict=True,
        )
        for topic, partition, offset, clock, key, value in rows:
            assert file.first <= offset <= file.last
            assert (file.log.topic, file.log.partition) == (topic, partition)
            found.setdefault((topic, partition), []).append((offset, clock, key, value))
    return {place: sorted(rows) for place, rows in found.items()}


def taken() -> int:
    """Records that the archive of this process has read."""
    (counted,) = EVENTS_READ.collect()
    ours = [one for one in counted.samples if one.labels["part"] == PART]
    return sum(int(one.value) for one in ours if one.name.endswith("_total"))


async def until_taken(count: int, seconds: float = 45) -> None:
    async with asyncio.timeout(seconds):
        while taken() < count:
            await asyncio.sleep(0.02)


def covered(root: Path) -> int:
    """Offsets that the files account for, of all logs."""
    return sum(one.last - one.first + 1 for one in standing(listed(root)))
