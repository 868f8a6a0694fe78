"""Dose shortfall: what this week will come to falls short of what was prescribed.

Intensive outpatient care is at least nine hours a week for adults (ASAM 2.1), six for adolescents
(the preset `adolescent`); a person's own prescription wins. Projected: attended so far and still
scheduled. A day on which nothing was held is no shortfall of the person's.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

from msgspec import Struct

from streams.bounds import Part
from streams.episodes import Audience, Episode, Evidence
from streams.events import HOUR, Millis
from streams.participant import days
from streams.participant.facts import Person, Session
from streams.participant.judging import Holds, Look, runs

TOLD: Audience = {"clinician": "warning"}
WORKING_DAYS = 5
ROUNDING = 1e-6


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    share: Part = 0.8
    hours: float = 9.0


class DoseShortfall(Evidence, frozen=True):
    week_at: Millis
    attended_hours: float
    scheduled_hours: float
    prescribed_hours: float
    share: float


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    yield from runs(person, "dose_shortfall", _looks(person, limits), "recovered")


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    for week, end in person.week_ends():
        sessions = person.of_week(week)
        settled = end <= person.settled
        for instant in (end,) if settled else _instants(sessions, end):
            if instant <= person.at and _active_so_far(person, week, instant):
                yield from _at(person, week, sessions, instant, limits)


def _instants(sessions: Sequence[Session], end: Millis) -> Iterator[Millis]:
    """After each session, and when one is added, while another can still change the week."""
    told = {one.told_at for one in sessions}
    ends = {one.ends_at for one in sessions if one.outcome is not None}
    first = min(ends, default=end)
    for instant in sorted(ends | {ts for ts in told if ts > first}):
        if instant < end and any(_ahead(one, instant) for one in sessions):
            yield instant
    yield end


def _ahead(session: Session, instant: Millis) -> bool:
    return session.ends_at > instant and session.planned_at(instant)


def _active_so_far(person: Person, week: date, instant: Millis) -> bool:
    """A week with leave in it is not judged."""
    begin = max(days.start_of(week, person.zone), person.care.start)
    return any(start <= begin and instant <= end for start, end in person.care.active)


def _at(
    person: Person, week: date, sessions: Sequence[Session], instant: Millis, limits: Thresholds
) -> Iterator[Look]:
    attended = sum(one.attended for one in sessions if _known(one, instant))
    waiting = [one for one in sessions if not _known(one, instant) and one.planned_at(instant)]
    scheduled = sum(one.length for one in waiting)
    prescribed = _prescribed(person, week, sessions, instant, limits.hours)
    if prescribed is None:
        return
    evidence = DoseShortfall(
        week_at=days.start_of(week, person.zone),
        attended_hours=round(attended / HOUR, 2),
        scheduled_hours=round(scheduled / HOUR, 2),
        prescribed_hours=round(prescribed, 2),
        share=limits.share,
    )
    short = (attended + scheduled) / HOUR < limits.share * prescribed - ROUNDING
    yield Look(instant, short, short, partial(Holds, TOLD, evidence))


def _known(session: Session, instant: Millis) -> bool:
    return session.outcome is not None and session.ends_at <= instant


def _prescribed(
    person: Person, week: date, sessions: Sequence[Session], instant: Millis, usual: float
) -> float | None:
    """Hours prescribed for that week, whatever came after it, or else the usual ones; less closed
    days and, in the week of admission, the days before it. None for a closed week."""
    planned = [one for one in sessions if one.told_at <= instant and one.status != "removed"]
    held_days = {one.day for one in planned if not _off(one, instant)}
    whole = sum(one.length for one in planned)
    held = sum(one.length for one in planned if one.day in held_days)
    if not held:
        return None
    hours = planned[-1].hours
    prescribed = (usual if hours is None else hours) * held / whole
    admitted = _admitted_in(person, week)
    if admitted is None:
        return prescribed
    left = max(0, WORKING_DAYS - admitted.weekday()) / WORKING_DAYS
    return min(prescribed * left, held / HOUR)


def _off(session: Session, instant: Millis) -> bool:
    if session.ends_at > instant:
        return not session.planned_at(instant)
    return session.off(instant)


def _admitted_in(person: Person, week: date) -> date | None:
    """The day of admission, where it lies in this week: where it was not told, the first seen."""
    if person.care.known:
        day = days.day_of(person.care.start, person.zone)
    elif person.first_at:
        day = days.day_of(person.first_at, person.zone)
    else:
        return None
    return day if days.week_of(day) == week else None
