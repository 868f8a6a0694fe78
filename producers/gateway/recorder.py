"""The way onto the log of all that was translated, and the memory of what went there."""

from collections.abc import Sequence

import msgspec

from producers.gateway.adapter import Told
from producers.gateway.consented import Consents
from producers.gateway.errors import FutureTimestamp
from producers.gateway.gathering import Gatherer
from producers.gateway.occupancy import Occupancy
from producers.gateway.writer import Writer
from streams.events import MINUTE, Sample
from streams.metrics import INGEST_UNMAPPED, SAMPLES_ACCEPTED

AHEAD = 5 * MINUTE
"""How far ahead of us an event may be (contract: `received_at`)."""


class Recorder:
    """What nobody allowed is dropped here, wherever it came from."""

    def __init__(
        self, writer: Writer, gatherer: Gatherer, occupancy: Occupancy, consents: Consents
    ) -> None:
        self._writer = writer
        self._gatherer = gatherer
        self._occupancy = occupancy
        self._consents = consents

    async def write(self, source: str, told: Sequence[Told], now: int) -> int:
        """Returns how many events and samples Kafka now holds: all that may be kept, or an error
        is raised.

        Raises `FutureTimestamp`, which costs what came with it nothing; `NotTaken`.
        """
        present = [one for one in told if one.ts <= now + AHEAD]
        written = await self._write(source, present, now)
        if len(present) < len(told):
            raise FutureTimestamp
        return written

    async def write_whole(self, source: str, told: Sequence[Told], now: int) -> int:
        """The same for a batch of which all or nothing is taken."""
        if any(one.ts > now + AHEAD for one in told):
            raise FutureTimestamp
        return await self._write(source, told, now)

    async def _write(self, source: str, told: Sequence[Told], now: int) -> int:
        kept = self._consents.kept(told)
        samples = [one for one in kept if isinstance(one, Sample)]
        stamped = [
            msgspec.structs.replace(one, received_at=now)
            for one in kept
            if not isinstance(one, Sample)
        ]
        if samples:
            await self._gatherer.put(samples)
            SAMPLES_ACCEPTED.inc(len(samples))
        if stamped:
            await self._writer.events(stamped)
        # That an erased person left is on no log, and known: else it is told again and again.
        self._occupancy.note(one for one in told if not isinstance(one, Sample))
        unmapped = sum(_is_unmapped(event) for event in stamped)
        INGEST_UNMAPPED.labels(source=source).inc(unmapped)
        return len(kept)


def _is_unmapped(event: Told) -> bool:
    return str(getattr(event, "participant_id", "")).startswith("unmapped:")
