"""Ticks on a real broker: everywhere, at their second, and not when the clock is wrong."""

import asyncio
import contextlib
import time

import pytest

from producers.clock import ClockAstray, ClockSettings, Ticker, run
from streams import codec
from streams.events import ClockTicked
from streams.kafka import consumer
from streams.now import WALL, Clock
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def ticking(kafka, clock):
    task = asyncio.create_task(run(ClockSettings(), kafka=kafka, clock=clock))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def ticks(kafka, topic, each):
    """The first `each` ticks of every partition, by partition."""
    reader = consumer(kafka, topic)
    await reader.start()
    by_partition = {partition: [] for partition in range(kafka.partitions)}
    try:
        async with asyncio.timeout(30):
            while any(len(seen) < each for seen in by_partition.values()):
                record = await reader.getone()
                by_partition[record.partition].append(codec.session_events.decode(record.value))
    finally:
        await reader.stop()
    return {partition: seen[:each] for partition, seen in by_partition.items()}


async def test_every_partition_hears_every_second(kafka):
    before = time.time() * 1000
    async with ticking(kafka, WALL):
        heard = await ticks(kafka, SESSION_EVENTS, 3)
    first, second, third = heard[0]
    assert heard[1] == heard[0]
    assert (second.ts - first.ts, third.ts - second.ts) == (1000, 1000)
    assert first == ClockTicked(id=str(first.ts // 1000), ts=first.ts)
    assert before - 1000 <= first.ts <= time.time() * 1000


async def test_a_simulation_ticks_every_five_of_its_seconds_and_minutes_apart_for_people(kafka):
    start = 1_760_000_000_000
    fast = Clock(start=start, wall_at_start=round(time.time() * 1000), speed=300)
    async with ticking(kafka, fast):
        sessions = await ticks(kafka, SESSION_EVENTS, 4)
        people = await ticks(kafka, PARTICIPANT_EVENTS, 2)
    assert all(t.ts % 5000 == 0 and t.ts >= start for t in sessions[0])
    assert sessions[0] == sorted(sessions[0], key=lambda tick: tick.ts)
    assert len({t.ts for t in sessions[0]}) == 4
    first, second = people[1]
    assert first.ts < second.ts
    assert first.ts % 60_000 == second.ts % 60_000 == 0


def test_a_clock_far_from_the_brokers_stops_and_a_near_one_goes_on(kafka):
    ticker = Ticker(ClockSettings(), kafka, WALL, writer=None)
    ticker._compare([WALL.now() - 50_000, WALL.now() + 50_000])
    with pytest.raises(ClockAstray):
        ticker._compare([WALL.now() - 70_000])
