"""What the gateway asks of the directory for every event: answered from memory, never waiting.

The memory is loaded whole when the directory says it has changed, or when the time that was
loaded runs out; a failed refresh leaves what is known in force.
"""

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import consent
from privacy.database import unbroken
from privacy.people import revisions_of
from privacy.pseudonyms import Pseudonyms
from producers.directory import known
from producers.directory.identifying import rehash
from producers.directory.identities import aliases
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, ROSTER, SESSIONS
from streams.events import HOUR, MINUTE
from streams.now import Clock
from streams.topics import DAY_MS

AROUND: Final = 60 * MINUTE
"""A room is a session's from so long before its start to so long after its end."""
PAST: Final = 2 * DAY_MS
AHEAD: Final = 9 * DAY_MS
RELOAD: Final = 6 * HOUR
REFRESH_SECONDS: Final = 0.5

log = logging.getLogger(__name__)


class Occurrence(Struct, frozen=True):
    """A session as the gateway needs it."""

    id: str
    starts_at: int
    ends_at: int
    host_id: str
    cancelled: bool
    platform: str | None
    people: frozenset[str]  # roster and host
    program_id: str = ""
    room: str | None = None  # its HMAC
    time_zone: str = "UTC"


class Rooms(Struct, frozen=True):
    """The bookings of each room (its HMAC), by start."""

    booked: dict[str, list[Occurrence]]

    def session(self, room: str, ts: int, participant_id: str | None) -> Occurrence | None:
        """See `Lookup.session`."""

        def order(one: Occurrence) -> tuple[bool, bool, int, int, str]:
            theirs = participant_id in one.people
            return one.cancelled, not theirs, abs(ts - one.starts_at), one.starts_at, one.id

        return min(self._open(room, ts), key=order, default=None)

    def _open(self, room: str, ts: int) -> Iterator[Occurrence]:
        booked = self.booked.get(room, [])
        # none is longer than a day: what began before that is over
        first = bisect_left(booked, ts - AROUND - DAY_MS, key=lambda one: one.starts_at)
        for one in islice(booked, first, None):
            if one.starts_at - AROUND > ts:
                break
            if ts <= one.ends_at + AROUND:
                yield one


class _Known(Struct, frozen=True):
    """One state of the directory."""

    revisions: dict[str, int]
    loaded_at: int
    aliases: dict[str, str]
    consents: dict[str, frozenset[str]]
    sessions: dict[str, Occurrence]
    rooms: Rooms
    platforms: frozenset[str]
    erased: frozenset[str] = frozenset()


_NOTHING = _Known({}, 0, {}, {}, {}, Rooms({}), frozenset())


class Lookup:
    """Answers as of the last `refresh`. Before the first, nobody and no session is known."""

    def __init__(self, directory: Directory, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self._directory = directory
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._known = _NOTHING
        self._outdated: dict[str, str] = {}

    async def refresh(self) -> None:
        """One small query when nothing changed; else everything from two days ago on."""
        now = self._clock.now()
        async with self._directory.reading() as connection:
            revisions = await revisions_of(connection)
            fresh = abs(now - self._known.loaded_at) < RELOAD
            if revisions == self._known.revisions and fresh:
                return
            self._known = await _load(connection, revisions, now)

    async def keep_fresh(self) -> None:
        """Refreshes twice a second until cancelled; identities that were seen and are kept under
        an older key's hash are from then on under the newest's."""
        while True:
            try:
                await unbroken(self.refresh())
                if outdated := dict(self._outdated):
                    await unbroken(rehash(self._directory, outdated))
                    self._outdated.clear()
            except Exception as error:  # what is known stays in force until the store answers
                log.warning("directory not read: %s", type(error).__name__)
            await asyncio.sleep(REFRESH_SECONDS)

    def participant(self, platform: str, *identities: str) -> str:
        """Who any of the identities is known to be, the first known one deciding; else
        `unmapped:` and the HMAC of the first that is not empty.

        Give the platform's own stable ids, an address or a number, never a display name: when
        staff match the person, the identity is theirs from then on.
        """
        given = [identity for identity in identities if identity]
        for identity in given:
            for alias, newest in aliases(self._pseudonyms, platform, identity):
                if alias in self._known.aliases:
                    if alias != newest:
                        self._outdated[alias] = newest
                    return self._known.aliases[alias]
        return self._pseudonyms.unmapped(platform, given[0] if given else "")

    def session(
        self, platform: str, room: str, ts: int, participant_id: str | None = None
    ) -> str | None:
        """The session that this room was at that time (event time, ms), or None.

        Of several, those whose roster (or host) the person is go first, then the nearest start;
        a cancelled one is taken only when there is no other.
        """
        hmac = self._pseudonyms.room(platform, room)
        found = self._known.rooms.session(hmac, ts, participant_id)
        return found.id if found else None

    def session_known(self, session_id: str) -> bool:
        """Whether it is scheduled from two days ago to nine days ahead."""
        return session_id in self._known.sessions

    def is_host(self, session_id: str, participant_id: str) -> bool:
        session = self._known.sessions.get(session_id)
        return session is not None and session.host_id == participant_id

    def expects(self, session_id: str, participant_id: str) -> bool:
        """Whether this person is on the session's roster, or its host."""
        session = self._known.sessions.get(session_id)
        return session is not None and participant_id in session.people

    def around(self, ts: int, platform: str | None = None) -> list[Occurrence]:
        """The sessions whose rooms are theirs at that time, of one platform or of all."""
        return [
            one
            for one in self._known.sessions.values()
            if one.starts_at - AROUND <= ts <= one.ends_at + AROUND
            and not one.cancelled
            and platform in (None, one.platform)
        ]

    def between(self, since: int, until: int, platform: str) -> list[Occurrence]:
        """The sessions of a platform that start in this time and are not cancelled."""
        return [
            one
            for one in self._known.sessions.values()
            if since <= one.starts_at < until and not one.cancelled and one.platform == platform
        ]

    def next_in_room(self, session_id: str, ts: int) -> Occurrence | None:
        """The last session to have begun by `ts` in the same room since this one was over."""
        over = self._known.sessions.get(session_id)
        if over is None or over.room is None:
            return None
        booked = self._known.rooms.booked.get(over.room, [])
        later = [
            one
            for one in booked
            if over.ends_at <= one.starts_at <= ts <= one.ends_at + AROUND and not one.cancelled
        ]
        return later[-1] if later else None

    def consents(self, participant_id: str) -> frozenset[str]:
        """The scopes that this person allows (`privacy.consent`)."""
        return self._known.consents.get(participant_id, frozenset())

    def erased(self, participant_id: str) -> bool:
        """Whether nothing may be kept of this person any more."""
        return participant_id in self._known.erased

    def sessions_of(self, participant_id: str, ts: int) -> list[Occurrence]:
        """Those of this person (roster or host) whose rooms are theirs at that time, the nearest
        start first; cancelled ones last."""
        theirs = [
            one
            for one in self._known.sessions.values()
            if participant_id in one.people and one.starts_at - AROUND <= ts <= one.ends_at + AROUND
        ]
        return sorted(theirs, key=lambda one: (one.cancelled, abs(one.starts_at - ts), one.id))

    def occurrence(self, session_id: str) -> Occurrence | None:
        """The session, when it is scheduled from two days ago to nine days ahead."""
        return self._known.sessions.get(session_id)

    def platforms(self) -> set[str]:
        """Those that any session around now is held on."""
        return set(self._known.platforms)


async def _load(connection: AsyncConnection, revisions: dict[str, int], now: int) -> _Known:
    query = select(ALIASES.c.alias, ALIASES.c.person_id)
    people = {row.alias: row.person_id for row in await connection.execute(query)}
    around = SESSIONS.c.ends_at > now - PAST, SESSIONS.c.starts_at < now + AHEAD
    rosters: dict[str, list[str]] = {}
    seats = select(ROSTER.c.session_id, ROSTER.c.person_id).join(SESSIONS).where(*around)
    for session_id, person_id in await connection.execute(seats):
        rosters.setdefault(session_id, []).append(person_id)
    sessions: dict[str, Occurrence] = {}
    rooms: dict[str, list[Occurrence]] = {}
    booked = select(SESSIONS).where(*around).order_by(SESSIONS.c.starts_at)
    for row in await connection.execute(booked):
        one = Occurrence(
            id=row.id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            host_id=row.host_id,
            program_id=row.program_id,
            cancelled=row.cancelled,
            platform=row.platform,
            people=frozenset([*rosters.get(row.id, []), row.host_id]),
            room=row.room,
            time_zone=row.time_zone,
        )
        sessions[one.id] = one
        if row.room:
            rooms.setdefault(row.room, []).append(one)
    platforms = frozenset(one.platform for one in sessions.values() if one.platform)
    consents = await consent.granted(connection)
    gone = await known.erased(connection)
    return _Known(revisions, now, people, consents, sessions, Rooms(rooms), platforms, gone)
