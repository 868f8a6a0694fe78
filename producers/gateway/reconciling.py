"""What webhooks lost, found by asking the platforms; and who stays from one group into the next.

Webhooks get lost (LiveKit drops what it could not deliver for 30 s; a killed server says nothing).
Where a platform's API is set up it is asked at once at the start, then once a minute while one of
its sessions is near. The events have the ids that the webhooks' would have, so that a late
webhook is a double. Other gateways may have heard of who left here: first the log is read.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import Protocol

import httpx
from aiokafka.errors import KafkaError
from msgspec import Struct, structs

from producers.directory.lookup import Occurrence
from producers.gateway.asking.listing import Asker, Listing, NotAnswered
from producers.gateway.errors import Refused
from producers.gateway.names import DirectoryNames
from producers.gateway.occupancy import Occupancy
from producers.gateway.recalling import Recalling
from producers.gateway.recorder import Recorder
from streams.events import (
    SECOND,
    LeaveReason,
    Millis,
    ParticipantJoined,
    ParticipantLeft,
    SessionEvent,
)
from streams.metrics import RECONCILED
from streams.now import Clock

ANSWER_SECONDS = 20
ROUND_SECONDS = 60
"""For all answers of one platform: one that drips must not keep the others from being asked."""

log = logging.getLogger(__name__)


class Schedule(Protocol):
    """What is asked of the directory (`producers.directory.lookup`)."""

    def occurrence(self, session_id: str) -> Occurrence | None: ...
    def around(self, ts: int, platform: str | None = None) -> list[Occurrence]: ...
    def next_in_room(self, session_id: str, ts: int) -> Occurrence | None: ...


class Open(Struct, frozen=True):
    """A connection that is open as far as events say."""

    session_id: str
    participant_id: str
    since: Millis


class Reconciler:
    def __init__(
        self,
        askers: Mapping[str, Asker],
        names: Mapping[str, DirectoryNames],
        schedule: Schedule,
        occupancy: Occupancy,
        recorder: Recorder,
        recalling: Recalling,
        clock: Clock,
        settled_seconds: float,
    ) -> None:
        self._settled = round(settled_seconds * SECOND)
        self._askers = askers
        self._names = names
        self._schedule = schedule
        self._occupancy = occupancy
        self._recorder = recorder
        self._recalling = recalling
        self._clock = clock
        self._away: set[str] = set()

    async def run(self, seconds: float) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            while True:
                if await self._caught_up():
                    for platform in self._askers:
                        await self._ask(client, platform)
                    await self._hand_over()
                await asyncio.sleep(self._clock.seconds(seconds))

    async def _caught_up(self) -> bool:
        try:
            await self._recalling.catch_up()
        except KafkaError as error:
            log.warning("not reconciled why=%s", type(error).__name__)
            return False
        return True

    async def _ask(self, client: httpx.AsyncClient, platform: str) -> None:
        asked_at = self._clock.now()
        open_before = self._open(platform)
        if not open_before and not self._schedule.around(asked_at, platform):
            return
        try:
            names = self._names[platform]
            async with asyncio.timeout(ROUND_SECONDS):
                listing = await self._askers[platform].ask(client, names, asked_at)
        except (NotAnswered, TimeoutError) as error:
            self._away.add(platform)
            log.warning("not reconciled platform=%s why=%s", platform, error or "not whole in time")
            return
        events: list[SessionEvent] = [
            *self._missed_leaves(platform, open_before, listing, asked_at),
            *self._missed_joins(listing, asked_at),
        ]
        if await self._write(platform, events):
            self._away.discard(platform)

    def _open(self, platform: str) -> dict[str, Open]:
        """By connection, in the sessions held on this platform."""
        found: dict[str, Open] = {}
        for session_id in self._occupancy.sessions():
            session = self._schedule.occurrence(session_id)
            if session is not None and session.platform == platform:
                for link, (person, since) in self._occupancy.open_in(session_id).items():
                    found[link] = Open(session_id, person, since)
        return found

    def _missed_leaves(
        self, platform: str, open_before: dict[str, Open], listing: Listing, asked_at: Millis
    ) -> Iterator[ParticipantLeft]:
        told = {one.connection_id: one for one in listing.left}
        present = {one.connection_id for one in listing.present}
        # After an outage of the platform nobody left on purpose.
        reason: LeaveReason = "connection_lost" if platform in self._away else "unknown"
        for link, one in open_before.items():
            still_open = self._occupancy.session_of(link) == one.session_id
            if not still_open or link in present or one.since > asked_at - self._settled:
                continue
            yield told.get(link) or ParticipantLeft(
                id=left_id(platform, link, asked_at),
                session_id=one.session_id,
                ts=asked_at,
                participant_id=one.participant_id,
                connection_id=link,
                reason=reason,
            )

    def _missed_joins(self, listing: Listing, asked_at: Millis) -> Iterator[ParticipantJoined]:
        for join in listing.present:
            if self._occupancy.session_of(join.connection_id) is not None:
                continue
            left_at = self._occupancy.left_at(join.connection_id)
            if left_at is None:
                yield join
            elif left_at < asked_at - self._settled:  # a leave that was none
                again = f"{join.connection_id}:joined:{asked_at}"
                yield structs.replace(join, id=again, ts=asked_at)

    async def _hand_over(self) -> None:
        """Who is still connected when the next group in the room begins is in that one."""
        now = self._clock.now()
        for session_id in self._occupancy.sessions():
            coming = self._schedule.next_in_room(session_id, now)
            if coming is None:
                continue
            for link, (person, since) in self._occupancy.staying(session_id).items():
                if person in coming.people:
                    stay = Open(session_id, person, since)
                    await self._write(coming.platform or "unknown", moved(link, stay, coming))

    async def _write(self, source: str, events: list[SessionEvent]) -> bool:
        """False where it has to be tried again."""
        try:
            await self._recorder.write(source, events, self._clock.now())
        except Refused as error:
            log.warning("not reconciled platform=%s why=%s", source, error)
            return False
        if events:
            RECONCILED.labels(platform=source).inc(len(events))
            log.info("reconciled platform=%s events=%d", source, len(events))
        return True


def left_id(platform: str, connection: str, ts: Millis) -> str:
    """BigBlueButton's connections come back; the others' have one end."""
    ending = f":{ts}" if platform == "bigbluebutton" else ""
    return f"{connection}:left{ending}"


def moved(link: str, stay: Open, coming: Occurrence) -> list[SessionEvent]:
    """The same connection, out of the one session and into the next at its start."""
    ts = max(coming.starts_at, stay.since + 1)
    hosts = stay.participant_id == coming.host_id
    return [
        ParticipantLeft(
            id=f"{link}:moved:{stay.session_id}",
            session_id=stay.session_id,
            ts=ts,
            participant_id=stay.participant_id,
            connection_id=link,
            reason="left",
        ),
        ParticipantJoined(
            id=f"{link}:joined:{coming.id}",
            session_id=coming.id,
            ts=ts,
            participant_id=stay.participant_id,
            role="host" if hosts else "participant",
            connection_id=link,
        ),
    ]
