"""The order in which a run is written: what a crash at any point leaves behind."""

import asyncio

import pytest

from streams import codec
from streams.dead_letters import DeadLetters, TooManyDeadLetters
from streams.engine.saved import OFFSET_BYTES, PARTITION_KEY, key_of
from streams.engine.steps import Letter, Run, Steps
from streams.engine.writer import Writer
from streams.events import ParticipantReported
from streams.kafka import partition_of, producer
from streams.now import WALL
from streams.rules import load
from streams.session.worker import PART
from streams.topics import DEAD_LETTERS, SIGNALS
from tests.faults.topics import read

pytestmark = pytest.mark.slow

HELP = codec.encode(
    ParticipantReported(
        id="1", ts=1_760_000_000_000, session_id="s1", participant_id="p1", kind="help"
    )
)


class Saves:
    """Stands where Faust's table is: keeps what it was given, and what was told by then."""

    def __init__(self, kafka):
        self.kafka = kafka
        self.states = []
        self.told = []

    async def __call__(self, state):
        self.told.append(len(await read(self.kafka, SIGNALS)))
        self.states.append(state)


@pytest.fixture
async def sender(kafka):
    made = producer(kafka)
    await made.start()
    yield made
    await made.stop()


def steps_after(*raws, kafka):
    steps = Steps(PART, partition_of("s1", kafka.partitions), load(), WALL, {}, None)
    for offset, raw in enumerate(raws):
        steps.apply(offset, raw)
    return steps


async def test_signals_are_told_before_the_state_and_the_partitions_own_record_is_last(
    kafka, sender
):
    steps, saves = steps_after(HELP, kafka=kafka), Saves(kafka)
    letters = DeadLetters("session", sender, kafka, seal=bytes)
    await Writer(PART, kafka, sender, letters, saves).write([(steps, steps.take())])
    keys = [state.key for state in saves.states]
    assert keys == [b"s1", key_of(PARTITION_KEY, steps.partition)]
    assert saves.told == [1, 1]


async def test_a_state_holds_no_event_that_came_after_its_run(kafka, sender):
    steps, saves = steps_after(HELP, kafka=kafka), Saves(kafka)
    letters = DeadLetters("session", sender, kafka, seal=bytes)
    writing = asyncio.create_task(
        Writer(PART, kafka, sender, letters, saves).write([(steps, steps.take())])
    )
    await asyncio.sleep(0)  # it has begun; now another event comes
    steps.apply(1, HELP.replace(b'"id":"1"', b'"id":"2"'))
    await writing
    offsets = {int.from_bytes(state.value[:OFFSET_BYTES], "big") for state in saves.states}
    assert offsets == {0}


async def test_a_flood_is_saved_before_it_is_told(kafka, sender):
    steps, saves = steps_after(b"{", b"}", kafka=kafka), Saves(kafka)
    letters = DeadLetters("session", sender, kafka, seal=bytes, limit=2)
    with pytest.raises(TooManyDeadLetters):
        await Writer(PART, kafka, sender, letters, saves).write([(steps, steps.take())])
    assert len(await read(kafka, DEAD_LETTERS)) == 2
    assert [state.key for state in saves.states] == [key_of(PARTITION_KEY, steps.partition)]


async def test_letters_of_a_parked_session_are_no_flood(kafka, sender):
    letters = DeadLetters("session", sender, kafka, seal=bytes, limit=2)
    writer = Writer(PART, kafka, sender, letters, Saves(kafka))
    run = Run(letters=[Letter(n, b"{}", "step_failed", parked=True) for n in range(5)])
    await writer.write([(steps_after(kafka=kafka), run)])
    assert len(await read(kafka, DEAD_LETTERS)) == 5
    unreadable = Run(letters=[Letter(n, b"{", "not_json") for n in (5, 6)])
    with pytest.raises(TooManyDeadLetters):
        await writer.write([(steps_after(kafka=kafka), unreadable)])
