"""Everything the directory knows of a person, in clear: for the person, or for whom they allow.

Nothing is given that is not in the ledger of disclosures; the notice goes with it.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit, disclosures
from privacy.disclosures import NOTICE, Disclosure, Given
from producers.directory.acts import Refused
from producers.directory.store import Directory
from producers.directory.tables import (
    ALIASES,
    ATTENDED,
    AUDIT,
    CONSENTS,
    PEOPLE,
    PROGRAMS,
    ROSTER,
    SESSIONS,
)
from producers.directory.times import local


class Export(Struct, frozen=True):
    """`identities` are platforms alone: an identity is kept as a keyed hash and cannot be told."""

    notice: str
    recipient: str
    purpose: str
    participant_id: str
    kind: str
    state: str
    hours_per_week: float | None
    clinician: str | None
    fields: dict[str, str]
    identities: list[str]
    consents: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    attended: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    disclosures: list[Disclosure]


async def export(directory: Directory, person_id: str, who: str, given: Given, now: int) -> Export:
    """Writes the disclosure down and gives the person's data. Raises `Refused` 404."""
    async with directory.writing() as connection:
        query = select(PEOPLE).where(PEOPLE.c.id == person_id, PEOPLE.c.sealed_key.is_not(None))
        row = (await connection.execute(query)).first()
        if row is None:
            raise Refused(404, "unknown_person")
        ledger = directory.ledger
        await disclosures.record(connection, ledger, person_id, who, given, now)
        await audit.record(
            connection, AUDIT, at=now, who=who, what="person.exported", object_=person_id
        )
        people = directory.people
        ids = [person_id, *([row.clinician_id] if row.clinician_id else [])]
        fields = await people.fields(connection, ids)
        return Export(
            notice=NOTICE,
            recipient=given.recipient,
            purpose=given.purpose,
            participant_id=person_id,
            kind=row.kind,
            state=row.state,
            hours_per_week=row.hours_per_week,
            clinician=fields.get(row.clinician_id or "", {}).get("name"),
            fields=fields.get(person_id, {}),
            identities=await _platforms(connection, person_id),
            consents=await _consents(connection, person_id),
            sessions=await _sessions(connection, person_id),
            attended=await _attended(connection, person_id),
            audit=await _audited(connection, person_id),
            disclosures=await disclosures.of(connection, ledger, person_id),
        )


async def _platforms(connection: AsyncConnection, person_id: str) -> list[str]:
    query = select(ALIASES.c.platform).where(ALIASES.c.person_id == person_id)
    return sorted(one or "matched by staff" for one in (await connection.execute(query)).scalars())


async def _consents(connection: AsyncConnection, person_id: str) -> list[dict[str, Any]]:
    query = select(CONSENTS).where(CONSENTS.c.person_id == person_id)
    return [dict(row._mapping) for row in await connection.execute(query)]


async def _sessions(connection: AsyncConnection, person_id: str) -> list[dict[str, Any]]:
    query = (
        select(SESSIONS, PROGRAMS.c.name.label("program"), ROSTER.c.modality.label("seat"))
        .join(ROSTER, ROSTER.c.session_id == SESSIONS.c.id)
        .join(PROGRAMS, PROGRAMS.c.id == SESSIONS.c.program_id)
        .where(ROSTER.c.person_id == person_id)
        .order_by(SESSIONS.c.starts_at)
    )
    return [
        {
            "session_id": row.id,
            "program": row.program,
            "kind": row.kind,
            "starts": local(row.starts_at, row.time_zone).isoformat(),
            "ends": local(row.ends_at, row.time_zone).isoformat(),
            "modality": row.seat or row.modality,
            "cancelled": row.cancelled,
        }
        for row in await connection.execute(query)
    ]


async def _attended(connection: AsyncConnection, person_id: str) -> list[dict[str, Any]]:
    """What the sessions of the last weeks came to."""
    query = select(ATTENDED).where(ATTENDED.c.person_id == person_id).order_by(ATTENDED.c.ends_at)
    return [dict(row._mapping) for row in await connection.execute(query)]


async def _audited(connection: AsyncConnection, person_id: str) -> list[dict[str, Any]]:
    """Who did or looked at what of this person."""
    theirs = or_(AUDIT.c.object == person_id, AUDIT.c.object.like(f"%/{person_id}"))
    rows = await connection.execute(select(AUDIT).where(theirs).order_by(AUDIT.c.number))
    return [{"at": row.at, "who": row.who, "what": row.what} for row in rows]
