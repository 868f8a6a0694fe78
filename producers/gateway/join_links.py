"""The links of a session's people, for the clinic's own messages."""

from collections.abc import AsyncIterator

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from privacy.sealing import MasterKey
from producers.directory.lookup import AROUND
from producers.directory.store import Directory
from producers.directory.tables import AUDIT, PROGRAMS, ROSTER, SESSIONS
from producers.directory.telling import entry
from producers.gateway.join_tokens import Invitation, Invitations
from streams.topics import DAY_MS


class UnknownSession(ValueError):
    """No session of that id, or it is over."""


class PersonalLink(Struct, frozen=True):
    name: str
    language: str
    url: str


async def upcoming(directory: Directory, now: int) -> list[tuple[str, str]]:
    """The sessions of the next 24 h and those held now: id, and what is known of it in a line."""
    query = (
        select(SESSIONS, PROGRAMS.c.code)
        .join(PROGRAMS, PROGRAMS.c.id == SESSIONS.c.program_id)
        .where(
            SESSIONS.c.ends_at > now,
            SESSIONS.c.starts_at < now + DAY_MS,
            SESSIONS.c.cancelled.is_(False),
        )
        .order_by(SESSIONS.c.starts_at)
    )
    async with directory.reading() as connection:
        rows = (await connection.execute(query)).all()
    return [(row.id, entry(dict(row._mapping), row.code)) for row in rows]


async def links(
    directory: Directory, key: MasterKey, public_url: str, session_id: str, now: int
) -> list[PersonalLink]:
    """One for everybody on the roster, good until an hour after the end; that they were made is
    audited. Raises `UnknownSession`."""
    async with directory.writing() as connection:
        ends_at = await _end(connection, session_id)
        if ends_at is None or ends_at + AROUND <= now:
            raise UnknownSession
        people = [one async for one in _roster(connection, session_id)]
        await audit.record(
            connection,
            AUDIT,
            at=now,
            who=audit.SYSTEM,
            what="links.made",
            object_=session_id,
        )
    names = await directory.people.names(people)
    invitations = Invitations(key)
    made = []
    for id_ in sorted(names, key=lambda id_: names[id_].full):
        token = invitations.token(Invitation(id_, ends_at + AROUND, session_id))
        url = f"{public_url.rstrip('/')}/j/{token}"
        made.append(PersonalLink(names[id_].full, names[id_].language or "", url))
    return made


async def _end(connection: AsyncConnection, session_id: str) -> int | None:
    query = select(SESSIONS.c.ends_at).where(
        SESSIONS.c.id == session_id, SESSIONS.c.cancelled.is_(False)
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def _roster(connection: AsyncConnection, session_id: str) -> AsyncIterator[str]:
    query = select(ROSTER.c.person_id).where(ROSTER.c.session_id == session_id)
    for row in await connection.execute(query):
        yield row.person_id
