"""Reads `alert-feed` and `session-board` from the beginning, all partitions, in no group: every
console knows everything, and a restarted one knows it again.

`signals` is read from the end, for the first line alone: `presence.counted` is the monitor's
clock, and what is raised must come back on the feed.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from consumers.console.feed import Feed, Key
from consumers.console.liveness import Pulse
from streams import codec
from streams.codec import Codec, UnknownType, Unreadable
from streams.events import AlertChanged, BoardChanged, PresenceCounted
from streams.kafka import KafkaSettings, consumer
from streams.metrics import DEAD_LETTERS, EVENTS_READ, LAST_PROGRESS, UNKNOWN_TYPES
from streams.topics import ALERT_FEED, SESSION_BOARD, SIGNALS

PART = "console"
RETRY_SECONDS = 1.0
boards: Codec[BoardChanged] = Codec(BoardChanged)
log = logging.getLogger(__name__)


class Reader:
    """`changed` hears of each change, in order."""

    def __init__(
        self, kafka: KafkaSettings, feed: Feed, pulse: Pulse, changed: Callable[[Key], None]
    ) -> None:
        self._kafka = kafka
        self._feed = feed
        self._pulse = pulse
        self._changed = changed

    async def run(self) -> None:
        """Until cancelled. A broker that is not there is asked again every second."""
        while True:
            source = consumer(self._kafka)
            try:
                await source.start()
                await self._follow(source)
            except KafkaError as error:
                log.warning("broker not reached: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                await source.stop()

    async def _follow(self, source: AIOKafkaConsumer) -> None:
        known, counts = (
            self._partitions(ALERT_FEED.name, SESSION_BOARD.name),
            self._partitions(SIGNALS.name),
        )
        source.assign([*known, *counts])
        await source.seek_to_beginning(*known)
        await source.seek_to_end(*counts)
        ends = await source.end_offsets(known)
        while True:
            batches = await source.getmany(timeout_ms=250, max_records=2_000)
            for records in batches.values():
                for record in records:
                    self.take(record)
            if not self._pulse.caught_up:
                positions = [await source.position(partition) for partition in known]
                self._pulse.caught_up = all(
                    at >= ends[partition] for at, partition in zip(positions, known, strict=True)
                )
            LAST_PROGRESS.labels(part=PART).set_to_current_time()

    def _partitions(self, *names: str) -> list[TopicPartition]:
        return [
            TopicPartition(self._kafka.prefix + name, number)
            for name in names
            for number in range(self._kafka.partitions)
        ]

    def take(self, record: ConsumerRecord) -> None:
        """Applies one record; what cannot be read is counted and passed over."""
        topic = record.topic.removeprefix(self._kafka.prefix)
        try:
            key = self._apply(topic, record)
        except UnknownType:
            UNKNOWN_TYPES.labels(part=PART).inc()
            return
        except Unreadable as error:
            if error.reason != "tombstone":  # compaction's own
                DEAD_LETTERS.labels(part=PART, reason=error.reason).inc()
            return
        EVENTS_READ.labels(part=PART, topic=topic).inc()
        if key is not None:
            self._changed(key)

    def _apply(self, topic: str, record: ConsumerRecord) -> Key | None:
        wall = time.monotonic()
        if topic == ALERT_FEED.name:
            told = codec.feed.decode(record.value)
            if isinstance(told, AlertChanged):
                self._pulse.fed(told.signal.alert_id)
            return self._feed.hear(told)
        if topic == SESSION_BOARD.name:
            board = boards.decode(record.value)
            self._pulse.beat(record.partition, board.ts, wall)
            return self._feed.hear(board)
        said = codec.signals.decode(record.value)
        if isinstance(said, PresenceCounted):
            self._pulse.beat(said.partition, said.ts, wall)
        elif said.status == "raised" and not said.trial and said.alert_id not in self._feed.alerts:
            self._pulse.raised(said.alert_id, said.rule, said.ts, wall)
        return None
