"""Incidents on a real broker: what is written where, and after it was killed."""

import asyncio
import contextlib
import signal
import subprocess
import sys

import pytest

from streams import codec
from streams.codec import encode
from streams.events import PresenceCounted, Signal
from streams.incidents.monitor import Monitor
from streams.incidents.worker import IncidentsSettings, run
from streams.kafka import KafkaSettings, TopicsDiffer, consumer, partition_of, producer
from streams.metrics import COUNTED_AGE
from streams.now import WALL
from streams.rules import load
from streams.topics import SESSION_EVENTS, SIGNALS
from tests.faults.incidents_process import Life
from tests.streams.incidents.test_monitor import CLINIC, ON_ACME, Story

pytestmark = pytest.mark.slow
DEADLINE = 60


def story(partitions):
    told = Story(CLINIC, partitions).fails(60, 600).fails(1100, 1200)
    for place, n in enumerate(ON_ACME):
        told.alert(n, 40 + 31 * place)
    return told.records(1400)


async def write(kafka, records):
    """As the session monitor does: counts to the partition of their number."""
    writer = producer(kafka)
    await writer.start()
    try:
        for record in records:
            counted = isinstance(record, PresenceCounted)
            await writer.send(
                kafka.topic(SIGNALS),
                value=record if isinstance(record, bytes) else encode(record),
                key=None if counted else getattr(record, "alert_id", "poison").encode(),
                partition=record.partition if counted else None,
            )
        await writer.flush()
    finally:
        await writer.stop()


async def until(kafka, topic, done):
    """The topic's values, in order, once `done` says so."""
    reader = consumer(kafka, topic)
    await reader.start()
    found = []
    try:
        async with asyncio.timeout(DEADLINE):
            while not done(found):
                for part in (await reader.getmany(timeout_ms=200)).values():
                    found += part
        return found
    finally:
        await reader.stop()


def incidents(records):
    """The incidents' signals among raw records, each once, in the order written."""
    found = {}
    for record in records:
        with contextlib.suppress(codec.Unreadable):
            one = codec.signals.decode(record.value)
            if isinstance(one, Signal) and one.rule == "platform_incident":
                found.setdefault(one.id, one)
    return list(found.values())


def cleared(times):
    def done(records):
        return sum(one.status == "cleared" for one in incidents(records)) == times

    return done


def expected(records, partitions):
    """What the core says of the same records."""
    monitor = Monitor(partitions, load())
    steps = [monitor.apply(record) for record in records]
    return (
        [one for step in steps for one in step.signals],
        {one.id: one for step in steps for one in step.told},
    )


@contextlib.contextmanager
def process(life: Life):
    command = [sys.executable, "-m", "tests.faults.incidents_process", encode(life).decode()]
    running = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


async def test_after_kill_9_it_says_the_rest_and_nothing_new_about_the_past(kafka: KafkaSettings):
    records = story(kafka.partitions)
    signals, rooms = expected(records, kafka.partitions)
    half = len(records) // 2
    await write(kafka, [b"{poison", b'{"type":"of.tomorrow"}', *records[:half]])
    with process(Life(kafka, kill_at_commit=1)) as running:  # said, not committed: says it again
        assert await asyncio.to_thread(running.wait, DEADLINE) == -signal.SIGKILL
    with process(Life(kafka)):
        await until(kafka, SIGNALS, lambda found: len(incidents(found)) >= 3)
    await write(kafka, records[half:])
    with process(Life(kafka)):
        found = await until(kafka, SIGNALS, cleared(2))
        told = await until(kafka, SESSION_EVENTS, lambda found: _ids(found) >= rooms.keys())
    assert sorted(incidents(found), key=lambda one: one.ts) == signals
    assert {record.key for record in told} == {one.session_id.encode() for one in rooms.values()}
    for record in told:
        event = codec.session_events.decode(record.value)
        assert event == rooms[event.id]
        assert record.partition == partition_of(event.session_id, kafka.partitions)


def _ids(records):
    return {codec.session_events.decode(record.value).id for record in records}


async def test_it_refuses_to_start_on_topics_that_differ(kafka: KafkaSettings):
    other = KafkaSettings(bootstrap=kafka.bootstrap, prefix=kafka.prefix, partitions=5)
    with pytest.raises(TopicsDiffer):
        await run(IncidentsSettings(), kafka=other, clock=WALL)


async def test_how_old_each_partitions_newest_count_is(kafka: KafkaSettings):
    now = WALL.now()
    old, new = (
        PresenceCounted(ts=now - age, partition=partition, rooms=0, people=0, by={})
        for partition, age in ((0, 500_000), (1, 3_000))
    )
    await write(kafka, [old, new])
    async with asyncio.timeout(DEADLINE):
        worker = asyncio.create_task(run(IncidentsSettings(), kafka=kafka, clock=WALL))
        while not (500 <= _age(0) < 600 and 3 <= _age(1) < 60 and 0 <= _age(2) < 60):
            assert not worker.done()
            await asyncio.sleep(0.1)
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker


def _age(partition: int) -> float:
    return COUNTED_AGE.labels(partition=partition)._value.get()
