"""Missed in a row: sessions that count were missed one after the other.

Two by chance happen to one in four within twelve sessions, three to one in twenty: hence the
steps. The start of care is fragile: there one is enough (docs/evaluation.md; figures: 19 % are
gone within 10 appointments, s13011-022-00489-9; computed for independent absences of 17-20 %).
"""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from msgspec import Struct

from streams.bounds import Count, Order
from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant.facts import Person, Session
from streams.participant.judging import Holds, Look, runs

TOLD: Audience = {"clinician": "warning", "supervisor": "warning"}
TOLD_HIGH: Audience = {"clinician": "high", "supervisor": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"misses": "high_misses"}

    misses: Count = 2
    high_misses: Count = 3
    new_person_sessions: int = 3


class MissedInARow(Evidence, frozen=True):
    misses: int
    dates: list[Millis]
    limit: int
    high_misses: int
    outreach: int
    outreach_at: Millis | None
    outreach_result: str | None


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    yield from runs(person, "missed_in_a_row", _looks(person, limits), "attended")


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    missed: tuple[Session, ...] = ()
    before, enough = person.past.missed, limits.misses
    for number, session in enumerate(person.in_a_row, person.past.sessions):
        if session.present:
            missed, before, enough = (), 0, limits.misses
        else:
            missed = (*missed, session)
            if person.care.known and number < limits.new_person_sessions:
                enough = 1
        number_missed = before + len(missed)
        meets = bool(missed) and number_missed >= enough
        holds = partial(_holds, person, missed, number_missed, enough, limits)
        yield Look(session.ends_at, meets, meets, holds)


def _holds(
    person: Person, missed: tuple[Session, ...], number: int, enough: int, limits: Thresholds
) -> Holds:
    """`missed`: those of them whose dates are known; all, but for very many."""
    since = missed[0].starts_at if missed else person.at
    tried = [act for act in person.acts if act.kind == "outreach" and since <= act.ts <= person.at]
    evidence = MissedInARow(
        misses=number,
        dates=[session.starts_at for session in missed],
        limit=enough,
        high_misses=limits.high_misses,
        outreach=len(tried),
        outreach_at=tried[-1].ts if tried else None,
        outreach_result=tried[-1].result if tried else None,
    )
    return Holds(TOLD_HIGH if number >= limits.high_misses else TOLD, evidence)
