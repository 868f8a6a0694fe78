"""Writes to Kafka within a deadline: what it returns from is on all replicas."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from privacy.sealing import MasterKey, Seal
from producers.gateway.errors import NotTaken
from streams import codec
from streams.dead_letters import DeadLetters
from streams.events import FeedObserved, Sample, SampleBatch, SessionEvent
from streams.kafka import KafkaSettings
from streams.metrics import EVENTS_WRITTEN
from streams.topics import CONNECTION_QUALITY, SESSION_EVENTS, Topic

PART = "gateway"
Send = Callable[[], Awaitable[Awaitable[object]]]
SAMPLES_A_RECORD = 500
"""About 150 kB: well under a broker's limit of 1 MB."""


class Writer:
    """Raises `NotTaken` where Kafka did not acknowledge all within `seconds`.

    What was sent may still arrive later; its ids make that harmless.
    """

    def __init__(
        self, producer: AIOKafkaProducer, kafka: KafkaSettings, key: MasterKey, seconds: float
    ) -> None:
        self._producer = producer
        self._kafka = kafka
        self._seconds = seconds
        seal = Seal(key.derive("dead-letters/v1"))
        self._dead_letters = DeadLetters(PART, producer, kafka, seal.close)

    async def events(self, events: Sequence[SessionEvent]) -> None:
        """Each under its session's key."""
        topic = self._kafka.topic(SESSION_EVENTS)
        await self._all(
            SESSION_EVENTS,
            [
                partial(self._producer.send, topic, codec.encode(event), key=_key(event))
                for event in events
            ],
        )

    async def feeds(self, feeds: Sequence[FeedObserved]) -> None:
        """Each to every partition."""
        topic = self._kafka.topic(SESSION_EVENTS)
        await self._all(
            SESSION_EVENTS,
            [
                partial(self._producer.send, topic, codec.encode(feed), partition=number)
                for feed in feeds
                for number in range(self._kafka.partitions)
            ],
        )

    async def samples(self, by_partition: Mapping[int, Sequence[Sample]]) -> None:
        """One record a partition (several, should there be very many samples)."""
        topic = self._kafka.topic(CONNECTION_QUALITY)
        await self._all(
            CONNECTION_QUALITY,
            [
                partial(self._producer.send, topic, codec.encode(batch), partition=number)
                for number, samples in by_partition.items()
                for batch in _batches(samples)
            ],
        )

    async def dead_letter(self, source: str, raw: bytes, reason: str) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._dead_letters.put(f"{PART}/{source}", raw, reason)
        except (TimeoutError, KafkaError):
            raise NotTaken from None

    async def _all(
        self, topic: Topic, sends: Sequence[Callable[[], Awaitable[Awaitable[object]]]]
    ) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await asyncio.gather(*[await send() for send in sends])
        except (TimeoutError, KafkaError):
            raise NotTaken from None
        EVENTS_WRITTEN.labels(part=PART, topic=topic.name).inc(len(sends))


def _key(event: SessionEvent) -> bytes | None:
    session_id = getattr(event, "session_id", None)
    return session_id.encode() if session_id else None


def _batches(samples: Sequence[Sample]) -> list[SampleBatch]:
    size = SAMPLES_A_RECORD
    starts = range(0, len(samples), size)
    return [SampleBatch(samples=list(samples[start : start + size])) for start in starts]
