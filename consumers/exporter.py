"""The exporter: what can only be measured from outside or over all programs, as metrics.

It reads the boards and the alert feed from their start (no group: both are compacted), and
attendance in a group of its own, so that a restart counts on where it stopped.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from msgspec import Struct

from consumers.live_figures import LiveFigures
from streams import codec
from streams.codec import Codec, UnknownType, Unreadable
from streams.kafka import KafkaSettings, admin, check_topics, consumer
from streams.metrics import (
    CONSUMER_LAG,
    DEAD_LETTERS,
    EVENTS_READ,
    LAST_PROGRESS,
    TOPIC_RECORDS,
    UNKNOWN_TYPES,
)
from streams.now import Clock
from streams.topics import (
    ALERT_FEED,
    CONNECTION_QUALITY,
    PARTICIPANT_EVENTS,
    SESSION_BOARD,
    SESSION_EVENTS,
    SIGNALS,
    TOPICS,
    Topic,
)
from streams.watching import STALLED_SECONDS, watched

PART: Final = "exporter"
GROUPS: Final = {
    "quality": CONNECTION_QUALITY,
    "session-monitor": SESSION_EVENTS,
    "alerts": SIGNALS,
    PART: PARTICIPANT_EVENTS,
}
"""Each consumer group and the topic it commits."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class ExporterSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`every_seconds` is how old a live figure can be, `lag_every_seconds` a consumer's lag."""

    every_seconds: float = 1.0
    lag_every_seconds: float = 5.0
    stalled_seconds: float = STALLED_SECONDS


async def run(settings: ExporterSettings, *, kafka: KafkaSettings, clock: Clock) -> None:
    """Runs until cancelled. Raises `TopicsDiffer` where the topics are not as configured."""
    await check_topics(kafka)
    figures = LiveFigures()
    async with asyncio.TaskGroup() as group:
        group.create_task(_read_live(figures, kafka, settings.stalled_seconds))
        group.create_task(_read_attendance(figures, kafka, settings.stalled_seconds))
        group.create_task(_show(figures, clock, settings.every_seconds))
        group.create_task(_measure_lag(kafka, settings.lag_every_seconds))


async def _show(figures: LiveFigures, clock: Clock, every: float) -> None:
    while True:
        figures.show(clock.now())
        LAST_PROGRESS.labels(part=PART).set(time.time())
        await asyncio.sleep(every)


async def _read_live(figures: LiveFigures, kafka: KafkaSettings, stalled_seconds: float) -> None:
    async with (
        consumer(kafka, SESSION_BOARD, ALERT_FEED) as reader,
        watched(PART, stalled_seconds, reader) as watching,
    ):
        async for record in reader:
            watching.progress()
            if record.topic == kafka.topic(SESSION_BOARD):
                _hear(SESSION_BOARD, codec.boards, figures.hear_board, record.value)
            else:
                _hear(ALERT_FEED, codec.feed, figures.hear_feed, record.value)


async def _read_attendance(
    figures: LiveFigures, kafka: KafkaSettings, stalled_seconds: float
) -> None:
    async with (
        consumer(kafka, PARTICIPANT_EVENTS, group=PART) as reader,
        watched(PART, stalled_seconds, reader) as watching,
    ):
        while True:
            watching.progress()
            chunks = await reader.getmany(timeout_ms=1000)
            for records in chunks.values():
                for record in records:
                    _hear(
                        PARTICIPANT_EVENTS,
                        codec.participant_events,
                        figures.hear_participant,
                        record.value,
                    )
            if chunks:
                await reader.commit()


def _hear(topic: Topic, read: Codec[T], hear: Callable[[T], None], raw: bytes | None) -> None:
    """What cannot be read is counted; the part that needs the record keeps the dead letter."""
    try:
        hear(read.decode(raw))
    except UnknownType:
        UNKNOWN_TYPES.labels(part=PART).inc()
    except Unreadable as refused:
        if raw is not None:  # a tombstone ends a compacted key
            DEAD_LETTERS.labels(part=PART, reason=refused.reason).inc()
    else:
        EVENTS_READ.labels(part=PART, topic=topic.name).inc()


async def _measure_lag(kafka: KafkaSettings, every: float) -> None:
    async with consumer(kafka) as reader:
        client = admin(kafka)
        await client.start()
        try:
            while True:
                try:
                    await _set_lag(kafka, reader, client)
                except KafkaError as error:  # the next round tries again; the figures stay
                    log.warning("consumer lag not measured: %s", type(error).__name__)
                await asyncio.sleep(every)
        finally:
            await client.close()


async def _set_lag(
    kafka: KafkaSettings, reader: AIOKafkaConsumer, client: AIOKafkaAdminClient
) -> None:
    ends: dict[str, dict[TopicPartition, int]] = {}
    for topic in TOPICS:
        ends[topic.name] = await reader.end_offsets(_partitions(kafka, topic))
        TOPIC_RECORDS.labels(topic.name).set(sum(ends[topic.name].values()))
    for group, topic in GROUPS.items():
        partitions = _partitions(kafka, topic)
        starts = await reader.beginning_offsets(partitions)
        # Named one by one: the embedded broker does not answer "all of the group's" readably.
        committed = await client.list_consumer_group_offsets(
            kafka.prefix + group, partitions=partitions
        )
        lag = 0
        for partition, end in ends[topic.name].items():
            known = committed.get(partition)
            # -1: never committed. A record that retention took is nobody's lag.
            offset = max(known.offset if known else -1, starts[partition])
            lag += max(0, end - offset)
        CONSUMER_LAG.labels(group, topic.name).set(lag)


def _partitions(kafka: KafkaSettings, topic: Topic) -> list[TopicPartition]:
    count = kafka.partitions if topic.partitioned else 1
    return [TopicPartition(kafka.topic(topic), number) for number in range(count)]
