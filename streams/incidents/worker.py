"""Reads all of `signals`, writes incidents there, and tells each session that one touches.

It keeps no state: at the start it reads twelve hours before its commit again, says nothing up to
the commit and everything after it. It commits when what it said is acknowledged; a crash in
between says it again with the same ids. One process does: the rate is low, and what it looks for
shows only in all partitions together. A second one would say the same with the same ids.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError
from msgspec import Struct

from streams import codec, rules
from streams.codec import UnknownType, Unreadable, encode
from streams.incidents.monitor import Monitor, Step
from streams.kafka import KafkaSettings, check_topics, consumer, producer
from streams.metrics import (
    COUNTED_AGE,
    EVENTS_READ,
    EVENTS_WRITTEN,
    LAST_PROGRESS,
    PARTITIONS_ASSIGNED,
    UNKNOWN_TYPES,
)
from streams.metrics import SIGNALS as SIGNALS_WRITTEN
from streams.now import Clock
from streams.rewinding import rewound
from streams.topics import SESSION_EVENTS, SIGNALS
from streams.watching import STALLED_SECONDS, Watching, watched

PART = "incidents"
LEAST_REWIND_SECONDS = 10.0
"""Also where time is simulated at speed."""
log = logging.getLogger(__name__)


class IncidentsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`rules` is a path; empty: the rules that come with the program. Alerts older than
    `rewind_hours` are not known after a restart."""

    rules: str = ""
    rewind_hours: float = 12
    commit_seconds: float = 1
    stalled_seconds: float = STALLED_SECONDS


class Worker:
    """`reader` reads every partition, whatever other members its group has."""

    def __init__(
        self,
        settings: IncidentsSettings,
        kafka: KafkaSettings,
        clock: Clock,
        reader: AIOKafkaConsumer,
        writer: AIOKafkaProducer,
    ) -> None:
        self._settings = settings
        self._kafka = kafka
        self._clock = clock
        self._reader = reader
        self._writer = writer
        chosen = rules.load(Path(settings.rules) if settings.rules else None)
        self._monitor = Monitor(kafka.partitions, chosen)
        self._done: dict[TopicPartition, int] = {}
        """By partition, the offset after the last record that was heard."""
        self._committed: dict[TopicPartition, int] = {}
        self._committed_at = 0.0
        self._begun = clock.now()

    async def work(self) -> None:
        """Until cancelled. Ends the process where it stands still."""
        async with watched(PART, self._settings.stalled_seconds, self._reader) as watching:
            ahead = await self._warm_up(watching)
            while True:
                watching.in_hand = bool(ahead)
                await self._act(ahead)
                watching.in_hand = False
                watching.progress()
                self._measure()
                if time.monotonic() - self._committed_at >= self._settings.commit_seconds:
                    await self._commit()
                got = await self._reader.getmany(timeout_ms=200)
                ahead = [record for records in got.values() for record in records]

    async def _warm_up(self, watching: Watching) -> list[ConsumerRecord]:
        """Hear again, silently, what was heard before the commit; what lies after it is given
        back. Only the whole of it tells what was said, so none of the rest is heard before."""
        topic = self._kafka.topic(SIGNALS)
        places = [TopicPartition(topic, number) for number in range(self._kafka.partitions)]
        self._reader.assign(places)
        ends = await self._reader.end_offsets(places)
        wall = self._clock.seconds(3600 * self._settings.rewind_hours)
        seconds = max(LEAST_REWIND_SECONDS, wall)
        for place in places:
            committed = await self._reader.committed(place)
            known = ends[place] if committed is None else min(committed, ends[place])
            start = await rewound(self._kafka, self._reader, place, known, seconds)
            self._reader.seek(place, start)
            # The first time all of it is news; what is older than that concerns nobody any more.
            self._committed[place] = self._done[place] = start if committed is None else known
        PARTITIONS_ASSIGNED.labels(part=PART).set(len(places))
        ahead: list[ConsumerRecord] = []
        while not await self._warm():
            got = await self._reader.getmany(timeout_ms=200)
            watching.progress()
            for place, records in got.items():
                for record in records:
                    if record.offset < self._committed[place]:
                        self._hear(record)
                    else:
                        ahead.append(record)
        log.info("incidents: %d stand", self._monitor.standing)
        return ahead

    async def _warm(self) -> bool:
        positions = [
            await self._reader.position(place) >= committed
            for place, committed in self._committed.items()
        ]
        return all(positions)

    async def _act(self, records: Iterable[ConsumerRecord]) -> None:
        """Hear the records and say what they cause."""
        said = Step()
        for record in records:
            step = self._hear(record)
            said.signals += step.signals
            said.told += step.told
            place = TopicPartition(record.topic, record.partition)
            self._done[place] = record.offset + 1
        await self._say(said)
        LAST_PROGRESS.labels(part=PART).set_to_current_time()

    def _hear(self, record: ConsumerRecord) -> Step:
        EVENTS_READ.labels(part=PART, topic=SIGNALS.name).inc()
        try:
            return self._monitor.apply(codec.signals.decode(record.value))
        except UnknownType:
            UNKNOWN_TYPES.labels(part=PART).inc()
        except Unreadable:
            pass  # the alert service reads the same topic and keeps it as a dead letter
        return Step()

    async def _say(self, said: Step) -> None:
        """Returns when the broker holds all of it."""
        records = [(SIGNALS, one.alert_id, encode(one)) for one in said.signals]
        records += [(SESSION_EVENTS, one.session_id, encode(one)) for one in said.told]
        waiting = [
            await self._writer.send(self._kafka.topic(topic), value=value, key=key.encode())
            for topic, key, value in records
        ]
        await asyncio.gather(*waiting)
        for topic, _, _ in records:
            EVENTS_WRITTEN.labels(part=PART, topic=topic.name).inc()
        for signal in said.signals:
            SIGNALS_WRITTEN.labels(rule=signal.rule, status=signal.status).inc()

    def _measure(self) -> None:
        """How long each partition has counted nobody: since this process began, at most so far."""
        now = self._clock.now()
        for number in range(self._kafka.partitions):
            since = self._monitor.counted_at(number) or self._begun
            age = self._clock.seconds(max(0, now - since) / 1000)
            COUNTED_AGE.labels(partition=number).set(age)

    async def _commit(self) -> None:
        """All that was heard, and what it caused said."""
        self._committed_at = time.monotonic()
        moved = {place: done for place, done in self._done.items() if done > self._committed[place]}
        if not moved:
            return
        try:
            await self._reader.commit(moved)
        except CommitFailedError:
            log.warning("incidents: a commit was refused; after a restart more is said again")
            return
        self._committed |= moved


async def run(settings: IncidentsSettings, *, kafka: KafkaSettings, clock: Clock) -> None:
    """Until cancelled. Raises `TopicsDiffer` at once, `BadRules` for rules that cannot be read."""
    await check_topics(kafka)
    reader, writer = consumer(kafka, group=PART), producer(kafka)
    await writer.start()
    try:
        await reader.start()
        await Worker(settings, kafka, clock, reader, writer).work()
    finally:
        await reader.stop()
        await writer.stop()
