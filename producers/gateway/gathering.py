"""Gathers the samples of many beacons for a moment into one record a partition."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from producers.gateway.writer import Writer
from streams.events import Sample
from streams.kafka import partition_of

_session = attrgetter("session_id")


class _Batch:
    def __init__(self) -> None:
        self.samples: defaultdict[int, list[Sample]] = defaultdict(list)
        self.written: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Gatherer:
    """Everybody who puts within `wait_ms` waits for the same write."""

    def __init__(self, writer: Writer, partitions: int, wait_ms: int) -> None:
        self._writer = writer
        self._partitions = partitions
        self._seconds = wait_ms / 1000
        self._batch: _Batch | None = None
        self._flushes: set[asyncio.Task[None]] = set()

    async def put(self, samples: Sequence[Sample]) -> None:
        """Returns when Kafka holds them. Raises `NotTaken`."""
        if self._batch is None:
            self._batch = _Batch()
            flush = asyncio.create_task(self._flush(self._batch))
            self._flushes.add(flush)
            flush.add_done_callback(self._flushes.discard)
        batch = self._batch
        for session_id, together in groupby(samples, key=_session):
            batch.samples[partition_of(session_id, self._partitions)] += together
        await asyncio.shield(batch.written)

    async def _flush(self, batch: _Batch) -> None:
        await asyncio.sleep(self._seconds)
        self._batch = None
        try:
            await self._writer.samples(batch.samples)
        except Exception as error:
            batch.written.set_exception(error)
        else:
            batch.written.set_result(None)
