"""Says every 30 s when each platform was last heard, so that a dead feed is told from calm."""

import asyncio
import logging

from producers.gateway.errors import NotTaken
from producers.gateway.names import Lookup
from producers.gateway.writer import Writer
from streams.events import SECOND, FeedObserved, SessionEvent
from streams.metrics import FEED_LAST_HEARD
from streams.now import Clock

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

    def recall(self, said: SessionEvent) -> None:
        """What an earlier gateway said, so that a restart silences no platform."""
        if isinstance(said, FeedObserved) and said.last_event_at:
            heard = max(said.last_event_at, self.heard.get(said.platform, 0))
            self.heard[said.platform] = heard
