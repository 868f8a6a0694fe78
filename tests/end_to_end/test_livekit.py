"""A real LiveKit server, real clients: its own webhooks become the right events and alerts."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from livekit import api
from websockets.asyncio.client import connect

from producers.directory import publisher
from streams.events import SECOND, ClockTicked
from streams.now import WALL
from streams.rules import load
from streams.session.monitor import Monitor
from tests.livekit_server import KEY, SECRET, LiveKitServer, build, livekit_server, missing
from tests.producers.gateway.clinic import Booking, open_clinic
from tests.producers.gateway.conftest import Running, running, settings_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOM = "evening"


class Person:
    """Somebody's client: a process with a real peer connection."""

    def __init__(self, server: LiveKitServer, name: str) -> None:
        self._server, self.name = server, name

    async def joins(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.livekit_client", self._server.url, token(self.name)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            assert await self._process.stdout.readline() == b"in\n"

    async def leaves(self) -> None:
        self._process.stdin.close()
        async with asyncio.timeout(30):
            await self._process.wait()

    async def breaks_off(self) -> None:
        self._process.kill()
        await self._process.wait()


def token(name: str) -> str:
    grants = api.VideoGrants(room_join=True, room=ROOM)
    made = api.AccessToken(KEY, SECRET).with_identity(name).with_name(f"Pat {name}")
    return made.with_grants(grants).with_ttl(timedelta(hours=1)).to_jwt()


async def tries_in_vain(server: LiveKitServer, name: str) -> None:
    """Signalling comes up, media never: the client gives up."""
    async with connect(f"{server.url}/rtc?access_token={token(name)}&auto_subscribe=1"):
        await asyncio.sleep(0.2)


class Seen:
    """The log so far, in words: who did what."""

    def __init__(self, gateway: Running, people: list[str]) -> None:
        self._gateway = gateway
        names = gateway.names
        self.names = {names.participant(name): name for name in people} | {
            names.staff("dr-chen"): "dr-chen"
        }
        self.events: list = []

    async def until(self, *lines: str, times: int = 1) -> None:
        """Waits until each of these is on the log so often."""
        async with asyncio.timeout(60):
            while any(self.lines().count(line) < times for line in lines):
                await asyncio.sleep(0.1)
                self.events += await self._gateway.events(besides="none")

    def lines(self) -> list[str]:
        return [self._line(event) for event in self.events]

    def about_sessions(self) -> list:
        return [event for event in self.events if hasattr(event, "session_id")]

    def _line(self, event) -> str:
        who = self.names.get(getattr(event, "participant_id", ""), "")
        word = getattr(event, "reason", None) or getattr(event, "stage", "")
        return " ".join(filter(None, [who, event.__struct_config__.tag, word]))


@pytest.fixture
def server_built() -> None:
    if lacking := missing() or build():
        pytest.skip(lacking)


@contextlib.asynccontextmanager
async def clinic(kafka, key, tmp_path, people: list[str]) -> AsyncIterator[Running]:
    """A running gateway, and a schedule that the directory's publisher puts on the log."""
    start = WALL.now() // SECOND * SECOND - 10 * SECOND
    directory = await open_clinic(tmp_path, key, WALL, Booking("livekit", ROOM, start, people))
    publishing = asyncio.create_task(publisher.publish(directory, kafka, WALL))
    try:
        async with running(kafka, key, tmp_path, settings_for(tmp_path), start) as gateway:
            yield gateway
    finally:
        publishing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await publishing
        await directory.close()


async def test_joining_leaving_breaking_off_and_coming_back(server_built, kafka, key, tmp_path):
    people = ["ana", "luis", "maya", "noa", "eva"]
    async with (
        clinic(kafka, key, tmp_path, people) as gateway,
        livekit_server(tmp_path, f"{gateway.url}/webhooks/livekit") as server,
    ):
        seen = Seen(gateway, people)
        host, ana, luis, maya = (Person(server, who) for who in ("dr-chen", *people[:3]))
        await asyncio.gather(*(person.joins() for person in (host, ana, luis, maya)))
        await seen.until(*(f"{who} participant.joined" for who in ("ana", "luis", "maya")))
        for _ in range(2):
            await tries_in_vain(server, "noa")
        await asyncio.sleep(10)  # with the 21 s until the server misses them, long enough to count
        await asyncio.gather(luis.breaks_off(), maya.breaks_off())
        await seen.until(*(f"{who} participant.left connection_lost" for who in ("luis", "maya")))
        await luis.joins()
        await ana.leaves()
        await seen.until("ana participant.left left")
        await seen.until("luis participant.joined", times=2)
        raised = alerts(gateway, seen)
        await asyncio.gather(luis.leaves(), host.leaves())
        await seen.until("luis participant.left left", "session.ended")
    told = [line for line in seen.lines() if not line.startswith(("feed", "session.scheduled"))]
    people = seen.names.values()
    stories = {who: [line for line in told if line.startswith(f"{who} ")] for who in people}
    assert stories == {
        "dr-chen": ["dr-chen participant.joined", "dr-chen participant.left left"],
        "ana": ["ana participant.joined", "ana participant.left left"],
        "luis": [
            "luis participant.joined",
            "luis participant.left connection_lost",
            "luis participant.joined",
            "luis participant.left left",
        ],
        "maya": ["maya participant.joined", "maya participant.left connection_lost"],
        "noa": ["noa participant.join_failed media"] * 2,
        "eva": [],
    }
    assert (told[0], told[-1]) == ("session.started", "session.ended")
    assert {event.session_id for event in seen.about_sessions()} == {gateway.session(0)}
    assert raised == {
        ("ana", "left_early"),
        ("eva", "missed_session"),
        ("maya", "dropped_out"),
        ("noa", "could_not_connect"),
    }


def alerts(gateway: Running, seen: Seen) -> set[tuple[str, str]]:
    """Of the session monitor, were the next 25 min to bring nothing else."""
    monitor = Monitor(0, load())
    signals = []
    for offset, event in enumerate(seen.events):
        signals += monitor.apply(event, offset).signals
    for number in range(300):
        ts = gateway.start + number * 5 * SECOND
        tick = ClockTicked(id=str(ts), ts=ts)
        signals += monitor.apply(tick, 10_000 + number).signals
    found = [one for one in signals if one.__struct_config__.tag == "signal"]
    assert {one.status for one in found} <= {"raised", "updated"}
    return {(seen.names.get(one.participant_id, ""), one.rule) for one in found}
