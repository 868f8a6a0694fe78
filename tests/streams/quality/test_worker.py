"""The quality reducer on a real broker: what it writes, and after a restart."""

import asyncio
import contextlib
import itertools
import sys

import pytest
from aiokafka import TopicPartition

from privacy.sealing import Seal
from streams import codec
from streams.dead_letters import DeadLetters, TooManyDeadLetters
from streams.events import ConnectionChanged, Sample, SampleBatch
from streams.kafka import KafkaSettings, TopicsDiffer, consumer, partition_of, producer
from streams.now import WALL
from streams.quality.worker import QualitySettings, Worker, run
from streams.topics import CONNECTION_QUALITY, DEAD_LETTERS, SESSION_EVENTS
from streams.watchdog import EXIT_STALLED

START = 1_760_000_000_000
SEAL = Seal(bytes(32))
pytestmark = pytest.mark.slow


def windows(session, first, last, rtt=40.0):
    """One sample a window, each its own record."""
    return [
        codec.encode(SampleBatch([Sample(session, "p1", "c1", START + 5000 * n, rtt, 5.0, 0.0)]))
        for n in range(first, last)
    ]


@contextlib.asynccontextmanager
async def reducer(kafka, **settings):
    task = asyncio.create_task(
        run(QualitySettings(**settings), kafka=kafka, clock=WALL, seal=SEAL.close)
    )
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, TooManyDeadLetters):
            await task


async def write(kafka, session, records):
    writer = producer(kafka)
    await writer.start()
    where = partition_of(session, kafka.partitions)
    for record in records:
        await writer.send_and_wait(
            kafka.topic(CONNECTION_QUALITY), value=record, key=b"any", partition=where
        )
    await writer.stop()


async def read(kafka, topic, count):
    reader = consumer(kafka, topic)
    await reader.start()
    try:
        async with asyncio.timeout(30):
            return [await reader.getone() for _ in range(count)]
    finally:
        await reader.stop()


async def committed(kafka, session, offset):
    """Waits until the group's commit for the session's partition is `offset`."""
    place = TopicPartition(kafka.topic(CONNECTION_QUALITY), partition_of(session, kafka.partitions))
    reader = consumer(kafka, group="quality")
    reader.assign([place])
    await reader.start()
    try:
        async with asyncio.timeout(30):
            while await reader.committed(place) != offset:
                await asyncio.sleep(0.1)
    finally:
        await reader.stop()


async def test_what_was_read_before_a_partition_was_begun_is_read_again(kafka):
    """A turn of the worker comes between the two halves of a rebalance, with the new records."""
    await write(kafka, "s1", windows("s1", 0, 9))
    place = TopicPartition(kafka.topic(CONNECTION_QUALITY), partition_of("s1", kafka.partitions))
    async with consumer(kafka, group="quality") as reader, producer(kafka) as writer:
        letters = DeadLetters("quality", writer, kafka, SEAL.close, 100)
        worker = Worker(QualitySettings(), kafka, WALL, reader, writer, letters)
        reader.assign([place])
        async with asyncio.timeout(30):
            while not await reader.getmany(place, timeout_ms=200):
                pass
        await worker.on_partitions_assigned([place])
        working = asyncio.create_task(worker.work())
        (change,) = await read(kafka, SESSION_EVENTS, 1)
        working.cancel()
    assert codec.session_events.decode(change.value).state == "good"


async def test_changes_go_to_the_partition_of_their_session(kafka):
    async with reducer(kafka):
        await write(kafka, "s1", windows("s1", 0, 4))
        await write(kafka, "s2", windows("s2", 0, 4, rtt=900))
        records = await read(kafka, SESSION_EVENTS, 2)
    events = {r.key: codec.session_events.decode(r.value) for r in records}
    assert {key: event.state for key, event in events.items()} == {b"s1": "good", b"s2": "poor"}
    assert all(isinstance(event, ConnectionChanged) for event in events.values())
    assert all(r.partition == partition_of(r.key.decode(), kafka.partitions) for r in records)


async def test_after_a_restart_it_says_only_what_is_new(kafka):
    async with reducer(kafka):
        await write(kafka, "s1", windows("s1", 0, 10))
        await committed(kafka, "s1", 10)
    async with reducer(kafka):
        await write(kafka, "s1", windows("s1", 10, 15, rtt=900))
        await committed(kafka, "s1", 15)
        records = await read(kafka, SESSION_EVENTS, 2)
        events = [codec.session_events.decode(r.value) for r in records]
    assert [(e.state, (e.since - START) // 5000) for e in events] == [("good", 3), ("poor", 13)]


async def test_poison_becomes_dead_letters_and_the_neighbours_are_measured(kafka):
    poison = [b"{", None, b'{"samples": [{}]}']
    async with reducer(kafka):
        await write(kafka, "s1", [*windows("s1", 0, 2), *poison, *windows("s1", 2, 4)])
        (change,) = await read(kafka, SESSION_EVENTS, 1)
        letters = await read(kafka, DEAD_LETTERS, 3)
    assert change.key == b"s1"
    assert [dict(r.headers)["reason"] for r in letters] == [
        b"not_json",
        b"tombstone",
        b"invalid_field",
    ]
    assert SEAL.open(letters[0].value) == b"{"


async def test_a_flood_of_poison_stops_it_once_and_not_again_after_a_restart(kafka):
    await write(kafka, "s1", [b"{"] * 6 + windows("s1", 0, 4))
    async with reducer(kafka, dead_letters_a_minute=5) as task:
        with pytest.raises(TooManyDeadLetters):
            await asyncio.wait_for(asyncio.shield(task), 30)
    async with reducer(kafka, dead_letters_a_minute=5):
        (change,) = await read(kafka, SESSION_EVENTS, 1)
    assert codec.session_events.decode(change.value).state == "good"


STANDING = """
import asyncio, sys
from streams.kafka import KafkaSettings
from streams.now import WALL
from streams import watching
from streams.quality import worker
from streams.quality.worker import QualitySettings, run

async def never(*_):
    await asyncio.Event().wait()

watching.LOOK_SECONDS = 0.2
what, _, method = sys.argv[3].partition(".")
setattr(getattr(worker, what), method, never) if what else None
kafka = KafkaSettings(bootstrap=sys.argv[1], prefix=sys.argv[2], partitions=2)
settings = QualitySettings(stalled_seconds=3)
asyncio.run(run(settings, kafka=kafka, clock=WALL, seal=bytes))
"""


@pytest.mark.parametrize("stands", ["Worker._act", "AIOKafkaConsumer.commit", ""])
async def test_what_stands_still_with_something_to_read_is_ended(kafka, stands):
    """So that the supervisor starts it anew; and nothing else is ended."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STANDING, kafka.bootstrap, kafka.prefix, stands)
    )
    try:
        writing = asyncio.create_task(keep_writing(kafka))
        if stands:
            assert await asyncio.wait_for(child.wait(), 60) == EXIT_STALLED
        else:
            await read(kafka, SESSION_EVENTS, 1)
            writing.cancel()
            with pytest.raises(TimeoutError):  # idle for longer than it may stand still
                await asyncio.wait_for(child.wait(), 5)
            await write(kafka, "s2", windows("s2", 0, 4))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(child.wait(), 3)
    finally:
        writing.cancel()
        if child.returncode is None:
            child.kill()
            await child.wait()


async def keep_writing(kafka):
    for number in itertools.count():
        await write(kafka, "s1", windows("s1", number, number + 1))
        await asyncio.sleep(0.2)


async def test_it_refuses_to_start_on_topics_that_differ(kafka):
    other = KafkaSettings(bootstrap=kafka.bootstrap, prefix=kafka.prefix, partitions=5)
    with pytest.raises(TopicsDiffer):
        await run(QualitySettings(), kafka=other, clock=WALL, seal=SEAL.close)
