"""`sessionwatch doctor --rehearsal`: a short session through a platform's own shapes.

A session of a program of its own, half an hour from now, so that no rule speaks of it; then the
deliveries that the platform would send of two people; then what came of them on the log; at the
end it is cancelled. The program `rehearsal` and its one host stay in the directory.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Final

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.directory.importing import Origin, import_pages
from producers.directory.store import Directory
from producers.gateway.adapter import Scene
from producers.gateway.platforms import PLATFORMS
from sessionwatch.doctor_platforms import deliver, reason_of
from sessionwatch.findings import Finding, fail, note, ok
from sessionwatch.settings import Settings
from streams import codec
from streams.events import MINUTE, SECOND, Millis, SessionCancelled, SessionEvent, SessionScheduled
from streams.kafka import consumer, partition_of
from streams.topics import SESSION_EVENTS

ORIGIN: Final = Origin("sessionwatch-rehearsal")
HOST: Final = "sessionwatch-rehearsal-host"
AHEAD, LONG = 30 * MINUTE, 10 * MINUTE
SECONDS: Final = 20
"""How long the log may take to say what was played (wall clock)."""
EXPECTED: Final = {
    "started": "session.started",
    "joined": "participant.joined",
    "left": "participant.left",
    "ended": "session.ended",
}


class Stage(Struct, frozen=True):
    """Where it is played. `gateway` is its address from here."""

    settings: Settings
    key: MasterKey
    directory: Directory
    gateway: str


class Play(Struct, frozen=True):
    """One throwaway session."""

    platform: str
    uid: str
    room: str
    starts_at: Millis
    session_id: str

    @classmethod
    def new(cls, platform: str, key: MasterKey, now: Millis) -> "Play":
        word = secrets.token_hex(6)
        starts_at = (now + AHEAD) // MINUTE * MINUTE
        made = Pseudonyms(key).session(f"rehearsal-{word}", starts_at)
        # Digits alone: Zoom's rooms are numbers, and all others take them too.
        room = str(990_000_000_000 + secrets.randbelow(10**9))
        return cls(platform, f"rehearsal-{word}", room, starts_at, made)

    def files(self, *, cancelled: bool = False) -> list[str]:
        start, end = (_iso(ms) for ms in (self.starts_at, self.starts_at + LONG))
        status = "cancelled" if cancelled else "scheduled"
        return [
            "program,name,time_zone\nrehearsal,Rehearsal,UTC\n",
            f"person_id,role,name,{self.platform}\n{HOST},staff,Rehearsal,{HOST}\n",
            "uid,start,end,program,platform,room,host,status\n"
            f"{self.uid},{start},{end},rehearsal,{self.platform},{self.room},{HOST},{status}\n",
        ]

    def scenes(self, now: Millis) -> list[Scene]:
        """A second apart, the last of them now."""
        told = [
            ("started", "", ""),
            ("joined", HOST, "7001"),
            ("joined", "rehearsal-guest", "7002"),
            ("left", "rehearsal-guest", "7002"),
            ("left", HOST, "7001"),
            ("ended", "", ""),
        ]
        first = now - len(told) * SECOND
        return [
            Scene(kind, self.room, first + number * SECOND, who, link)  # type: ignore[arg-type]
            for number, (kind, who, link) in enumerate(told)
        ]


async def rehearse(stage: Stage, platform: str) -> AsyncIterator[Finding]:
    """Each step and what came of it; the session is cancelled whatever happens."""
    what = f"{platform} rehearsal"
    found = stage.settings.gateway.all_secrets().get(platform, ())
    if platform not in PLATFORMS or not found:
        yield fail(what, "it is not set up", "Choose a platform whose secret is set.")
        return
    play = Play.new(platform, stage.key, stage.settings.time.now())
    async with Listening(stage, play) as log:
        try:
            await _import(stage, play.files())
            if not await log.until(SessionScheduled, 1):
                do = "Run: sessionwatch run schedule (its publisher puts sessions on the log)."
                yield fail(what, "the session was not announced on the log", do)
                return
            yield ok(what, f"a session in room {play.room} is announced")
            async for finding in _played(stage, play, found[0], log):
                yield finding
        finally:
            await _import(stage, play.files(cancelled=True)[2:])
        gone = await log.until(SessionCancelled, 1)
        yield (ok if gone else note)(what, "the session is cancelled" + ("" if gone else " soon"))


async def _played(
    stage: Stage, play: Play, secret: str, log: "Listening"
) -> AsyncIterator[Finding]:
    what, platform = f"{play.platform} rehearsal", PLATFORMS[play.platform]
    scenes = play.scenes(stage.settings.time.now())
    async with httpx.AsyncClient(timeout=20) as client:
        for scene in scenes:
            sender = play.platform, secret
            body = platform.play(scene)
            answer = await deliver(client, stage.settings, stage.gateway, sender, body, {})
            if answer.status_code != httpx.codes.OK or "reason" in answer.json():
                told = f"the gateway does not take '{scene.kind}': {reason_of(answer)}"
                yield fail(what, told, "Look at the gateway's log.")
                return
    wanted = [EXPECTED[scene.kind] for scene in scenes]
    said = await log.told(wanted)
    lines = ", ".join(said) or "nothing"
    if sorted(said) == sorted(wanted):
        yield ok(what, f"came out of the log: {lines}")
    else:
        yield fail(what, f"only this came out of the log: {lines}", "Look at the gateway's log.")


async def _import(stage: Stage, files: Sequence[str]) -> None:
    for file in files:
        clock = stage.settings.time
        await import_pages(stage.directory, [file.encode()], ORIGIN, clock=clock)


class Listening:
    """What the log says of the session from now on."""

    def __init__(self, stage: Stage, play: Play) -> None:
        kafka = stage.settings.kafka
        number = partition_of(play.session_id, kafka.partitions)
        self._part = TopicPartition(kafka.topic(SESSION_EVENTS), number)
        self._session_id = play.session_id
        self._reader: AIOKafkaConsumer = consumer(kafka)
        self._events: list[SessionEvent] = []

    async def __aenter__(self) -> "Listening":
        await self._reader.start()
        self._reader.assign([self._part])
        await self._reader.seek_to_end(self._part)
        await self._reader.position(self._part)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reader.stop()

    async def until(self, kind: type[SessionEvent], times: int) -> bool:
        """Whether so many of these came in time."""
        try:
            async with asyncio.timeout(SECONDS):
                while sum(isinstance(one, kind) for one in self._events) < times:
                    await self._more()
        except TimeoutError:
            return False
        return True

    async def told(self, wanted: Sequence[str]) -> list[str]:
        """The types that came in time, of those wanted, in their order."""
        try:
            async with asyncio.timeout(SECONDS):
                while len(self._types(wanted)) < len(wanted):
                    await self._more()
        except TimeoutError:
            pass
        return self._types(wanted)

    def _types(self, wanted: Sequence[str]) -> list[str]:
        types = (str(one.__struct_config__.tag) for one in self._events)
        return [name for name in types if name in wanted]

    async def _more(self) -> None:
        for records in (await self._reader.getmany(timeout_ms=200)).values():
            for record in records:
                if self._session_id.encode() in (record.value or b""):
                    self._events.append(codec.session_events.decode(record.value))


def _iso(ms: Millis) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
