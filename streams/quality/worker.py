"""Reads `connection-quality` a whole partition at a time, writes what changed to `session-events`.

Its state is short, so it keeps none: on assignment it reads ten minutes before its commit again
(nine windows, at one sample a minute), says nothing up to the commit and everything after it.
It commits when what it said is acknowledged; a crash in between says it again with the same ids.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError
from msgspec import Struct

from streams.codec import Unreadable, encode
from streams.dead_letters import DeadLetters, TooManyDeadLetters
from streams.events import ConnectionChanged
from streams.kafka import KafkaSettings, check_topics, consumer, producer
from streams.metrics import (
    CONNECTION_CHANGES,
    EVENTS_READ,
    EVENTS_WRITTEN,
    LAST_PROGRESS,
    PARTITIONS_ASSIGNED,
    REBALANCES,
    SAMPLES_READ,
)
from streams.now import Clock
from streams.quality.monitor import Change, QualityMonitor
from streams.quality.reading import Reader
from streams.rewinding import rewound
from streams.topics import CONNECTION_QUALITY, SESSION_EVENTS
from streams.watching import STALLED_SECONDS, Watching, watched

PART = "quality"
log = logging.getLogger(__name__)


class QualitySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`rewind_minutes` covers nine windows at the rarest sample rate in use. Nothing read for
    `stalled_seconds` while there is something to read ends the process (`streams/watchdog.py`).
    """

    rewind_minutes: float = 10
    commit_seconds: float = 1
    dead_letters_a_minute: int = 100
    stalled_seconds: float = STALLED_SECONDS


class Rejected(Struct, frozen=True):
    """A record that goes to the dead letters, and why."""

    record: ConsumerRecord
    reason: str


class Partition:
    """One assigned partition: its core, and how far it has read."""

    def __init__(self, committed: int) -> None:
        self.monitor = QualityMonitor()
        self.committed = committed
        """Up to here everything was said before: only warm up."""
        self.done = self.committed

    def read(
        self, reader: Reader, records: Iterable[ConsumerRecord]
    ) -> tuple[list[Change], list[Rejected]]:
        """What to say about these records, in order."""
        said: list[Change] = []
        rejected: list[Rejected] = []
        for record in records:
            is_new = record.offset >= self.committed
            try:
                batch = reader.decode(record.value)
                changes = self.monitor.apply(batch)
            except Unreadable as error:
                if is_new:
                    rejected.append(Rejected(record, error.reason))
            else:
                SAMPLES_READ.inc(len(batch.samples))
                if is_new:
                    said += changes
        return said, rejected


class Worker(ConsumerRebalanceListener):  # type: ignore[misc]
    """This process's share of the partitions.

    `_turn` is held while records are read and acted upon, so that a rebalance never comes
    between reading a partition's records and applying them.
    """

    def __init__(
        self,
        settings: QualitySettings,
        kafka: KafkaSettings,
        clock: Clock,
        reader: AIOKafkaConsumer,
        writer: AIOKafkaProducer,
        dead_letters: DeadLetters,
    ) -> None:
        self._settings = settings
        self._kafka = kafka
        self._clock = clock
        self._reader = reader
        self._writer = writer
        self._dead_letters = dead_letters
        self._target = kafka.topic(SESSION_EVENTS)
        self._read = EVENTS_READ.labels(part=PART, topic=CONNECTION_QUALITY.name)
        self._written = EVENTS_WRITTEN.labels(part=PART, topic=SESSION_EVENTS.name)
        self._partitions: dict[TopicPartition, Partition] = {}
        self._samples = Reader()
        self._turn = asyncio.Lock()
        self._committed_at = 0.0
        self._failure: Exception | None = None

    async def work(self) -> None:
        """Until cancelled, or until there are too many dead letters. Ends the process where it
        stands still."""
        async with watched(PART, self._settings.stalled_seconds, self._reader) as watching:
            while True:
                await self._step(watching)

    async def _step(self, watching: Watching) -> None:
        async with self._turn:
            if self._failure is not None:
                raise self._failure
            got = await self._reader.getmany(timeout_ms=200)
            watching.in_hand = bool(got)
            try:
                for place, records in got.items():
                    await self._act(place, records)
                    watching.progress()
            except TooManyDeadLetters:
                await self.commit()
                raise
            watching.in_hand = False
            if time.monotonic() - self._committed_at >= self._settings.commit_seconds:
                await self.commit()
        LAST_PROGRESS.labels(part=PART).set_to_current_time()

    async def _act(self, place: TopicPartition, records: list[ConsumerRecord]) -> None:
        partition = self._partitions.get(place)
        if partition is None:  # taken away meanwhile; its new owner reads them
            return
        said, rejected = partition.read(self._samples, records)
        waiting = [
            await self._writer.send(
                self._target, value=encode(change), key=change.session_id.encode()
            )
            for change in said
        ]
        await asyncio.gather(*waiting)
        self._written.inc(len(said))
        for change in said:
            if isinstance(change, ConnectionChanged):
                CONNECTION_CHANGES.labels(state=change.state).inc()
        for letter in rejected:
            origin = f"{place.topic}/{place.partition}/{letter.record.offset}"
            partition.done = max(partition.done, letter.record.offset + 1)
            await self._dead_letters.put(
                origin, letter.record.value, letter.reason, letter.record.key or b""
            )
        partition.done = max(partition.done, records[-1].offset + 1)
        self._read.inc(len(records))

    async def commit(self) -> None:
        """All that was said and acknowledged."""
        offsets = {
            place: partition.done
            for place, partition in self._partitions.items()
            if partition.done > partition.committed
        }
        self._committed_at = time.monotonic()
        if not offsets:
            return
        try:
            await self._reader.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            log.info("the group is being shared out anew; the next owner says it again")

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        async with self._turn:
            await self.commit()
            self._partitions.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        async with self._turn:
            try:
                await self._begin(assigned)
            except Exception as error:  # the client would log it and go on without warming up
                self._failure = error

    async def _begin(self, assigned: Iterable[TopicPartition]) -> None:
        self._partitions = {}
        for place in assigned:
            committed = await self._reader.committed(place) or 0
            self._partitions[place] = Partition(committed)
            # Always: between the two halves of a rebalance `work` may have read on, and passed it
            # over.
            start = await rewound(self._kafka, self._reader, place, committed, self._rewind())
            self._reader.seek(place, start)
        REBALANCES.labels(part=PART).inc()
        PARTITIONS_ASSIGNED.labels(part=PART).set(len(self._partitions))

    def _rewind(self) -> float:
        """Wall seconds; some also where time is simulated at speed."""
        return max(10.0, self._clock.seconds(60 * self._settings.rewind_minutes))


@contextlib.asynccontextmanager
async def _started(
    settings: QualitySettings, kafka: KafkaSettings, clock: Clock, seal: Callable[[bytes], bytes]
) -> AsyncIterator[Worker]:
    reader, writer = consumer(kafka, group=PART), producer(kafka)
    await writer.start()
    letters = DeadLetters(PART, writer, kafka, seal, settings.dead_letters_a_minute)
    worker = Worker(settings, kafka, clock, reader, writer, letters)
    reader.subscribe([kafka.topic(CONNECTION_QUALITY)], listener=worker)
    try:
        await reader.start()
        yield worker
    finally:
        await reader.stop()  # gives the partitions back, which commits
        await writer.stop()


async def run(
    settings: QualitySettings,
    *,
    kafka: KafkaSettings,
    clock: Clock,
    seal: Callable[[bytes], bytes],
) -> None:
    """Until cancelled. Raises `TopicsDiffer` at once, `TooManyDeadLetters` after a flood."""
    await check_topics(kafka)
    async with _started(settings, kafka, clock, seal) as worker:
        await worker.work()
