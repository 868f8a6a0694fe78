"""A running gateway on a real broker, with a real directory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from msgspec import Struct

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey, Seal
from producers.gateway import app
from producers.gateway.platforms import PLATFORMS
from producers.gateway.settings import GatewaySettings
from sessionwatch.broker import EmbeddedBroker, free_port
from streams import codec
from streams.events import MINUTE
from streams.kafka import KafkaSettings, consumer, create_topics, wait_for_broker
from streams.now import WALL, Clock
from streams.topics import CONNECTION_QUALITY, DEAD_LETTERS, SESSION_EVENTS, Topic
from tests.producers.gateway.clinic import (
    NOW,
    OTHERS,
    ROOM,
    SECRETS,
    Booking,
    Clinic,
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
        self,
        kafka: KafkaSettings,
        key: MasterKey,
        url: str,
        start: int,
        client: httpx.AsyncClient,
        clock: Clock = WALL,
    ) -> None:
        self.kafka, self.key, self.url, self.start, self.client = kafka, key, url, start, client
        self.clock = clock
        self.names = Pseudonyms(key)
        self.task: asyncio.Task[None]
        self._readers: dict[str, AIOKafkaConsumer] = {}

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

    async def signed(self, platform: str, body: bytes, **headers: str) -> httpx.Response:
        """As the platform itself would send it, now."""
        url = f"{self.url}/webhooks/{platform}"
        made = PLATFORMS[platform].sign(body, SECRETS[platform], self.clock.now(), url)
        proofs = {name.lower(): value for name, value in made.headers.items()}
        return await self.client.post(made.url, content=body, headers=proofs | headers)

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
        """What came onto a topic since this was last asked: (partition, value, headers)."""
        reader = self._readers.get(topic.name)
        if reader is None:
            reader = self._readers[topic.name] = consumer(self.kafka, topic, fetch_max_wait_ms=20)
            await reader.start()
        found = []
        for part, end in (await reader.end_offsets(reader.assignment())).items():
            while await reader.position(part) < end:
                records = (await reader.getmany(part, timeout_ms=200)).get(part, [])
                found += [(part.partition, one.value, dict(one.headers)) for one in records]
        return found

    async def skip(self) -> None:
        """Forgets what is on the topics so far."""
        for topic in (SESSION_EVENTS, CONNECTION_QUALITY, DEAD_LETTERS):
            await self.records(topic)

    async def close(self) -> None:
        for reader in self._readers.values():
            await reader.stop()


@contextlib.asynccontextmanager
async def running(
    kafka: KafkaSettings,
    key: MasterKey,
    folder: Path,
    settings: GatewaySettings,
    start: int,
    clock: Clock = WALL,
) -> AsyncIterator[Running]:
    """A gateway until the end of the block, stopped as a supervisor stops it."""
    task = asyncio.create_task(app.run(settings, kafka=kafka, clock=clock, key=key))
    url = f"http://{settings.host}:{settings.port}"
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        await answering(client, task)
        up = Running(kafka, key, url, start, client, clock)
        up.task = task
        try:
            yield up
        finally:
            await up.close()
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
        secrets={platform: [OTHERS[platform], secret] for platform, secret in SECRETS.items()},
        event_tokens=[TOKEN],
        **others,
    )


@contextlib.asynccontextmanager
async def evening(
    kafka: KafkaSettings, folder: Path, *, more: Sequence[str] = (), **others: object
) -> AsyncIterator[Running]:
    """Two rooms of an evening that has begun: LiveKit's `evening` (session 0), Zoom's
    `81234567890` (session 1); an `evening` on each of `more` platforms."""
    key = MasterKey.make(folder / "installation.key")
    start = WALL.now() // MINUTE * MINUTE - 30 * MINUTE
    directory = await open_clinic(
        folder,
        key,
        WALL,
        Booking("livekit", "evening", start, ["ana", "luis"]),
        Booking("zoom", "81234567890", start, ["ana", "luis"], host="dr-ortiz"),
        Booking("livekit", "afternoon", start - 25 * MINUTE, ["eva"], hours=1),  # about to end
        *(Booking(platform, "evening", start, ["ana", "luis"]) for platform in more),
    )
    await directory.close()
    async with running(kafka, key, folder, settings_for(folder, **others), start) as up:
        yield up


@pytest.fixture(scope="session")
def evenings(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """A clinic whose evening group meets on each platform in a room of its own (`ROOM`).

    `ana` and `luis` are patients, `dr-ortiz` the host; their ids are the same everywhere.
    """
    start = NOW - 30 * MINUTE
    rooms = [
        Booking(platform, ROOM, start - number * MINUTE, ["ana", "luis"], host="dr-ortiz")
        for number, platform in enumerate(PLATFORMS)
    ]
    return Clinic(tmp_path_factory.mktemp("evenings"), NOW, *rooms)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    broker: EmbeddedBroker, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """One gateway for a module's tests: what they write is told apart by when it came."""
    folder = tmp_path_factory.mktemp("gateway")
    kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix=f"{folder.name}.", partitions=2)
    await wait_for_broker(kafka)
    await create_topics(kafka)
    patient = {"read_seconds": 3, "write_seconds": 30}  # the machine may be busy
    more = ("daily", "twilio", "jitsi", "bigbluebutton")
    async with evening(kafka, folder, more=more, feed_seconds=3600, **patient) as up:
        yield up


@pytest_asyncio.fixture(loop_scope="module")
async def gateway(shared: Running) -> Running:
    await shared.skip()
    return shared
