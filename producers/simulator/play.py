"""Plays a day through the gateway's own HTTP, at the clock's speed.

Every room has its own queue, so that its webhooks keep their order as a platform's do, and every
page; a slow answer holds up that one alone. What the gateway cannot take (503, 429, nobody
listening) is sent again; anything else it refuses is counted.
"""

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping

import aiohttp
from msgspec import Struct, field

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.gateway.beacon import Tokens
from producers.simulator import platforms
from producers.simulator.measuring import Beacon, beacons
from producers.simulator.platforms import Request
from producers.simulator.scene import Day, Room
from producers.simulator.timeline import Happening, Names, happenings
from streams.events import SECOND, Millis, SessionScheduled
from streams.now import Clock

log = logging.getLogger(__name__)

WAITS_SECONDS = (0.2, 0.5, 1, 2, 4, 8, 15, 15, 15)
"""Between tries, on the wall: about a minute in all, then the delivery is lost."""
TIMEOUT = aiohttp.ClientTimeout(total=15)
PROGRESS_SECONDS = 10
CONNECTIONS = 128

Happens = Happening | Beacon


class Keys(Struct, frozen=True):
    """What senders sign with. `livekit` is `API key:API secret`."""

    livekit: str
    zoom: str
    events: str
    """The bearer token of `POST /events`."""
    master: MasterKey


class Tally(Struct):
    """What became of what was sent. `lag_ms` is simulated: how far behind its time the last was."""

    answers: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    lost: int = 0
    lag_ms: int = 0
    worst_lag_ms: int = 0

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.answers.items()))
        return (
            f"sent {counts or 'nothing'}; {self.retried} sent again, {self.lost} lost; "
            f"lag {self.lag_ms / SECOND:.1f} s, at worst {self.worst_lag_ms / SECOND:.1f} s"
        )


class Player:
    """One day, played once. `move` is called when the calendar moves a room."""

    def __init__(
        self,
        day: Day,
        gateway: str,
        keys: Keys,
        clock: Clock,
        beacon_ms: Millis,
        move: Callable[[Room], Awaitable[None]],
        origin: str = "https://care.example",
    ) -> None:
        self._day = day
        self._gateway = gateway.rstrip("/")
        self._keys = keys
        self._secrets: Mapping[str, str] = {"livekit": keys.livekit, "zoom": keys.zoom}
        self._clock = clock
        self._beacon_ms = beacon_ms
        self._move = move
        self._origin = origin
        self._tokens = Tokens(keys.master)
        self._pseudonyms = Pseudonyms(keys.master)
        self._names = Names(self._pseudonyms)
        self._queues: dict[str, asyncio.Queue[Happens | None]] = {}
        self.tally = Tally()

    async def play(self) -> Tally:
        """Returns when the day is over and everything was sent."""
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as http:
            await self._gateway_answers(http)
            reporting = asyncio.create_task(self._report())
            try:
                async with asyncio.TaskGroup() as tasks:
                    for happens in self._due():
                        await self._until(happens.due)
                        sender = _sender(happens)
                        if sender not in self._queues:
                            self._queues[sender] = asyncio.Queue()
                            tasks.create_task(self._send_all(http, self._queues[sender]))
                        self._queues[sender].put_nowait(happens)
                    for waiting in self._queues.values():
                        waiting.put_nowait(None)
            finally:
                reporting.cancel()
        log.info("simulator: the day is over; %s", self.tally)
        return self.tally

    def _due(self) -> Iterator[Happens]:
        told = happenings(self._day, self._pseudonyms)
        measured = beacons(self._day, self._pseudonyms, self._beacon_ms)
        return heapq.merge(told, measured, key=lambda one: one.due)

    async def _until(self, due: Millis) -> None:
        ahead = due - self._clock.now()
        if ahead > 0:
            await asyncio.sleep(self._clock.seconds(ahead / SECOND))

    async def _gateway_answers(self, http: aiohttp.ClientSession) -> None:
        while True:
            try:
                async with http.get(f"{self._gateway}/healthz") as answer:
                    if answer.ok:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.2)

    async def _send_all(
        self, http: aiohttp.ClientSession, queue: "asyncio.Queue[Happens | None]"
    ) -> None:
        while (happens := await queue.get()) is not None:
            if isinstance(happens, Happening) and happens.source == "calendar":
                if isinstance(happens.event, SessionScheduled) and happens.room.moved_at:
                    await self._moved(happens)
                continue
            await self._send(http, happens)
            self.tally.lag_ms = self._clock.now() - happens.due
            self.tally.worst_lag_ms = max(self.tally.worst_lag_ms, self.tally.lag_ms)

    async def _moved(self, happens: Happening) -> None:
        if happens.due == happens.room.moved_at:
            await self._move(happens.room)

    async def _send(self, http: aiohttp.ClientSession, happens: Happens) -> None:
        for wait in (*WAITS_SECONDS, None):
            request = self._request(happens)
            status = await self._post(http, request)
            if status not in (0, 429, 503):
                self.tally.answers[f"{request.path} {status}"] += 1
                return
            if wait is not None:
                self.tally.retried += 1
                await asyncio.sleep(wait)
        self.tally.lost += 1

    async def _post(self, http: aiohttp.ClientSession, request: Request) -> int:
        """The answer's status; 0 where there was none."""
        try:
            async with http.post(
                self._gateway + request.path, data=request.body, headers=request.headers
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _request(self, happens: Happens) -> Request:
        """Made anew for every try: signatures and tokens know the time of sending."""
        now = self._clock.now()
        if isinstance(happens, Beacon):
            token = self._token(happens.room, self._names.patient(happens.conduct.person), now)
            return platforms.beacon(token, now, happens.samples, [])
        if happens.source == "platform":
            return platforms.webhook(happens, self._secrets, now)
        if happens.source == "page" and happens.connection is not None:
            token = self._token(happens.room, self._names.patient(happens.connection.person), now)
            return platforms.beacon(token, now, [], [happens.event])
        return platforms.event(happens.event, self._keys.events)

    def _token(self, room: Room, participant_id: str, now: Millis) -> str:
        return self._tokens.issue(self._names.session(room), participant_id, self._origin, now)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            log.info("simulator: %s", self.tally)


def _sender(happens: Happens) -> str:
    """A page sends for itself; all else comes room by room."""
    if isinstance(happens, Beacon):
        return f"{happens.room.uid}/{happens.conduct.person.person_id}"
    return happens.room.uid
