"""The session monitor's process: it ends when told to, and trusts its state, not the commit."""

import contextlib
import signal
import time

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from streams.kafka import KafkaSettings, TopicsDiffer, consumer
from streams.now import WALL
from streams.session.worker import APP, SessionSettings, main
from streams.topics import SESSION_BOARD, SESSION_EVENTS
from tests.faults import load
from tests.faults.engine import SEAL, Engines
from tests.faults.topics import eventually, expected, read, told, write

pytestmark = pytest.mark.slow


async def move_commit(kafka, ahead):
    """Sets the group's commit to `ahead` records before the end, once nobody is in it."""
    reader = consumer(kafka, group=APP)
    places = [TopicPartition(kafka.topic(SESSION_EVENTS), n) for n in range(kafka.partitions)]
    reader.assign(places)
    await reader.start()
    ends = await reader.end_offsets(places)

    async def committed():
        with contextlib.suppress(CommitFailedError):
            await reader.commit({place: end - ahead for place, end in ends.items()})
            return True

    assert await eventually(committed, bool)
    await reader.stop()


async def ended(process):
    return await eventually(lambda: _status(process), lambda code: code is not None)


async def _status(process):
    return process.poll()


async def test_a_commit_that_ran_ahead_of_the_state_loses_nothing(apache_kafka):
    kafka = apache_kafka  # the embedded broker takes no commit from outside the group
    log = load.log()
    half = len(log) // 2
    with Engines("session", kafka) as engines:
        first = engines.start()
        await write(kafka, log[:half], pace=0)
        wanted = await expected(kafka)
        await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
        first.send_signal(signal.SIGTERM)
        assert await ended(first) == 0
        await write(kafka, log[half:], pace=0)
        await move_commit(kafka, ahead=20)
        engines.start()
        wanted = await expected(kafka)
        got = await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
    assert got == wanted


async def test_sigterm_ends_it_within_ten_seconds_with_status_zero(kafka):
    with Engines("session", kafka) as engines:
        worker = engines.start()
        await write(kafka, load.log()[:200], pace=0)
        assert await eventually(lambda: told(kafka), bool)
        at = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert await ended(worker) == 0
        assert time.monotonic() - at < 10


async def test_boards_are_written_by_session(kafka):
    with Engines("session", kafka) as engines:
        engines.start()
        await write(kafka, load.log(), pace=0)
        boards = await eventually(
            lambda: read(kafka, SESSION_BOARD),
            lambda records: {r.key.decode() for r in records} == set(load.SESSIONS),
        )
    assert {record.key.decode() for record in boards} == set(load.SESSIONS)


def test_it_refuses_to_start_on_topics_that_differ(broker):
    missing = KafkaSettings(bootstrap=broker.bootstrap, prefix="nobody.")
    with pytest.raises(TopicsDiffer):
        main(SessionSettings(), kafka=missing, clock=WALL, seal=SEAL.close)
