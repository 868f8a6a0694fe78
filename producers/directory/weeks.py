"""A person's weeks, the newest first: what was scheduled, what they attended, what is to come.

The evidence for a conversation: figures alone, no score and no judgement. Every look is audited.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.access import Viewer
from producers.directory.acts import Refused
from producers.directory.attended import KEPT
from producers.directory.cards import audited, may_see_weeks
from producers.directory.correcting import WHAT
from producers.directory.enrolment import Enrolled, history
from producers.directory.store import Directory
from producers.directory.tables import ATTENDED, AUDIT, PEOPLE, ROSTER, SESSIONS
from streams.events import Millis
from streams.participant import days
from streams.participant.facts import PRESENT

State = Literal["over", "running", "ahead", "cancelled"]


class Attended(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One session. Without an `outcome` none is known, yet or at all; `corrected`: staff said it.

    `attended_ms` is what counts as attended, `present_ms` what was measured.
    """

    session_id: str
    kind: str
    starts_at: Millis
    ends_at: Millis
    time_zone: str
    state: State
    outcome: str | None = None
    corrected: bool = False
    fault: str | None = None
    attended_ms: int = 0
    present_ms: int = 0
    late_ms: int = 0
    early_ms: int = 0
    drops: int = 0
    lost_ms: int = 0


class Week(Struct, frozen=True, omit_defaults=True):
    """Of `monday`, in ms: attended, of what took place, still to come; prescribed (hours), where
    somebody prescribed anything."""

    monday: str
    attended: int
    held: int
    ahead: int
    sessions: list[Attended]
    prescribed: float | None = None


class Weeks(Struct, frozen=True):
    """`as_of`: when it was so; `since`: older ones are not kept; `enrolment`: the newest first."""

    as_of: Millis
    since: Millis
    enrolment: list[Enrolled]
    weeks: list[Week]


async def weeks(directory: Directory, viewer: Viewer, person_id: str, now: int) -> Weeks:
    """Raises `Refused` 404 for a person that is not known, or whose weeks are not for this viewer.
    `now` in ms."""
    async with directory.writing() as connection:
        query = select(PEOPLE.c.hours_per_week).where(
            PEOPLE.c.id == person_id, PEOPLE.c.kind == "patient", PEOPLE.c.sealed_key.is_not(None)
        )
        person = (await connection.execute(query)).first()
        if person is None or not await may_see_weeks(connection, viewer, person_id, now):
            raise Refused(404, "unknown_person")
        since = now - KEPT
        planned = await _planned(connection, person_id, since, now)
        past = await _past(connection, person_id, since)
        said = await _said(connection, person_id, [*planned, *past])
        enrolment = await history(connection, person_id)
        await audited(connection, viewer, "weeks.viewed", person_id, now, True)
    sessions = [
        _attended(id_, planned.get(id_), past.get(id_), said.get(id_), now)
        for id_ in {**planned, **past}
    ]
    hours = {id_: row.hours_per_week for id_, row in past.items()}
    return Weeks(now, since, enrolment, _by_week(sessions, hours, person.hours_per_week, now))


async def _planned(
    connection: AsyncConnection, person_id: str, since: int, now: int
) -> dict[str, Any]:
    """Of the schedule, to the end of the present week."""
    query = (
        select(SESSIONS)
        .join(ROSTER)
        .where(ROSTER.c.person_id == person_id, ROSTER.c.added_at < SESSIONS.c.ends_at)
        .where(SESSIONS.c.ends_at > since)
    )
    rows = (await connection.execute(query)).all()
    return {row.id: row for row in rows if row.starts_at < _week_end(now, row.time_zone)}


def _week_end(now: int, time_zone: str) -> Millis:
    return days.week_end(days.week_of(days.day_of(now, time_zone)), time_zone)


async def _past(connection: AsyncConnection, person_id: str, since: int) -> dict[str, Any]:
    query = select(ATTENDED).where(ATTENDED.c.person_id == person_id, ATTENDED.c.ends_at > since)
    return {row.session_id: row for row in await connection.execute(query)}


async def _said(
    connection: AsyncConnection, person_id: str, sessions: Iterable[str]
) -> dict[str, str]:
    """By session, the outcome that staff said last."""
    objects = {f"{id_}/{person_id}": id_ for id_ in sessions}
    query = (
        select(AUDIT.c.object, AUDIT.c.outcome)
        .where(AUDIT.c.what == WHAT, AUDIT.c.object.in_(list(objects)))
        .order_by(AUDIT.c.number)
    )
    return {objects[row.object]: row.outcome.split()[0] for row in await connection.execute(query)}


def _attended(id_: str, plan: Any, row: Any, said: str | None, now: int) -> Attended:
    one = row if row is not None else plan
    outcome = said or (row.outcome if row is not None else None)
    measured = {} if row is None else {
        "fault": None if said else row.fault,
        "present_ms": row.present_ms,
        "late_ms": row.late_ms,
        "early_ms": row.early_ms,
        "drops": row.drops,
        "lost_ms": row.lost_ms,
    }  # fmt: skip
    return Attended(
        session_id=id_,
        kind=one.kind,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        time_zone=one.time_zone,
        state=_state(one, plan is not None and plan.cancelled, now),
        outcome=outcome,
        corrected=said is not None,
        attended_ms=_counts(outcome, said is not None, row, one.ends_at - one.starts_at),
        **measured,
    )


def _state(one: Any, cancelled: bool, now: int) -> State:
    if cancelled:
        return "cancelled"
    if one.ends_at <= now:
        return "over"
    return "running" if one.starts_at <= now else "ahead"


def _counts(outcome: str | None, said: bool, row: Any, length: int) -> int:
    """As `dose_shortfall` counts: in person, by phone or by staff's word it is the whole."""
    if outcome not in PRESENT:
        return 0
    seen = row.present_ms if row is not None else 0
    whole = outcome == "in_person" or said or not seen
    return length if whole and outcome != "partial" else min(seen, length)


def _by_week(
    sessions: Iterable[Attended], hours: dict[str, float | None], today: float | None, now: int
) -> list[Week]:
    found: dict[date, list[Attended]] = {}
    for one in sorted(sessions, key=lambda one: (one.starts_at, one.session_id)):
        monday = days.week_of(days.day_of(one.starts_at, one.time_zone))
        found.setdefault(monday, []).append(one)
    return [
        Week(
            monday.isoformat(),
            sum(one.attended_ms for one in of_week),
            sum(_length(one) for one in of_week if _took_place(one)),
            sum(_length(one) for one in of_week if one.state in ("running", "ahead")),
            of_week,
            _prescribed(monday, of_week, hours, today, now),
        )
        for monday, of_week in sorted(found.items(), reverse=True)
    ]


def _took_place(one: Attended) -> bool:
    return one.state == "over" and one.outcome not in (None, "not_held")


def _length(one: Attended) -> int:
    return one.ends_at - one.starts_at


def _prescribed(
    monday: date,
    of_week: list[Attended],
    hours: dict[str, float | None],
    today: float | None,
    now: int,
) -> float | None:
    """As that week's last roster said; for the present week, as it is now."""
    if now < days.week_end(monday, of_week[-1].time_zone):
        return today
    said = (hours.get(one.session_id) for one in reversed(of_week))
    return next((one for one in said if one is not None), None)
