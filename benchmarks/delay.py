"""How long from a platform's webhook, or a page's beacon, to the clinician's WebSocket.

Runs against a stack that is up and plays a simulated day (`sessionwatch demo`): posts to its
gateway as a platform and as a page do, and waits at its hub as a page does, one thing at a time.

`python -m benchmarks.delay --settings var/demo/sessionwatch.toml --password WORD [--username NAME]
[--gateway URL] [--console URL] [--room NAME] [--count N]`: the stack's own settings tell its key,
its secrets and, where no URL is given, where it listens.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec
from msgspec import Struct
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.table import percentile, show
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.gateway.beacon import Tokens
from producers.simulator import platforms
from producers.simulator.day import make
from producers.simulator.people import LAPTOP
from producers.simulator.platforms import Request
from producers.simulator.timeline import Connection, Happening
from sessionwatch.settings import Settings, load
from streams.events import Network, ParticipantJoined, ParticipantLeft, ParticipantReported
from streams.now import Clock

ORIGIN = "https://care.example"
PATIENCE_SECONDS = 30


class NothingToMeasure(RuntimeError):
    """The stack has no room that is held now, or does not show one to this account."""


class Page:
    """Signed in, connected, and looking into one room."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.clock = Clock()

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            told: dict[str, Any] = msgspec.json.decode(await self._socket.recv())
        if told["type"] == "live":
            self.clock = Clock(told["now"], time.time_ns() // 1_000_000, told["speed"])
        return told

    async def say(self, said: dict[str, Any]) -> None:
        await self._socket.send(msgspec.json.encode(said).decode())

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> float:
        """When (`perf_counter`) the first message that is wanted came."""
        while not wanted(await self.hear()):
            pass
        return time.perf_counter()


class Stack(Struct, frozen=True):
    """What the measurements need of the running stack."""

    gateway: str
    http: httpx.AsyncClient
    page: Page
    tokens: Tokens
    pseudonyms: Pseudonyms
    secret: str
    room: str

    async def post(self, request: Request) -> None:
        answer = await self.http.post(
            self.gateway + request.path, content=request.body, headers=request.headers
        )
        answer.raise_for_status()


async def reports(
    stack: Stack, session: str, people: Sequence[str], kind: Literal["help", "crisis"], count: int
) -> list[float]:
    """Seconds from each report's beacon to its alert."""
    rule = "crisis_reported" if kind == "crisis" else "help_requested"
    taken = []
    for number in range(count):
        person, now = people[number % len(people)], stack.page.clock.now()
        token = stack.tokens.issue(session, person, ORIGIN, now)
        said = ParticipantReported(
            id=f"delay-{kind}-{time.time_ns()}",
            session_id=session,
            participant_id=person,
            ts=now,
            kind=kind,
        )
        request = platforms.beacon(token, now, [], [said])
        taken.append(await _taken(stack, request, partial(_is_alert, rule=rule, person=person)))
    return taken


async def joins(stack: Stack, count: int) -> list[float]:
    """Seconds from each stranger's join, a signed LiveKit webhook, to the room's board."""
    room = replace(make("demo", 1, 0).rooms[0], name=stack.room)
    taken = []
    for number in range(count):
        identity = f"delay-{time.time_ns()}"
        link = Connection(
            person=room.host,
            number=9_000 + number,
            identity=identity,
            shown="",
            device=LAPTOP,
            network=Network(type="ethernet"),
        )
        stranger = stack.pseudonyms.unmapped("livekit", identity)
        same: dict[str, Any] = {
            "session_id": "unknown",  # the gateway finds it by the room
            "participant_id": stranger,
            "connection_id": identity,
        }
        joined = ParticipantJoined(
            id=identity, ts=stack.page.clock.now(), role="participant", **same
        )
        taken.append(
            await _taken(
                stack,
                _webhook(stack, room_event(room, joined, link)),
                partial(_shows, person=stranger),
            )
        )
        left = ParticipantLeft(
            id=f"{identity}-left", ts=stack.page.clock.now(), reason="left", **same
        )
        await stack.post(_webhook(stack, room_event(room, left, link)))
    return taken


def room_event(room: Any, event: Any, link: Connection) -> Happening:
    return Happening(due=event.ts, source="platform", event=event, room=room, connection=link)


def _webhook(stack: Stack, item: Happening) -> Request:
    return platforms.webhook(item, {"livekit": stack.secret}, stack.page.clock.now())


async def _taken(stack: Stack, request: Request, wanted: Callable[[dict[str, Any]], bool]) -> float:
    begun = time.perf_counter()
    posting = asyncio.create_task(stack.post(request))
    try:
        return await stack.page.until(wanted) - begun
    finally:
        await posting


def _is_alert(told: dict[str, Any], rule: str, person: str) -> bool:
    if told["type"] != "alert" or told["rule"] != rule or told["state"] != "open":
        return False
    return bool(told.get("person", {}).get("id") == person)


def _shows(told: dict[str, Any], person: str) -> bool:
    seats = told.get("people") or ()
    return told["type"] == "board" and any(seat["person"]["id"] == person for seat in seats)


async def _room(page: Page, platform: str) -> tuple[str, list[str]]:
    """A held room of the platform with names in it: its session, and who is on its roster."""
    started = await page.hear()
    while started["type"] != "start":
        started = await page.hear()
    held = [
        board["session_id"]
        for board in started["boards"]
        if board["state"] == "held" and board.get("platform") == platform
    ]
    await page.say({"type": "watch", "session_ids": held[:20]})
    for _ in range(200):
        told = await page.hear()
        if told["type"] == "board" and told["session_id"] in held and told.get("people"):
            seats = [seat for seat in told["people"] if seat["role"] == "participant"]
            known = [seat["person"]["id"] for seat in seats if seat["state"] != "unmapped"]
            if known:
                return told["session_id"], known
    raise NothingToMeasure("no room that is held now is shown to this account")


async def measure(asked: argparse.Namespace, settings: Settings) -> list[tuple[str, list[float]]]:
    """Raises `NothingToMeasure`, `httpx.HTTPError`, `TimeoutError`."""
    key = MasterKey.read(settings.key_path)
    console = asked.console or settings.console.page_origins[0]
    gateway = asked.gateway or f"http://127.0.0.1:{settings.gateway.port}"
    async with httpx.AsyncClient(timeout=20) as http:
        signed_in = await http.post(
            f"{console}/sign-in",
            json={"username": asked.username, "password": asked.password},
            headers={"Origin": console},
        )
        signed_in.raise_for_status()
        cookie = SimpleCookie(signed_in.headers["set-cookie"])
        name, morsel = next(iter(cookie.items()))
        async with connect(
            signed_in.json()["hub"],
            origin=Origin(console),
            additional_headers={"Cookie": f"{name}={morsel.value}"},
            max_size=None,
        ) as socket:
            page = Page(socket)
            await page.say({"type": "resume", "last_seq": 0})
            session, people = await _room(page, "livekit")
            stack = Stack(
                gateway,
                http,
                page,
                Tokens(key),
                Pseudonyms(key),
                settings.gateway.all_secrets()["livekit"][0],
                asked.room,
            )
            measured: list[tuple[str, Awaitable[list[float]]]] = [
                ("help", reports(stack, session, people, "help", asked.count)),
                ("crisis", reports(stack, session, people, "crisis", asked.count)),
                ("board", joins(stack, asked.count)),
            ]
            return [(what, await taken) for what, taken in measured]


def main(argv: Sequence[str] | None = None) -> int:
    """2 when the stack gives nothing to measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delay", description=__doc__)
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--username", default="dana", help="an account that sees names")
    parser.add_argument("--gateway", default="")
    parser.add_argument("--console", default="")
    parser.add_argument("--room", default="room-01", help="a LiveKit room that is held now")
    parser.add_argument("--count", type=int, default=50)
    asked = parser.parse_args(argv)
    settings = load({}, asked.settings)
    try:
        measured = asyncio.run(measure(asked, settings))
    except (NothingToMeasure, httpx.HTTPError, TimeoutError) as error:
        print(f"nothing measured: {error or type(error).__name__}", file=sys.stderr)
        return 2
    rows = [
        (what, len(taken), *(f"{percentile(taken, share) * 1000:,.0f}" for share in (0.5, 0.99)))
        for what, taken in measured
    ]
    show("From webhook to WebSocket, ms", ("what", "of", "p50", "p99"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
