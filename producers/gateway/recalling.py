"""Reads back the last hours of the log, so that a restart forgets neither who is in nor a feed;
and, from there on, what other gateways wrote."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
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


class Recalling:
    """Tells the listeners the log's last hours, and then each time what came since."""

    def __init__(self, kafka: KafkaSettings, *listeners: Hear) -> None:
        self._kafka = kafka
        self._listeners = listeners
        self._read_to: Mapping[int, int] = {}

    async def catch_up(self) -> None:
        """Raises `KafkaError`: the broker is away."""
        self._read_to = await recall(self._kafka, *self._listeners, since=self._read_to)


async def recall(
    kafka: KafkaSettings,
    *listeners: Hear,
    wanted: Wanted = WANTED,
    look_back: int = LOOK_BACK,
    since: Mapping[int, int] = MappingProxyType({}),
) -> dict[int, int]:
    """Tells each listener the events of interest, those of a partition in their order; returns
    the offset that was read up to, by partition.

    `wanted` are words of which each such event has one in its JSON. A partition of `since` is
    read from that offset on.
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
            first = since.get(part.partition, ends[part] - look_back)
            reader.seek(part, max(starts[part], first))
        for part in parts:
            await _read(reader, part, ends[part], listeners, wanted)
        return {part.partition: await reader.position(part) for part in parts}
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
