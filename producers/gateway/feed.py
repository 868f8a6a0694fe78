"""Says every 30 s when each platform was last heard, so that a dead feed is told from calm."""

import asyncio
import logging

from aiokafka import TopicPartition

from producers.gateway.errors import NotTaken
from producers.gateway.names import Lookup
from producers.gateway.writer import Writer
from streams import codec
from streams.events import SECOND, FeedObserved
from streams.kafka import KafkaSettings, consumer
from streams.metrics import FEED_LAST_HEARD
from streams.now import Clock
from streams.topics import SESSION_EVENTS

LOOK_BACK = 2_000
"""Records of one partition: half an hour of ticks."""

log = logging.getLogger(__name__)


class Feed:
    """`heard` is the time (ms) of each platform's last delivery whose signature was right."""

    def __init__(self, writer: Writer, lookup: Lookup, clock: Clock) -> None:
        self._writer = writer
        self._lookup = lookup
        self._clock = clock
        self.heard: dict[str, int] = {}

    def hear(self, platform: str) -> None:
        self.heard[platform] = self._clock.now()
        FEED_LAST_HEARD.labels(platform=platform).set_to_current_time()

    def observed(self, now: int) -> list[FeedObserved]:
        """Of the platforms of the directory's rooms and of those heard; 0 is never."""
        return [
            FeedObserved(
                id=f"feed:{platform}:{now // SECOND}",
                ts=now,
                platform=platform,
                last_event_at=self.heard.get(platform, 0),
            )
            for platform in sorted(self._lookup.platforms() | self.heard.keys())
        ]

    async def run(self, seconds: float) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._writer.feeds(self.observed(self._clock.now()))
            except NotTaken:
                log.warning("feed not observed: %s", NotTaken.reason)
            await asyncio.sleep(self._clock.seconds(seconds))

    async def recall(self, kafka: KafkaSettings) -> None:
        """Reads back what an earlier gateway said, so that a restart silences no platform."""
        partition = TopicPartition(kafka.topic(SESSION_EVENTS), 0)
        reader = consumer(kafka)
        await reader.start()
        try:
            reader.assign([partition])
            end = (await reader.end_offsets([partition]))[partition]
            first = (await reader.beginning_offsets([partition]))[partition]
            reader.seek(partition, max(first, end - LOOK_BACK))
            while found := (await reader.getmany(timeout_ms=500)).get(partition):
                for record in found:
                    self._recall(record.value)
                if found[-1].offset >= end - 1:
                    break
        finally:
            await reader.stop()

    def _recall(self, value: bytes | None) -> None:
        if not value or b'"feed.observed"' not in value:
            return
        try:
            said = codec.session_events.decode(value)
        except codec.Unreadable:
            return
        if isinstance(said, FeedObserved) and said.last_event_at:
            heard = max(said.last_event_at, self.heard.get(said.platform, 0))
            self.heard[said.platform] = heard
