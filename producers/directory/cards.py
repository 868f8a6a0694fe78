"""What staff may read of a person: the card, and the number when they ask for it; both audited."""

from typing import Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from privacy.access import AFTER, BEFORE, Case, Viewer
from producers.directory.acts import Refused
from producers.directory.enrolment import Enrolled, history
from producers.directory.store import Directory
from producers.directory.tables import AUDIT, PEOPLE, ROSTER, SESSIONS
from streams.topics import DAY_MS

OF_CARD: Final = ("preferred", "language", "pronoun", "message_safe", "good_hours", "chart")
OF_TECH: Final = ("preferred", "language", "pronoun")
"""Who helps with the line needs to know how to speak to somebody, and no more."""
RECENT: Final = 14 * DAY_MS
"""Outreach knows the people with a session of its programs so lately, or to come."""
OUTCOME: Final = 64
"""Characters that the audit's column takes."""


class Card(Struct, frozen=True, omit_defaults=True):
    """`state` and `enrolment` (what staff entered, the newest first) are for who is in care;
    `may_enrol` says that this viewer may change them, `sees_weeks` that they may see the person's
    weeks."""

    participant_id: str
    preferred: str
    state: str | None = None
    enrolment: list[Enrolled] = []
    may_enrol: bool = False
    sees_weeks: bool = False
    language: str | None = None
    pronoun: str | None = None
    message_safe: str | None = None
    good_hours: str | None = None
    chart: str | None = None


async def card(
    directory: Directory, viewer: Viewer, person_id: str, now: int, case: Case | None = None
) -> Card:
    """`case` is what lets a viewer know a person who is not in their care, if there is one: how to
    reach them for care, or how to speak to them about their line.

    Raises `Refused` 404 for a person that is not known, or not to this viewer.
    """
    async with directory.writing() as connection:
        in_care = await _in_care(connection, viewer, person_id, now)
        if not in_care and case is None:
            raise Refused(404, "unknown_person")
        fields = OF_CARD if in_care or (case and case.for_care) else OF_TECH
        read = await directory.people.fields(connection, [person_id], [*fields, "name"])
        known = read.get(person_id, {})
        await audited(connection, viewer, "card.viewed", person_id, now, in_care or case)
        state = await _patients_state(connection, person_id) if in_care else None
        entered = await history(connection, person_id) if state else []
        enrols = await _in_reach(connection, viewer, {"supervisor"}, person_id, now)
        weeks = await may_see_weeks(connection, viewer, person_id, now)
    name = known.pop("name", "").split()
    return Card(
        participant_id=person_id,
        state=state,
        enrolment=entered,
        may_enrol=enrols and state is not None,
        sees_weeks=weeks and state is not None,
        **({"preferred": name[0] if name else ""} | known),
    )


async def number(
    directory: Directory, viewer: Viewer, person_id: str, now: int, case: Case | None = None
) -> str:
    """The telephone number. Raises `Refused` 404 as above, or when there is none."""
    async with directory.writing() as connection:
        in_care = await _in_care(connection, viewer, person_id, now)
        if not in_care and case is None:
            raise Refused(404, "unknown_person")
        known = (await directory.people.fields(connection, [person_id], ["phone"])).get(person_id)
        await audited(connection, viewer, "number.revealed", person_id, now, in_care or case)
    if not known:
        raise Refused(404, "no_number")
    return known["phone"]


async def check_supervises(directory: Directory, viewer: Viewer, person_id: str, now: int) -> None:
    """Raises `Refused` 404 unless the viewer is a supervisor of a program that the person is in."""
    async with directory.reading() as connection:
        if not await _in_reach(connection, viewer, {"supervisor"}, person_id, now):
            raise Refused(404, "unknown_person")


async def may_see_weeks(
    connection: AsyncConnection, viewer: Viewer, person_id: str, now: int
) -> bool:
    """The person's own clinician and the program's supervisor, whom alerts about weeks are for:
    whoever stands in for an evening, calls or mends a line needs no history of misses."""
    return await _is_own(connection, viewer, person_id) or await _in_reach(
        connection, viewer, {"supervisor"}, person_id, now
    )


async def _is_own(connection: AsyncConnection, viewer: Viewer, person_id: str) -> bool:
    if "clinician" not in viewer.roles or not viewer.staff_id:
        return False
    own = PEOPLE.c.id == person_id, PEOPLE.c.clinician_id == viewer.staff_id
    return (await connection.execute(select(PEOPLE.c.id).where(*own))).first() is not None


async def _in_care(connection: AsyncConnection, viewer: Viewer, person_id: str, now: int) -> bool:
    """The person's own clinician, a host around the session, outreach of the program."""
    if await _is_own(connection, viewer, person_id):
        return True
    if "clinician" in viewer.roles and viewer.staff_id:
        hosted = (
            select(SESSIONS.c.id)
            .join(ROSTER)
            .where(ROSTER.c.person_id == person_id, SESSIONS.c.host_id == viewer.staff_id)
            .where(SESSIONS.c.starts_at - BEFORE <= now, SESSIONS.c.ends_at + AFTER >= now)
        )
        if (await connection.execute(hosted)).first() is not None:
            return True
    return await _in_reach(connection, viewer, {"outreach", "supervisor"}, person_id, now)


async def _in_reach(
    connection: AsyncConnection, viewer: Viewer, roles: set[str], person_id: str, now: int
) -> bool:
    if not viewer.roles & roles:
        return False
    query = (
        select(SESSIONS.c.program_id)
        .join(ROSTER)
        .where(ROSTER.c.person_id == person_id, SESSIONS.c.ends_at > now - RECENT)
        .distinct()
    )
    programs = (await connection.execute(query)).scalars().all()
    return any(viewer.in_program(program) for program in programs)


async def _patients_state(connection: AsyncConnection, person_id: str) -> str | None:
    """None for whom nobody admits: family, interpreters, observers."""
    query = select(PEOPLE.c.state).where(PEOPLE.c.id == person_id, PEOPLE.c.kind == "patient")
    return (await connection.execute(query)).scalar()


async def audited(
    connection: AsyncConnection,
    viewer: Viewer,
    what: str,
    person_id: str,
    now: int,
    by_right: bool | Case | None,
) -> None:
    """`by_right`: being in care of the person, or the case that lets them."""
    outcome = f"case {by_right.alert_id}"[:OUTCOME] if isinstance(by_right, Case) else "done"
    await audit.record(
        connection, AUDIT, at=now, who=viewer.actor, what=what, object_=person_id, outcome=outcome
    )
