"""What staff say of a session: checked, audited and queued for the log in one transaction."""

import re
import secrets
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from msgspec import Struct
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from privacy.people import changed
from producers.directory.announcing import SCHEDULED_AHEAD
from producers.directory.store import Directory, put_out, queued
from producers.directory.tables import ALIASES, AUDIT, PEOPLE, ROSTER, SESSIONS, UNMATCHED
from streams.events import (
    HOUR,
    ParticipantAttendedInPerson,
    ParticipantExcused,
    ParticipantIdentified,
    ParticipantPresentWith,
    SessionBreak,
)
from streams.topics import SESSION_EVENTS

STILL_TAKEN: Final = 6 * HOUR
"""So long after its end a session's outcome still follows what staff say (`docs/contract.md`)."""
UNMAPPED: Final = re.compile(r"unmapped:((?:v\d+\.)?[a-z2-7]{20,26})")

Event: TypeAlias = (
    ParticipantAttendedInPerson
    | ParticipantExcused
    | ParticipantIdentified
    | ParticipantPresentWith
    | SessionBreak
)


class Refused(Exception):
    """An HTTP status and a reason code; nothing about a person."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Session(Struct, frozen=True):
    """What a right to act depends on."""

    id: str
    host_id: str
    program_id: str
    starts_at: int
    ends_at: int
    cancelled: bool


Permit: TypeAlias = Callable[[Session], bool]


class Acting(Struct, frozen=True):
    """One act: by whom, on which session, at what moment (ms)."""

    directory: Directory
    session_id: str
    who: str
    permit: Permit
    now: int

    @property
    def about(self) -> dict[str, Any]:
        """What every event of it has, but its id."""
        return {"ts": self.now, "session_id": self.session_id}

    async def say(self, event: Callable[[str], Event], *people: str) -> str:
        """Queues the event made of a new id; everybody named must be on the roster."""
        async with self.directory.writing() as connection:
            await self._session(connection)
            for person_id in people:
                if not await on_roster(connection, self.session_id, person_id):
                    raise Refused(422, "not_on_the_roster")
            return await self._queue(connection, event, people[0] if people else None)

    async def match(self, unmapped_id: str, participant_id: str | None) -> str | None:
        """Says who an unmatched identity is (None: nobody's patient), and remembers it.

        Of a session whose outcomes stand it is remembered for the next time alone: no event then.
        """
        alias = UNMAPPED.fullmatch(unmapped_id)
        if alias is None:
            raise Refused(422, "not_an_unmatched_id")
        async with self.directory.writing() as connection:
            session = await self.permitted(connection)
            if participant_id and not await _known(connection, participant_id):
                raise Refused(422, "unknown_person")
            await _remember(connection, alias[1], participant_id)
            await matched(connection, self.session_id, unmapped_id)
            if self.now > session.ends_at + STILL_TAKEN:
                await self._audit(connection, "participant.matched_late", participant_id)
                return None
            self._check_time(session)

            def identified(id_: str) -> ParticipantIdentified:
                return ParticipantIdentified(
                    id=id_,
                    ts=self.now,
                    session_id=self.session_id,
                    unmapped_id=unmapped_id,
                    participant_id=participant_id,
                    not_a_patient=participant_id is None,
                )

            return await self._queue(connection, identified, participant_id)

    async def permitted(self, connection: AsyncConnection) -> Session:
        """Raises `Refused` 404 for a session that is not known, or not the viewer's to act on."""
        session = await find_session(connection, self.session_id)
        if session is None or not self.permit(session):
            raise Refused(404, "unknown_session")  # ids are not probed
        return session

    async def _session(self, connection: AsyncConnection) -> None:
        self._check_time(await self.permitted(connection))

    def _check_time(self, session: Session) -> None:
        if session.cancelled:
            raise Refused(409, "session_is_cancelled")
        if self.now < session.starts_at - SCHEDULED_AHEAD:
            raise Refused(409, "too_early")  # the log does not know the session yet
        if self.now > session.ends_at + STILL_TAKEN:
            raise Refused(409, "too_late")

    async def _queue(
        self, connection: AsyncConnection, make: Callable[[str], Event], person_id: str | None
    ) -> str:
        event = make(f"{self.session_id}:{secrets.token_hex(8)}")
        await put_out(connection, [queued(SESSION_EVENTS, self.session_id, event)])
        await self._audit(connection, str(event.__struct_config__.tag), person_id)
        return event.id

    async def _audit(self, connection: AsyncConnection, what: str, person_id: str | None) -> None:
        await audit.record(
            connection,
            AUDIT,
            at=self.now,
            who=self.who,
            what=what,
            object_=f"{self.session_id}/{person_id}" if person_id else self.session_id,
        )


async def find_session(connection: AsyncConnection, session_id: str) -> Session | None:
    columns = [SESSIONS.c[name] for name in Session.__struct_fields__]
    row = (await connection.execute(select(*columns).where(SESSIONS.c.id == session_id))).first()
    return Session(**row._mapping) if row else None


async def on_roster(connection: AsyncConnection, session_id: str, person_id: str) -> bool:
    """Whether the person has a seat in it."""
    seat = ROSTER.c.session_id == session_id, ROSTER.c.person_id == person_id
    return (await connection.execute(select(ROSTER.c.person_id).where(*seat))).first() is not None


async def _known(connection: AsyncConnection, person_id: str) -> bool:
    query = select(PEOPLE.c.id).where(PEOPLE.c.id == person_id, PEOPLE.c.sealed_key.is_not(None))
    return (await connection.execute(query)).first() is not None


async def matched(connection: AsyncConnection, session_id: str, unmapped_id: str) -> None:
    """Off the queue of unmatched people, in this session."""
    one = UNMATCHED.c.session_id == session_id, UNMATCHED.c.unmapped_id == unmapped_id
    await connection.execute(delete(UNMATCHED).where(*one))


async def _remember(connection: AsyncConnection, alias: str, person_id: str | None) -> None:
    """Keeps a match for the next time; what an import said of an identity stands above it."""
    query = select(ALIASES.c.person_id, ALIASES.c.platform).where(ALIASES.c.alias == alias)
    held = (await connection.execute(query)).first()
    if held is not None and held.person_id == person_id:
        return
    if held is not None and held.platform is not None:
        raise Refused(409, "belongs_to_another_person")
    if held is None and person_id is not None:
        await connection.execute(insert(ALIASES).values(alias=alias, person_id=person_id))
    elif person_id is not None:
        mine = update(ALIASES).where(ALIASES.c.alias == alias)
        await connection.execute(mine.values(person_id=person_id))
    elif held is not None:
        await connection.execute(delete(ALIASES).where(ALIASES.c.alias == alias))
    await changed(connection, "people")
