"""The WebSocket hub: pushes what changed, resumes, and nothing else. Acts go by HTTP.

A page is let in by the exact address it came from (`Origin`) and its session cookie; its rights
are looked at again every few seconds, and a session that ended closes with 4401.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Origin

from consumers.console.client import SIGNED_OUT, Client
from consumers.console.conversation import Conversation
from consumers.console.feed import Feed, Key
from consumers.console.liveness import Live, Pulse
from consumers.console.names import Names
from consumers.console.settings import ConsoleSettings
from privacy.access import is_hosting
from privacy.guard import Guard
from streams.metrics import WS_CLIENTS
from streams.now import Clock

PATH = "/live"
LARGEST_FRAME = 64 * 1024
KEEP_SIGNED_IN_SECONDS = 60.0
FORGET_SECONDS = 60.0


class Hub:
    """`changed` is to be called after each change of the feed, in order."""

    def __init__(
        self,
        settings: ConsoleSettings,
        *,
        feed: Feed,
        pulse: Pulse,
        guard: Guard,
        names: Names,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._feed = feed
        self._pulse = pulse
        self._guard = guard
        self._names = names
        self._clock = clock
        self._clients: dict[Client, str] = {}  # each with its session's token

    def changed(self, key: Key) -> None:
        for client in self._clients:
            client.changed(key)

    def __len__(self) -> int:
        """How many pages are connected."""
        return len(self._clients)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        """Listens, and keeps the pages' rights and first lines current, until left."""
        settings = self._settings
        async with (
            serve(
                self._talk,
                settings.hub_host,
                settings.hub_port,
                origins=[Origin(origin) for origin in sorted(self._guard.origins)],
                process_request=self._admit,
                compression=None,
                max_size=LARGEST_FRAME,
                max_queue=16,
                open_timeout=5,
                close_timeout=2,
                ping_interval=settings.ping_seconds,
                ping_timeout=settings.ping_seconds,
                server_header=None,
            ) as server,
            asyncio.TaskGroup() as tasks,
        ):
            chores = [
                tasks.create_task(_every(settings.beat_seconds, self._beat)),
                tasks.create_task(_every(settings.recheck_seconds, self._recheck)),
                tasks.create_task(_every(KEEP_SIGNED_IN_SECONDS, self._keep_hosts)),
                tasks.create_task(_every(FORGET_SECONDS, self._forget)),
            ]
            try:
                yield server
            finally:
                for chore in chores:
                    chore.cancel()

    def live(self) -> Live:
        """The first line's facts as of now, for everybody."""
        facts = self._pulse.live(time.monotonic())
        platforms: dict[str, int] = {}
        for board in self._feed.boards.values():
            if board.platform and board.heard_at:
                platforms[board.platform] = max(board.heard_at, platforms.get(board.platform, 0))
        return Live(
            facts.now,
            facts.speed,
            facts.problem,
            facts.since,
            facts.live_since,
            platforms,
            self._feed.silent_platforms(),
            dict(self._feed.duty),
            facts.shadow,
        )

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.path != PATH:
            return socket.respond(HTTPStatus.NOT_FOUND, "not found\n")
        if len(self._clients) >= self._settings.max_pages:
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many pages\n")
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        cookies = socket.request.headers.get("Cookie") if socket.request else None
        token = self._guard.token(cookies)
        viewer = await self._guard.accounts.viewer(token, touch=False) if token else None
        if token is None or viewer is None:
            await socket.close(SIGNED_OUT, "signed_out")
            return
        names = self._names
        conversation = Conversation(
            viewer, self._feed, names.of, self._clock.now, names.is_tech, names.program
        )
        client = Client(
            socket,
            conversation,
            feed=self._feed,
            names=names,
            clock=self._clock,
            send_seconds=self._settings.send_seconds,
        )
        self._clients[client] = token
        WS_CLIENTS.set(len(self._clients))
        client.live(self.live())
        try:
            await client.run()
        finally:
            del self._clients[client]
            WS_CLIENTS.set(len(self._clients))

    async def _beat(self) -> None:
        facts = self.live()
        for client in self._clients:
            client.live(facts)

    async def _recheck(self) -> None:
        for client, token in list(self._clients.items()):
            viewer = await self._guard.accounts.viewer(token, touch=False)
            if viewer is None:
                await client.close(SIGNED_OUT, "signed_out")
            elif viewer != client.conversation.viewer:
                client.become(viewer)

    async def _keep_hosts(self) -> None:
        """Who hosts touches nothing for three hours and stays signed in."""
        viewers = [client.conversation.viewer for client in self._clients]
        boards = self._feed.boards.values()
        hosting = {
            viewer.staff_id
            for viewer in viewers
            if viewer.staff_id and any(is_hosting(viewer, board) for board in boards)
        }
        if hosting:
            await self._guard.accounts.keep_signed_in(hosting)

    async def _forget(self) -> None:
        for key in self._feed.forget(self._clock.now()):
            self.changed(key)


async def _every(seconds: float, do: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await do()
