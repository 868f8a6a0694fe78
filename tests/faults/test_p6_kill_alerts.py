"""P6: kill -9 of the alert service, between any two of its steps: the same alerts, each number.

Between the database's commit and Kafka's; between the publishing of the outbox and its being
forgotten; and in mid-stream, from outside.
"""

import asyncio
import contextlib
import signal
import subprocess
import sys

import msgspec
import pytest

from alerts.store.store import Store
from streams import codec, kafka
from streams.codec import encode
from streams.kafka import create_topics
from streams.topics import ALERT_FEED, SIGNALS
from tests.alerts.signals import at, cleared, raised, updated
from tests.faults.alerts_process import Life

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
DEADLINE = 60


def story():
    """A few hundred signals of several rooms, as detectors write them."""
    signals = []
    for n in range(60):
        who, room = f"pat-{n}", f"room-{n % 6}"
        missed = raised(person=who, room=room)
        drop = raised("dropped_out", who, room=room, minute=30, evidence={"at": at(28)})
        again = raised("dropped_out", who, room=room, minute=42, evidence={"at": at(40)})
        signals += [missed, updated(missed, minute=12), drop, cleared(drop, minute=33), again]
        if n % 3:
            signals += [cleared(missed, minute=20), cleared(missed, minute=20)]
    return signals


async def write(settings, signals):
    producer = kafka.producer(settings)
    await producer.start()
    try:
        topic = settings.topic(SIGNALS)
        sent = [await producer.send(topic, encode(s), key=s.alert_id.encode()) for s in signals]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


@contextlib.contextmanager
def process(life: Life):
    command = [sys.executable, "-m", "tests.faults.alerts_process", encode(life).decode()]
    running = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


async def dies(life: Life, place: str, nth: int) -> None:
    """A life that ends at `place`."""
    with process(msgspec.structs.replace(life, kill_at=place, nth=nth)) as running:
        code = await asyncio.wait_for(asyncio.to_thread(running.wait), DEADLINE)
        assert code == -signal.SIGKILL


async def until(life: Life, done) -> None:
    """A life that is ended from outside once `done`."""
    store = await Store.open(life.database)
    try:
        with process(life) as running:
            async with asyncio.timeout(DEADLINE):
                while not await done(store):
                    assert running.poll() is None, running.stderr.read()
                    await asyncio.sleep(0.02)
    finally:
        await store.close()


def read_and_published(settings, count):
    async def done(store):
        taken = sum((await store.offsets(settings.topic(SIGNALS))).values())
        return taken == count and await store.pending(2**53) == ([], 0)

    return done


async def rows(database):
    store = await Store.open(database)
    listed = await store.listed(limit=10_000)
    await store.close()
    return {
        (one.alert.signal.alert_id, one.alert.case_id, one.alert.state, encode(one.alert.signal))
        for one in listed
    }


async def feed(settings, last):
    """All feed records, once the one with the number `last` is there."""
    consumer = kafka.consumer(settings, ALERT_FEED)
    await consumer.start()
    told = []
    try:
        async with asyncio.timeout(DEADLINE):
            while not any(change.seq >= last for change in told):
                for part in (await consumer.getmany(timeout_ms=200)).values():
                    told += [codec.feed.decode(record.value) for record in part]
    finally:
        await consumer.stop()
    return told


@pytest.fixture(params=["kafka", "apache_kafka"], ids=["embedded broker", "Apache Kafka"])
def settings(request):
    return request.getfixturevalue(request.param)


async def test_kill_9_loses_and_doubles_nothing(settings, key, tmp_path):
    quiet = msgspec.structs.replace(settings, prefix=settings.prefix + "quiet.")
    await create_topics(quiet)
    signals = story()
    first, rest = signals[:250], signals[250:]
    await write(quiet, signals)
    await write(settings, first)

    def life(settings, name):
        return Life(settings, f"sqlite+aiosqlite:///{tmp_path}/{name}.db", f"{tmp_path}/master.key")

    undisturbed, disturbed = life(quiet, "quiet"), life(settings, "killed")
    await until(undisturbed, read_and_published(quiet, len(signals)))

    await dies(disturbed, "before_offset_commit", 2)
    await dies(disturbed, "before_outbox_forgets", 2)

    async def some(store):
        return sum((await store.offsets(settings.topic(SIGNALS))).values()) >= 150

    await until(disturbed, some)
    await write(settings, rest)
    await dies(disturbed, "before_offset_commit", 1)
    await until(disturbed, read_and_published(settings, len(signals)))

    assert await rows(disturbed.database) == await rows(undisturbed.database)
    store = await Store.open(disturbed.database)
    standing = await store.listed(limit=10_000)
    await store.close()
    told = await feed(settings, max(one.seq for one in standing))
    assert {change.seq for change in told} == set(range(1, max(c.seq for c in told) + 1))
    latest = {change.signal.alert_id: change for change in sorted(told, key=lambda c: c.seq)}
    assert {(id_, c.seq, c.state, c.case_id) for id_, c in latest.items()} == {
        (one.alert.signal.alert_id, one.seq, one.alert.state, one.alert.case_id) for one in standing
    }
