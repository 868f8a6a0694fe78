"""Missed in a row: sessions that count were missed one after the other.

Two by chance happen to one in four within twelve sessions, three to one in twenty: hence the
steps. The start of care is fragile: there one is enough (docs/evaluation.md; figures: 19 % are
gone within 10 appointments, s13011-022-00489-9; computed for independent absences of 17-20 %).
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant.facts import Person, Session
from streams.participant.judging import Holds, Judged, runs

TOLD: Audience = {"clinician": "warning", "supervisor": "warning"}
TOLD_HIGH: Audience = {"clinician": "high", "supervisor": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    misses: int = 2
    high_misses: int = 3
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
    yield from runs(person, _judged(person, limits), "attended")


def _judged(person: Person, limits: Thresholds) -> Iterator[Judged]:
    missed: list[Session] = []
    enough = limits.misses
    for number, session in enumerate(person.counted, person.earlier):
        if session.present:
            missed, enough = [], limits.misses
            yield session.ends_at, None
            continue
        missed.append(session)
        if person.care.known and number < limits.new_person_sessions:
            enough = 1
        yield session.ends_at, _holds(person, missed, enough, limits)


def _holds(person: Person, missed: list[Session], enough: int, limits: Thresholds) -> Holds | None:
    if len(missed) < enough:
        return None
    tried = [
        act
        for act in person.acts
        if act.kind == "outreach" and missed[0].starts_at <= act.ts <= person.at
    ]
    evidence = MissedInARow(
        misses=len(missed),
        dates=[session.starts_at for session in missed],
        limit=enough,
        high_misses=limits.high_misses,
        outreach=len(tried),
        outreach_at=tried[-1].ts if tried else None,
        outreach_result=tried[-1].result if tried else None,
    )
    return Holds(TOLD_HIGH if len(missed) >= limits.high_misses else TOLD, evidence)
