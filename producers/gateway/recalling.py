"""Reads back the last hours of the log, so that a restart forgets neither who is in nor a feed."""

from collections.abc import Callable, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams import codec
from streams.events import SessionEvent
from streams.kafka import KafkaSettings, consumer
from streams.metrics import EVENTS_READ
from streams.topics import SESSION_EVENTS

LOOK_BACK: Final = 25_000
"""Records of one partition: some six hours of ticks, and what happened between them."""
WANTED: Final = (
    *(b'"participant.joined"', b'"participant.left"'),
    *(b'"session.ended"', b'"feed.observed"'),
)
"""Looked for before anything is decoded: most records are ticks."""

Wanted = Sequence[bytes]
Hear = Callable[[SessionEvent], None]


async def recall(
    kafka: KafkaSettings, *listeners: Hear, wanted: Wanted = WANTED, look_back: int = LOOK_BACK
) -> None:
    """Tells each listener the events of interest, those of a partition in their order.

    `wanted` are words of which each such event has one in its JSON.
    """
    topic = kafka.topic(SESSION_EVENTS)
    reader = consumer(kafka)
    await reader.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(kafka.partitions)]
        reader.assign(parts)
        ends = await reader.end_offsets(parts)
        starts = await reader.beginning_offsets(parts)
        for part in parts:
            reader.seek(part, max(starts[part], ends[part] - look_back))
        for part in parts:
            await _read(reader, part, ends[part], listeners, wanted)
    finally:
        await reader.stop()


async def _read(
    reader: AIOKafkaConsumer,
    part: TopicPartition,
    end: int,
    listeners: Sequence[Hear],
    wanted: Wanted,
) -> None:
    while await reader.position(part) < end:
        found = (await reader.getmany(part, timeout_ms=2_000)).get(part)
        if not found:
            return
        for record in found:
            _tell(record.value, listeners, wanted)


def _tell(value: bytes | None, listeners: Sequence[Hear], wanted: Wanted) -> None:
    if not value or not any(word in value for word in wanted):
        return
    try:
        said = codec.session_events.decode(value)
    except codec.Unreadable:
        return
    EVENTS_READ.labels(part="gateway", topic=SESSION_EVENTS.name).inc()
    for hear in listeners:
        hear(said)
