"""Watches over a part that reads with aiokafka: is there something to read, and does it get on?"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from streams.watchdog import Watchdog

LOOK_SECONDS = 5.0
STALLED_SECONDS = 60.0
"""Unless a part's settings say otherwise."""


class Watching:
    """The part says `progress()` after each step, and `in_hand` while it is at records."""

    def __init__(self, part: str, stalled_seconds: float, reader: AIOKafkaConsumer) -> None:
        # To be suspended is no harm: what these say late, others say with the same ids, or have
        # taken in already.
        self.watchdog = Watchdog(part, stalled_seconds, math.inf)
        self.in_hand = False
        self._reader = reader

    def progress(self) -> None:
        self.watchdog.progress()

    async def look(self) -> None:
        """Until cancelled."""
        while True:
            self.watchdog.beat()
            behind = self.in_hand or await self._waiting()
            if not behind:
                self.watchdog.progress()
            self.watchdog.behind = behind
            await asyncio.sleep(LOOK_SECONDS)

    async def _waiting(self) -> bool:
        """Whether there is anything to read; no answer, no blame."""
        places = self._reader.assignment()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                ends = await self._reader.end_offsets(places) if places else {}
                return any([end > await self._reader.position(at) for at, end in ends.items()])
        except Exception:  # away, or given to another meanwhile
            return False


@asynccontextmanager
async def watched(
    part: str, stalled_seconds: float, reader: AIOKafkaConsumer
) -> AsyncIterator[Watching]:
    """Ends the process where it stands still with something to read for `stalled_seconds`."""
    watching = Watching(part, stalled_seconds, reader)
    watching.watchdog.start()
    looking = asyncio.create_task(watching.look())
    try:
        yield watching
    finally:
        looking.cancel()
        watching.watchdog.stop()
