"""The links of a session's people, for the clinic's own messages."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from privacy.sealing import MasterKey
from producers.directory.lookup import AROUND
from producers.directory.store import Directory
from producers.directory.tables import AUDIT, PROGRAMS, ROSTER, SESSIONS
from producers.directory.telling import entry
from producers.gateway.join_settings import JoinSettings
from producers.gateway.join_tokens import Invitation, Invitations
from producers.gateway.settings import GatewaySettings
from streams.topics import DAY_MS


class UnknownSession(ValueError):
    """No session of that id, or it is over."""


class PersonalLink(Struct, frozen=True):
    name: str
    language: str
    url: str


class Upcoming(Struct, frozen=True):
    """A session: its id, what is known of it in a line, and why its links would lead nowhere."""

    id: str
    line: str
    lacks: str


async def upcoming(directory: Directory, join: JoinSettings, now: int) -> list[Upcoming]:
    """The sessions of the next 24 h and those held now."""
    query = (
        _with_seats()
        .where(
            SESSIONS.c.ends_at > now,
            SESSIONS.c.starts_at < now + DAY_MS,
            SESSIONS.c.cancelled.is_(False),
        )
        .order_by(SESSIONS.c.starts_at)
    )
    async with directory.reading() as connection:
        rows = (await connection.execute(query)).all()
    return [
        Upcoming(row.id, entry(dict(row._mapping), row.code), _lacks(row, join)) for row in rows
    ]


def _lacks(row: Any, join: JoinSettings) -> str:
    """What the schedule or the settings have to say first; empty where people can get in."""
    if not row.seats:
        return "nobody is on its roster, so that there is no link"
    if not row.room:
        return "the schedule names no room, so that a link leads to no meeting"
    if row.platform not in join.meeting_urls:
        return f"[gateway.join] meeting_urls has no {row.platform}: a link leads to no meeting"
    return ""


class Links(Struct, frozen=True):
    """A session's, and why they would lead nowhere."""

    made: list[PersonalLink]
    lacks: str


async def links(
    directory: Directory, key: MasterKey, settings: GatewaySettings, session_id: str, now: int
) -> Links:
    """One for everybody on the roster, good until an hour after the end; that they were made is
    audited. Raises `UnknownSession`."""
    async with directory.writing() as connection:
        query = _with_seats().where(SESSIONS.c.id == session_id, SESSIONS.c.cancelled.is_(False))
        session = (await connection.execute(query)).one_or_none()
        if session is None or session.ends_at + AROUND <= now:
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
        token = invitations.token(Invitation(id_, session.ends_at + AROUND, session_id))
        url = f"{settings.public_url.rstrip('/')}/j/{token}"
        made.append(PersonalLink(names[id_].full, names[id_].language or "", url))
    return Links(made, _lacks(session, settings.join))


def _with_seats() -> Select[Any]:
    seats = select(func.count()).where(ROSTER.c.session_id == SESSIONS.c.id).scalar_subquery()
    return select(SESSIONS, PROGRAMS.c.code, seats.label("seats")).join(PROGRAMS)


async def _roster(connection: AsyncConnection, session_id: str) -> AsyncIterator[str]:
    query = select(ROSTER.c.person_id).where(ROSTER.c.session_id == session_id)
    for row in await connection.execute(query):
        yield row.person_id
