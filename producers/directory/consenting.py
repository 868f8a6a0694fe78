"""People's yes or no to a scope: kept, audited and queued for the log in one transaction."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from privacy.consent import Scope, record
from privacy.people import changed
from producers.directory.store import Directory, put_out, queued
from producers.directory.tables import AUDIT, PEOPLE, ROSTER, SESSIONS
from streams.events import HOUR, ConsentChanged, Millis, ParticipantConsented
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS

REVISED_FOR = 7 * HOUR
"""After its end a session's attendance may still be written anew: closing and revisions."""


class UnknownPerson(ValueError):
    """Nobody of that id is known, or they were erased."""


class Said(Struct, frozen=True):
    """What a person said of one scope."""

    person_id: str
    scope: Scope
    granted: bool


async def consent(
    directory: Directory, said: Iterable[Said], *, notice_version: str, now: int
) -> None:
    """All of it or nothing; the same said again changes nothing. `now` in ms.

    Raises `UnknownPerson`.
    """
    said = list(said)
    async with directory.writing() as connection:
        people = {one.person_id for one in said}
        standing = select(PEOPLE.c.id).where(PEOPLE.c.sealed_key.is_not(None))
        query = standing.where(PEOPLE.c.id.in_(people))
        if people - set((await connection.execute(query)).scalars()):
            raise UnknownPerson
        news = [
            one
            for one in said
            if await record(
                connection,
                one.person_id,
                one.scope,
                granted=one.granted,
                notice_version=notice_version,
                at=now,
            )
        ]
        for one in news:
            await _tell(connection, one, notice_version, now)
        if news:
            await changed(connection, "people")


async def _tell(connection: AsyncConnection, said: Said, notice_version: str, now: int) -> None:
    event = ConsentChanged(
        id=f"{said.person_id}:consent:{said.scope}:{now}",
        ts=now,
        participant_id=said.person_id,
        scope=said.scope,
        granted=said.granted,
        notice_version=notice_version,
    )
    await put_out(connection, [queued(PARTICIPANT_EVENTS, said.person_id, event)])
    for session_id in await _told_of(connection, said.person_id, now):
        heard = ParticipantConsented(
            id=event.id,
            ts=now,
            session_id=session_id,
            participant_id=said.person_id,
            scope=said.scope,
            granted=said.granted,
        )
        await put_out(connection, [queued(SESSION_EVENTS, session_id, heard)])
    await audit.record(
        connection,
        AUDIT,
        at=now,
        who=said.person_id,
        what=f"consent.{said.scope}.{'given' if said.granted else 'withdrawn'}",
        object_=said.person_id,
    )


async def _told_of(connection: AsyncConnection, person_id: str, now: Millis) -> list[str]:
    """The person's sessions that the log knows and that are not dropped yet."""
    query = (
        select(SESSIONS.c.id)
        .join(ROSTER, ROSTER.c.session_id == SESSIONS.c.id)
        .where(ROSTER.c.person_id == person_id)
        .where(SESSIONS.c.scheduled_ts > 0, SESSIONS.c.ends_at > now - REVISED_FOR)
        .order_by(SESSIONS.c.id)
    )
    return list((await connection.execute(query)).scalars())
