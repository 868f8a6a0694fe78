"""Who is on a session's roster, and whom a member of staff knows: names for staff, at the edge."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from privacy.access import AFTER, BEFORE, Viewer
from producers.directory.acts import Permit, Refused, find_session
from producers.directory.cards import RECENT
from producers.directory.store import Directory
from producers.directory.tables import AUDIT, PEOPLE, ROSTER, SESSIONS


class Known(Struct, frozen=True, omit_defaults=True):
    """`first` is how people say it aloud; `name` tells two of the same first name apart."""

    participant_id: str
    name: str
    first: str
    state: str
    language: str | None = None


async def roster(
    directory: Directory, viewer: Viewer, permit: Permit, session_id: str, now: int
) -> list[Known]:
    """By name. Raises `Refused` 404 for what may not be acted on, and for a host whose time to see
    these names is over (`now` in ms)."""
    async with directory.reading() as connection:
        session = await find_session(connection, session_id)
        if session is None or not permit(session):
            raise Refused(404, "unknown_session")
        care = viewer.roles & {"outreach", "supervisor"} and viewer.in_program(session.program_id)
        if not care and not session.starts_at - BEFORE <= now <= session.ends_at + AFTER:
            raise Refused(404, "unknown_session")
        query = select(PEOPLE).join(ROSTER).where(ROSTER.c.session_id == session_id)
        rows = (await connection.execute(query)).all()
    return await _named(directory, rows)


async def people(directory: Directory, viewer: Viewer, now: int) -> list[Known]:
    """The patients of whom this viewer may read a card, by name: of a clinician's caseload, and
    of outreach's and supervisors' programs with a session lately or to come. Audited."""
    async with directory.writing() as connection:
        rows = await _in_care_of(connection, viewer, now)
        await audit.record(
            connection, AUDIT, at=now, who=viewer.actor, what="people.listed", object_="people"
        )
    return await _named(directory, rows)


async def _in_care_of(connection: AsyncConnection, viewer: Viewer, now: int) -> list[Any]:
    patients = select(PEOPLE).where(PEOPLE.c.kind == "patient", PEOPLE.c.sealed_key.is_not(None))
    known = []
    if "clinician" in viewer.roles and viewer.staff_id:
        known.append(PEOPLE.c.clinician_id == viewer.staff_id)
    if viewer.roles & {"outreach", "supervisor"}:
        known.append(PEOPLE.c.id.in_(_seated(await _programs(connection, viewer), now)))
    if not known:
        return []
    return list((await connection.execute(patients.where(or_(*known)))).all())


async def _programs(connection: AsyncConnection, viewer: Viewer) -> list[str]:
    all_ = (await connection.execute(select(SESSIONS.c.program_id).distinct())).scalars()
    return [program for program in all_ if viewer.in_program(program)]


def _seated(programs: list[str], now: int) -> Select[tuple[str]]:
    lately = SESSIONS.c.program_id.in_(programs), SESSIONS.c.ends_at > now - RECENT
    return select(ROSTER.c.person_id).join(SESSIONS).where(*lately)


async def _named(directory: Directory, rows: Iterable[Any]) -> list[Known]:
    """By name; two of one short name by their whole names, so that nobody is taken for another."""
    states = {row.id: row.state for row in rows}
    names = await directory.people.names(states)
    short = Counter(name.short for name in names.values())
    made = [
        Known(
            id_,
            name.short if short[name.short] == 1 else name.full,
            name.preferred,
            states[id_],
            name.language,
        )
        for id_, name in names.items()
    ]
    return sorted(made, key=lambda one: (one.name, one.participant_id))
