"""A real LiveKit server whose webhooks are lost: the gateway asks it, and nothing is missing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.gateway.settings import Api
from sessionwatch.broker import free_port
from streams.events import SECOND
from streams.now import WALL
from tests.end_to_end.test_livekit import ROOM, Person, Seen, server_built
from tests.http_server import serving
from tests.livekit_server import KEY, SECRET, livekit_server
from tests.producers.gateway.clinic import Booking, open_clinic
from tests.producers.gateway.conftest import Running, running, settings_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
__all__ = ["server_built"]

OFTEN = {"reconcile_seconds": 0.5, "settled_seconds": 1}


class Receiver:
    """Takes webhooks in and keeps them, as a proxy whose gateway is down might."""

    def __init__(self) -> None:
        self.kept: list[tuple[dict[str, str], bytes]] = []

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        headers = {name: request.headers[name] for name in ("authorization", "content-type")}
        self.kept.append((headers, await request.body()))
        return Response()

    async def hand_on(self, gateway: Running) -> None:
        for headers, body in self.kept:
            answer = await gateway.client.post("/webhooks/livekit", content=body, headers=headers)
            assert answer.status_code == 200


@contextlib.asynccontextmanager
async def asking(kafka, key, tmp_path: Path, port: int) -> AsyncIterator[Running]:
    """A gateway that gets no webhooks and asks the server there."""
    start = WALL.now() // SECOND * SECOND - 10 * SECOND
    booking = Booking("livekit", ROOM, start, ["ana", "luis"])
    directory = await open_clinic(tmp_path, key, WALL, booking)
    await directory.close()
    api = Api(url=f"http://127.0.0.1:{port}", key=f"{KEY}:{SECRET}")
    settings = settings_for(tmp_path, apis={"livekit": api}, **OFTEN)
    async with running(kafka, key, tmp_path, settings, start) as gateway:
        yield gateway


async def test_the_receiver_is_down_while_people_come_and_go(server_built, kafka, key, tmp_path):
    port, receiver = free_port(), Receiver()
    async with (
        serving(receiver.app()) as elsewhere,
        asking(kafka, key, tmp_path, port) as gateway,
        livekit_server(tmp_path, f"{elsewhere}/hook", port) as server,
    ):
        seen = Seen(gateway, ["ana", "luis"])
        host, ana = Person(server, "dr-chen"), Person(server, "ana")
        await asyncio.gather(host.joins(), ana.joins())
        await seen.until("dr-chen participant.joined", "ana participant.joined")
        await ana.leaves()
        await seen.until("ana participant.left unknown")
        found = {event.id for event in seen.about_sessions()}
        assert len(found) == 3
        await receiver.hand_on(gateway)  # late, and doubles but for the room's start
        await seen.until("session.started")
        late = [one for one in seen.about_sessions()[3:] if hasattr(one, "participant_id")]
        assert {event.id for event in late} == found
        await host.leaves()


async def test_the_server_is_killed(server_built, kafka, key, tmp_path):
    """It says nothing of those who were in; its next life knows nobody."""
    port, nowhere = free_port(), f"http://127.0.0.1:{free_port()}/hook"
    async with asking(kafka, key, tmp_path, port) as gateway:
        seen = Seen(gateway, ["ana", "luis"])
        async with livekit_server(tmp_path, nowhere, port) as server:
            ana = Person(server, "ana")
            await ana.joins()
            await seen.until("ana participant.joined")
            server.process.kill()
            await server.process.wait()
            await ana.breaks_off()
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"http://127.0.0.1:{port}")
        await asyncio.sleep(2)  # some rounds without an answer
        assert "ana participant.left connection_lost" not in seen.lines()
        async with livekit_server(tmp_path, nowhere, port) as server:
            luis = Person(server, "luis")
            await luis.joins()
            await seen.until("ana participant.left connection_lost", "luis participant.joined")
            await luis.leaves()
    stories = [event.participant_id for event in seen.about_sessions()]
    assert stories.count(gateway.person("ana")) == 2
