"""One connected page: what waits for it, in order, and what it has said.

What waits is the set of things that changed, not messages: a later change of a thing takes its
place in the queue, so a slow page gets each thing's newest state and the queue stays as short as
the number of things. Things go out in the order of their last change; therefore a page that has
heard `seq` holds the newest state of everything last changed up to it. A page that takes longer
than `send_seconds` for one message is let go with 1013, and comes back for a new start.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from consumers.console.conversation import Conversation, FromPage, Resume, StartOver, ToPage, Watch
from consumers.console.feed import Feed, Key
from consumers.console.liveness import Live
from consumers.console.names import Names
from privacy.access import Viewer
from streams.metrics import PUSH_DELAY, WS_DROPPED, WS_QUEUE_DROPS, WS_SEND_SECONDS
from streams.now import Clock

CLOSE_SECONDS = 2.0
POLICY, TRY_AGAIN, SIGNED_OUT = 1008, 1013, 4401
RATE, RATE_SECONDS = 100, 60.0
"""So many words of a page are heard in a minute; a page says a few."""

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)


class Client:
    """Lives as long as its socket."""

    def __init__(
        self,
        socket: ServerConnection,
        conversation: Conversation,
        *,
        feed: Feed,
        names: Names,
        clock: Clock,
        send_seconds: float,
    ) -> None:
        self.conversation = conversation
        self._socket = socket
        self._feed = feed
        self._names = names
        self._clock = clock
        self._send_seconds = send_seconds
        self._changes: dict[Key, None] = {}  # in the order of their last change
        self._said: deque[FromPage] = deque(maxlen=RATE)
        self._new_viewer: Viewer | None = None
        self._live: Live | None = None
        self._resumed = False
        self._wake = asyncio.Event()

    def changed(self, key: Key) -> None:
        """`key` has a newer state; to be called in the order of the changes."""
        if not self._resumed:
            return
        if key in self._changes:
            del self._changes[key]
            WS_QUEUE_DROPS.inc()
        self._changes[key] = None
        self._wake.set()

    def live(self, facts: Live) -> None:
        """The first line's facts; only the newest wait."""
        self._live = facts
        self._wake.set()

    def become(self, viewer: Viewer) -> None:
        """The viewer's rights have changed."""
        self._new_viewer = viewer
        self._wake.set()

    async def close(self, code: int, reason: str) -> None:
        """Says why and closes; a socket too full even for that is cut."""
        WS_DROPPED.labels(reason=reason).inc()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(code, reason)
        except TimeoutError:
            self._socket.transport.abort()

    async def run(self) -> None:
        """Until the page goes, however abruptly, or is let go."""
        writing = asyncio.create_task(self._write())
        try:
            with contextlib.suppress(ConnectionClosed):
                await self._read()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _read(self) -> None:
        times: deque[float] = deque(maxlen=RATE)
        async for frame in self._socket:
            now = time.monotonic()
            if len(times) == RATE and now - times[0] < RATE_SECONDS:
                return await self.close(POLICY, "too_many_messages")
            times.append(now)
            try:
                self._said.append(_decoder.decode(frame))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return await self.close(POLICY, "unreadable")
            self._wake.set()

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._drain()
        except ConnectionClosed:
            pass
        except TimeoutError:
            await self.close(TRY_AGAIN, "slow")

    async def _drain(self) -> None:
        while self._said:
            await self._learn(self._feed.all)
            if isinstance(self._said[0], Watch):
                await self._changes_out()  # else its answer would run ahead of what waits
            said = self._said.popleft()
            if isinstance(said, Resume):
                self._resumed = True
                self._changes.clear()  # the answer holds them
            await self._send(self.conversation.answer(said))
        if self._new_viewer is not None:
            await self._learn(self._feed.all)
            viewer, self._new_viewer = self._new_viewer, None
            start = self.conversation.become(viewer)
            if self._resumed:
                await self._send([start])
        await self._changes_out()
        if self._live is not None and self._resumed:
            facts, self._live = self._live, None
            await self._send([self.conversation.live(facts)])

    async def _changes_out(self) -> None:
        while self._changes:
            await self._learn(lambda: self._changes)
            key = next(iter(self._changes))
            del self._changes[key]
            await self._send(self.conversation.tell(key))
            self._measure(key)

    async def _learn(self, keys: Callable[[], Iterable[Key]]) -> None:
        """Returns once the names behind all of `keys()` are known, also of those just come."""
        await self._names.learn(self._people(keys()))
        while not self._names.asked(self._people(keys())):
            await self._names.learn(self._people(keys()))

    def _people(self, keys: Iterable[Key]) -> set[str]:
        return {id_ for key in keys for id_ in self._feed.people_of(key)}

    def _measure(self, key: Key) -> None:
        alert = self._feed.alerts.get(key[1])
        if alert is not None and alert.told_at is not None:
            delay = self._clock.seconds((self._clock.now() - alert.told_at) / 1000)
            PUSH_DELAY.observe(max(0.0, delay))

    async def _send(self, messages: list[ToPage]) -> None:
        """All were made at one instant; a start over replaces whatever was to follow."""
        if any(isinstance(message, StartOver) for message in messages):
            self._changes.clear()
        for message in messages:
            with WS_SEND_SECONDS.time():
                async with asyncio.timeout(self._send_seconds):
                    await self._socket.send(_encode(message), text=True)
