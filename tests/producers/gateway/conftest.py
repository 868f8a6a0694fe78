"""A running gateway on a real broker, with a real directory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from msgspec import Struct

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey, Seal
from producers.gateway import app
from producers.gateway.settings import GatewaySettings
from sessionwatch.broker import free_port
from streams import codec
from streams.events import MINUTE
from streams.kafka import KafkaSettings, consumer
from streams.now import WALL
from streams.topics import CONNECTION_QUALITY, DEAD_LETTERS, SESSION_EVENTS, Topic
from tests.producers.gateway.clinic import (
    LIVEKIT,
    ZOOM,
    Booking,
    database,
    livekit_headers,
    open_clinic,
    session_of,
    zoom_headers,
)

TOKEN = "bearer-token-of-the-tests"


class Letter(Struct):
    origin: str
    reason: str
    raw: bytes


class Running:
    """Requests to the gateway, and what came of them on the topics."""

    def __init__(
        self, kafka: KafkaSettings, key: MasterKey, url: str, start: int, client: httpx.AsyncClient
    ) -> None:
        self.kafka, self.key, self.url, self.start, self.client = kafka, key, url, start, client
        self.names = Pseudonyms(key)

    def session(self, number: int) -> str:
        return session_of(self.key, number, self.start)

    def person(self, name: str) -> str:
        return self.names.participant(name)

    async def livekit(self, body: bytes, **headers: str) -> httpx.Response:
        signed = livekit_headers(body, WALL.now()) | headers
        return await self.client.post("/webhooks/livekit", content=body, headers=signed)

    async def zoom(self, body: bytes, **headers: str) -> httpx.Response:
        signed = zoom_headers(body, WALL.now()) | headers
        return await self.client.post("/webhooks/zoom", content=body, headers=signed)

    async def events(self, besides: str = "feed.observed") -> list:
        raw = await self.records(SESSION_EVENTS)
        found = [codec.session_events.decode(value) for _, value, _ in raw]
        return [event for event in found if event.__struct_config__.tag != besides]

    async def batches(self) -> list[tuple[int, list]]:
        raw = await self.records(CONNECTION_QUALITY)
        return [(number, codec.samples.decode(value).samples) for number, value, _ in raw]

    async def letters(self) -> list[Letter]:
        seal = Seal(self.key.derive("dead-letters/v1"))
        return [
            Letter(headers["origin"].decode(), headers["reason"].decode(), seal.open(value))
            for _, value, headers in await self.records(DEAD_LETTERS)
        ]

    async def records(self, topic: Topic) -> list[tuple[int, bytes, dict]]:
        """Everything on a topic: (partition, value, headers)."""
        reader = consumer(self.kafka, topic)
        await reader.start()
        try:
            ends = await reader.end_offsets(reader.assignment())
            found, missing = [], {part for part, end in ends.items() if end > 0}
            while missing:
                for part, records in (await reader.getmany(timeout_ms=500)).items():
                    found += [(part.partition, r.value, dict(r.headers)) for r in records]
                for part in list(missing):
                    if await reader.position(part) >= ends[part]:
                        missing.discard(part)
            return found
        finally:
            await reader.stop()


@contextlib.asynccontextmanager
async def running(
    kafka: KafkaSettings, key: MasterKey, folder: Path, settings: GatewaySettings, start: int
) -> AsyncIterator[Running]:
    """A gateway until the end of the block, stopped as a supervisor stops it."""
    task = asyncio.create_task(app.run(settings, kafka=kafka, clock=WALL, key=key))
    url = f"http://127.0.0.1:{settings.port}"
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        await answering(client, task)
        try:
            yield Running(kafka, key, url, start, client)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def answering(client: httpx.AsyncClient, task: asyncio.Task) -> None:
    async with asyncio.timeout(30):
        while True:
            if task.done():
                await task
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


def settings_for(folder: Path, **others: object) -> GatewaySettings:
    return GatewaySettings(
        port=free_port(),
        directory=database(folder),
        secrets={"livekit": ["old:old-secret", LIVEKIT], "zoom": [ZOOM]},
        event_tokens=[TOKEN],
        **others,
    )


@pytest.fixture
async def gateway(kafka: KafkaSettings, key: MasterKey, tmp_path: Path) -> AsyncIterator[Running]:
    """Two rooms of an evening that has begun: LiveKit's `evening` (session 0), Zoom's
    `81234567890` (session 1)."""
    start = WALL.now() // MINUTE * MINUTE - 30 * MINUTE
    directory = await open_clinic(
        tmp_path,
        key,
        WALL,
        Booking("livekit", "evening", start, ["ana", "luis"]),
        Booking("zoom", "81234567890", start, ["ana", "luis"], host="dr-ortiz"),
    )
    await directory.close()
    async with running(kafka, key, tmp_path, settings_for(tmp_path), start) as up:
        yield up
