"""The clock on the log: `clock.ticked` to every partition, so that silence can be judged.

Once a second on `session-events`, once a minute on `participant-events`; in a simulation every
five seconds of simulated time. A tick that is late is not made up for: a few large ticks mean
the same as many small ones. Several clocks may run: a tick's id is its second.
"""

import asyncio
import logging

from aiokafka import AIOKafkaProducer
from msgspec import Struct

from streams.bounds import Count
from streams.codec import encode
from streams.events import MINUTE, SECOND, ClockTicked, Millis
from streams.kafka import KafkaSettings, check_topics, producer
from streams.metrics import EVENTS_WRITTEN, LAST_PROGRESS
from streams.now import Clock
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS, Topic

PART = "clock"
LOG_APPEND_TIME = 1
"""A record's timestamp type where the broker, not the sender, set it."""
log = logging.getLogger(__name__)


class ClockSettings(Struct, frozen=True, forbid_unknown_fields=True):
    tick_seconds: Count = 1
    simulated_tick_seconds: Count = 5
    astray_seconds: float = 60
    """Farther than this from the broker's time the clock stops rather than misdate a day."""


class ClockAstray(RuntimeError):
    """This machine's time and the broker's differ too much to tell anybody's absence."""


async def run(settings: ClockSettings, *, kafka: KafkaSettings, clock: Clock) -> None:
    """Until cancelled. Raises `ClockAstray` (never in a simulation)."""
    await check_topics(kafka)
    writer = producer(kafka, linger_ms=0)
    await writer.start()
    try:
        await Ticker(settings, kafka, clock, writer).tick_on()
    finally:
        await writer.stop()


class Ticker:
    """Writes the ticks that are due."""

    def __init__(
        self, settings: ClockSettings, kafka: KafkaSettings, clock: Clock, writer: AIOKafkaProducer
    ) -> None:
        self._astray_ms = settings.astray_seconds * SECOND
        self._kafka = kafka
        self._clock = clock
        self._writer = writer
        seconds = settings.simulated_tick_seconds if clock.simulated else settings.tick_seconds
        self._step = seconds * SECOND

    async def tick_on(self) -> None:
        told = minute = 0
        while True:
            now = self._clock.now()
            tick = now - now % self._step
            if tick != told:  # a sleep may end a little early
                await self._write(SESSION_EVENTS, tick)
                told = tick
            if tick - tick % MINUTE > minute:
                minute = tick - tick % MINUTE
                await self._write(PARTICIPANT_EVENTS, minute)
            LAST_PROGRESS.labels(part=PART).set_to_current_time()
            due_in = max(0, tick + self._step - self._clock.now()) / SECOND
            await asyncio.sleep(self._clock.seconds(due_in))

    async def _write(self, topic: Topic, tick: Millis) -> None:
        record = encode(ClockTicked(id=str(tick // SECOND), ts=tick))
        name = self._kafka.topic(topic)
        acknowledged = await asyncio.gather(
            *[
                await self._writer.send(name, value=record, partition=partition)
                for partition in range(self._kafka.partitions)
            ]
        )
        EVENTS_WRITTEN.labels(part=PART, topic=topic.name).inc(len(acknowledged))
        if not self._clock.simulated:
            self._compare(
                [a.timestamp for a in acknowledged if a.timestamp_type == LOG_APPEND_TIME]
            )

    def _compare(self, broker_times: list[Millis]) -> None:
        """Nothing to compare where the broker keeps the sender's time (as the embedded one)."""
        for time in broker_times:
            if abs(time - self._clock.now()) > self._astray_ms:
                raise ClockAstray(
                    f"this clock and the broker's are {abs(time - self._clock.now()) // SECOND} s "
                    "apart; set the time (NTP) on both machines"
                )
