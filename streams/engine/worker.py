"""A part on Faust: its share of its topic, one core a partition.

Faust gives the consumer group, the partitions and the table's changelog. Exactness is not left
to it (`docs/architecture.md`): the offset is in the state, and an event that is not the next one
after it is passed over or read again, whatever was committed.
"""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust
from aiokafka.errors import KafkaError
from faust.streams import Stream
from faust.types import TP, EventT

from streams import rules
from streams.dead_letters import DeadLetters, TooManyDeadLetters
from streams.engine.part import Part
from streams.engine.saved import Saved
from streams.engine.settings import EngineSettings
from streams.engine.steps import State, Steps
from streams.engine.writer import Writer
from streams.faust_app import execute, faust_app
from streams.kafka import KafkaSettings, check_topics, producer
from streams.metrics import (
    EVENTS_READ,
    LAST_PROGRESS,
    PARTITIONS_ASSIGNED,
    REBALANCES,
    REDELIVERED,
)
from streams.now import Clock
from streams.watchdog import Watchdog

IN_HAND = 5_000
"""Events applied and not yet written; then reading waits."""
LOOK_SECONDS = 5.0
SEEK_EVERY, SEEKS = 1.0, 10
"""Seconds between, and number of, tries to read a skipped record again."""
log = logging.getLogger(__name__)


class Worker:
    """This process's partitions. All of it runs on the app's one event loop."""

    def __init__(
        self,
        part: Part,
        settings: EngineSettings,
        kafka: KafkaSettings,
        clock: Clock,
        seal: Callable[[bytes], bytes],
    ) -> None:
        self._part = part
        self._settings = settings
        self._kafka = kafka
        self._clock = clock
        self._seal = seal
        self._rules = rules.load(Path(settings.rules) if settings.rules else None)
        self._source = kafka.topic(part.source)
        self._read = EVENTS_READ.labels(part=part.name, topic=part.source.name)
        self._saved = Saved()
        self._steps: dict[int, Steps] = {}
        self._in_hand: list[EventT[bytes]] = []
        self._some, self._space = asyncio.Event(), asyncio.Event()
        self._writing = asyncio.Lock()
        self._sought: dict[tuple[int, int], tuple[int, float]] = {}
        lease = max(10.0, kafka.session_timeout_ms / 1000)
        self._watchdog = Watchdog(part.name, settings.stalled_seconds, lease)
        self.failure: BaseException | None = None
        self.app = self._made()

    def _made(self) -> Any:
        app: Any = faust_app(self._part.app, self._kafka, self._settings.max_batch_bytes)
        self._table = app.Table(
            self._part.table,
            key_type=bytes,
            value_type=bytes,
            partitions=self._kafka.partitions,
            on_changelog_event=self._on_changelog,
        )
        source = app.topic(self._source, key_type=bytes, value_type=bytes)
        app.agent(source, name=self._part.name, concurrency=1)(self._watch)
        app.task(self._write_on)
        app.task(self._beat_on)
        app.task(self._look_behind)
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_partitions_assigned.connect(self._on_assigned)
        return app

    # --- partitions come and go -----------------------------------------------------------------

    async def _on_changelog(self, event: EventT[bytes]) -> None:
        message = event.message
        self._saved.hear(message.partition, message.key or b"", message.value)

    async def _on_revoked(self, app: faust.App, revoked: set[TP], **_: Any) -> None:
        """Lets the run being written end; what is in hand is read again by the next owner."""
        try:
            async with asyncio.timeout(5):
                await self._writing.acquire()
        except TimeoutError:
            self._forget()
        else:
            self._forget()
            self._writing.release()

    def _forget(self) -> None:
        self._in_hand = []
        self._steps.clear()
        self._space.set()

    async def _on_assigned(self, app: faust.App, assigned: set[TP], **_: Any) -> None:
        mine = {place.partition for place in assigned if place.topic == self._source}
        self._saved.keep_only(mine)
        REBALANCES.labels(part=self._part.name).inc()
        PARTITIONS_ASSIGNED.labels(part=self._part.name).set(len(mine))

    def _steps_of(self, partition: int) -> Steps:
        steps = self._steps.get(partition)
        if steps is None:
            steps = self._steps[partition] = Steps(
                self._part,
                partition,
                self._rules,
                self._clock,
                self._saved.states(partition),
                self._saved.applied(partition),
            )
        return steps

    # --- events in ------------------------------------------------------------------------------

    async def _watch(self, stream: Stream[bytes]) -> None:
        """Applies each event as it comes; `_write_on` acknowledges it when all is written."""
        try:
            async for event in stream.noack().events():
                if await self._is_next(event):
                    self._in_hand.append(event)
                    self._some.set()
                if len(self._in_hand) >= IN_HAND:
                    self._space.clear()
                    await self._space.wait()
        except Exception as error:
            self._fail(error)

    async def _is_next(self, event: EventT[bytes]) -> bool:
        """Applies the event if it is new; whether it may be acknowledged."""
        message = event.message
        steps = self._steps_of(message.partition)
        if steps.applied is not None:
            wanted = steps.applied + 1
            if message.offset < wanted:
                REDELIVERED.labels(part=self._part.name).inc()
                return True
            if message.offset > wanted and await self._sought_again(message.tp, wanted):
                return False
        steps.apply(message.offset, message.value)
        return True

    async def _sought_again(self, place: TP, wanted: int) -> bool:
        """Goes back to a record that was jumped over; False when the broker has it no more."""
        tries, tried_at = self._sought.get((place.partition, wanted), (0, 0.0))
        if time.monotonic() - tried_at < SEEK_EVERY:
            return True
        earliest = await self.app.consumer.earliest_offsets(place)
        if earliest.get(place, 0) > wanted or tries >= SEEKS:
            log.error("data gap: partition %s has lost record %s", place.partition, wanted)
            return False
        log.warning("reading partition %s again from %s", place.partition, wanted)
        self._sought[place.partition, wanted] = (tries + 1, time.monotonic())
        await self.app.consumer.seek(place, wanted)
        return True

    # --- what they caused, out ------------------------------------------------------------------

    async def _write_on(self) -> None:
        sender = producer(self._kafka)
        await sender.start()
        letters = DeadLetters(
            self._part.name, sender, self._kafka, self._seal, self._settings.dead_letters_a_minute
        )
        writer = Writer(self._part, self._kafka, sender, letters, self._save)
        try:
            while True:
                await self._some.wait()
                self._some.clear()
                async with self._writing:
                    await self._write(writer)
        except Exception as error:
            self._fail(error)
        finally:
            await sender.stop()

    async def _write(self, writer: Writer) -> None:
        """One run: written, then acknowledged. A flood of dead letters is committed first, so
        that the next worker does not meet it again."""
        events, self._in_hand = self._in_hand, []
        self._space.set()
        flood = None
        try:
            await writer.write([(steps, steps.take()) for steps in self._steps.values()])
        except TooManyDeadLetters as error:
            flood = error
        for event in events:
            event.ack()
        self._read.inc(len(events))
        self._part.figures([steps.core for steps in self._steps.values()])
        self._watchdog.progress()
        LAST_PROGRESS.labels(part=self._part.name).set_to_current_time()
        if flood is not None:
            await self.app.consumer.commit()
            raise flood

    async def _save(self, state: State) -> None:
        """Unlike `table[key] = value`, returns when the broker holds it, and raises if not."""
        serializer = "raw" if state.value is None else None
        await self._table.send_changelog(
            state.partition, state.key, state.value, value_serializer=serializer
        )

    # --- is it working? -------------------------------------------------------------------------

    async def _beat_on(self) -> None:
        self._watchdog.start()
        try:
            while True:
                self._watchdog.beat()
                await asyncio.sleep(1)
        finally:
            self._watchdog.stop()

    async def _look_behind(self) -> None:
        """Seeks where nothing has come, for one look, of what there is to read. A commit may have
        run ahead of the state; and Faust passes over what it reads again when a record that was
        on its way has set its place forward. Without a new record nobody would notice."""
        before: dict[TP, int] = {}
        while True:
            waiting = await self._waiting()
            self._watchdog.behind = bool(waiting)
            written = not self._in_hand and not self._writing.locked()
            for place, wanted in waiting.items() & before.items() if written else ():
                with contextlib.suppress(KafkaError):  # the next look tries again
                    await self._sought_again(place, wanted)
            before = waiting
            await asyncio.sleep(LOOK_SECONDS)

    async def _waiting(self) -> dict[TP, int]:
        """The first record that no step has reached, of each partition that holds one; no answer,
        no blame."""
        if self.app.rebalancing or self.app.in_recovery:
            return {}
        applied = self._saved.all_applied() | {
            partition: steps.applied
            for partition, steps in self._steps.items()
            if steps.applied is not None
        }
        places = {TP(self._source, partition): offset + 1 for partition, offset in applied.items()}
        try:
            ends = await self.app.consumer.highwaters(*places) if places else {}
        except Exception:
            return {}
        return {place: next_ for place, next_ in places.items() if (ends.get(place) or 0) > next_}

    def _fail(self, error: BaseException) -> None:
        if self.failure is None:
            self.failure = error
            log.error("the part %s stops", self._part.name, exc_info=error)
            signal.raise_signal(signal.SIGTERM)


def main(
    part: Part,
    settings: EngineSettings,
    *,
    kafka: KafkaSettings,
    clock: Clock,
    seal: Callable[[bytes], bytes],
) -> int:
    """Runs in this process until SIGTERM; returns the exit status (0, or 1 after a failure).

    It has an event loop of its own: call it where none is running. Raises `TopicsDiffer` and
    `BadRules` at once.
    """
    asyncio.run(check_topics(kafka))
    worker = Worker(part, settings, kafka, clock, seal)
    return execute(worker.app, lambda: worker.failure is not None)
