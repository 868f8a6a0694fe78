"""Reads the log into the archive, each record exactly once.

Where to read on is in the files' names alone; a commit to Kafka is only a hint that lets others
see the lag. One process writes an archive: a second one waits for the first to end.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from consumers.archive.files import Log, listed, locked, standing
from consumers.archive.merging import clear_away, expire
from consumers.archive.settings import ArchiveSettings
from consumers.archive.writer import AnotherLog, Writer
from streams import codec
from streams.codec import Codec
from streams.kafka import KafkaSettings, check_topics, consumer
from streams.metrics import ARCHIVED, EVENTS_READ, LAST_PROGRESS, PARTITIONS_ASSIGNED
from streams.now import Clock
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS, SIGNALS, Topic
from streams.watching import watched

PART: Final = "archive"
SOURCES: Final[dict[Topic, Codec[Any]]] = {
    SESSION_EVENTS: codec.session_events,
    PARTICIPANT_EVENTS: codec.participant_events,
    SIGNALS: codec.signals,
}
log = logging.getLogger(__name__)


async def run(settings: ArchiveSettings, *, kafka: KafkaSettings, clock: Clock) -> None:
    """Until cancelled; then what was read is written. Raises `AnotherLog`, `TopicsDiffer`."""
    await check_topics(kafka)
    root = Path(settings.folder)
    async with _alone(root):
        with locked(root):
            clear_away(root)
        reader = consumer(kafka, group=PART)
        await reader.start()
        worker = Worker(settings, kafka, clock, reader)
        try:
            await worker.work()
        finally:
            await worker.flush_all()
            await reader.stop()


@asynccontextmanager
async def _alone(root: Path) -> AsyncIterator[None]:
    told = False
    while True:
        try:
            with locked(root, ".writer", wait=False):
                yield
                return
        except BlockingIOError:
            if not told:
                log.warning("archive: another process writes it; waiting")
            told = True
            await asyncio.sleep(0.5)


class Worker:
    """`reader` reads every partition of the archived topics."""

    def __init__(
        self,
        settings: ArchiveSettings,
        kafka: KafkaSettings,
        clock: Clock,
        reader: AIOKafkaConsumer,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._reader = reader
        self._root = Path(settings.folder)
        self._topics = {kafka.topic(topic): topic for topic in SOURCES}
        newest = {one.log: one for one in standing(listed(self._root))}
        self._writers: dict[TopicPartition, Writer] = {}
        self._unchecked: set[TopicPartition] = set()
        self._expired_at = float("-inf")
        for name, topic in self._topics.items():
            for number in range(kafka.partitions):
                known = Log(name, number)
                place = TopicPartition(name, number)
                last = newest.get(known)
                self._writers[place] = Writer(self._root, known, SOURCES[topic], last)
                if last is not None:
                    self._unchecked.add(place)

    async def work(self) -> None:
        """Until cancelled. Ends the process where it stands still."""
        places = list(self._writers)
        self._reader.assign(places)
        for place, writer in self._writers.items():
            if place in self._unchecked:  # the last one again, to know the log by
                self._reader.seek(place, writer.next - 1)
            else:
                await self._reader.seek_to_beginning(place)
        PARTITIONS_ASSIGNED.labels(part=PART).set(len(places))
        async with watched(PART, self._settings.stalled_seconds, self._reader) as watching:
            while True:
                read = await self._reader.getmany(timeout_ms=200, max_records=self._settings.batch)
                watching.in_hand = True
                await self._step(read)
                watching.in_hand = False
                watching.progress()

    async def _step(self, read: Mapping[TopicPartition, list[Any]]) -> None:
        for place, records in read.items():
            await self._take(place, records)
        for place, writer in self._writers.items():
            if self._due(writer):
                await self._flush(place, writer)
        now = asyncio.get_running_loop().time()
        if self._settings.retention_days and now - self._expired_at > self._settings.expire_seconds:
            self._expired_at = now
            await asyncio.to_thread(self._expire)
        LAST_PROGRESS.labels(part=PART).set_to_current_time()

    async def flush_all(self) -> None:
        for place, writer in self._writers.items():
            await self._flush(place, writer)

    async def _take(self, place: TopicPartition, records: list[Any]) -> None:
        writer = self._writers[place]
        if place in self._unchecked:
            writer.check(records[0])
            self._unchecked.discard(place)
            if records[0].offset > writer.next:
                log.warning("archive: %d records were gone", records[0].offset - writer.next)
            if records[0].offset < writer.next:
                records = records[1:]
        for record in records:
            if record.offset < writer.next:
                raise AnotherLog(f"{place.topic} partition {place.partition} went back")
            if not writer.take(record):
                await self._flush(place, writer)
                writer.take(record)
        EVENTS_READ.labels(part=PART, topic=self._topics[place.topic].name).inc(len(records))

    def _due(self, writer: Writer) -> bool:
        chosen = self._settings
        return (
            writer.rows >= chosen.flush_rows
            or writer.size >= chosen.flush_bytes
            or writer.waiting >= chosen.flush_seconds
        )

    async def _flush(self, place: TopicPartition, writer: Writer) -> None:
        rows = writer.rows
        if await asyncio.to_thread(writer.flush, self._settings.merge_files) is None:
            return
        ARCHIVED.labels(topic=self._topics[place.topic].name).inc(rows)
        try:
            await self._reader.commit({place: writer.next})
        except KafkaError:
            log.info("archive: a commit was refused; the files know better")

    def _expire(self) -> None:
        with locked(self._root):
            gone = expire(self._root, self._clock.now(), self._settings.retention_days)
        if gone:
            log.info("archive: %d files were older than is kept", len(gone))
