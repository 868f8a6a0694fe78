"""Welcome back: good news. Somebody came after missing, or had the best week of the last four."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from streams.bounds import Count, Several
from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.participant.facts import Person, Session
from streams.participant.judging import Holds

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    misses: Count = 2
    best_of_weeks: Several = 4
    more_minutes: int = 60


class WelcomeBack(Evidence, frozen=True):
    at: Millis
    improved: str
    misses: int | None
    misses_limit: int | None
    minutes: int | None
    best_before: int | None
    more_minutes: int | None
    best_of_weeks: int | None


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    for name, instant, holds in (*_returns(person, limits), *_best_weeks(person, limits)):
        if person.care.active_at(instant):
            yield Episode(instant, None, holds.audience, holds.evidence, subject=name)


def _returns(person: Person, limits: Thresholds) -> Iterator[tuple[str, Millis, Holds]]:
    """The first session attended after so many missed in a row."""
    missed = person.past.missed
    for session in person.in_a_row:
        if session.present and missed >= limits.misses:
            evidence = WelcomeBack(
                session.starts_at, "came_back", missed, limits.misses, None, None, None, None
            )
            yield f"day:{session.day}", session.ends_at, Holds(TOLD, evidence)
        missed = 0 if session.present else missed + 1


def _best_weeks(person: Person, limits: Thresholds) -> Iterator[tuple[str, Millis, Holds]]:
    """A whole week, by so much better than each of those before it that it is no chance."""
    weeks = [(week, end) for week, end in person.week_ends() if end <= person.at]
    minutes = [_minutes(person, week) for week, _ in weeks]
    for number in range(limits.best_of_weeks - 1, len(weeks)):
        before = minutes[number - limits.best_of_weeks + 1 : number]
        known = [one for one in before if one is not None]
        this = minutes[number]
        if this is None or len(known) < len(before):
            continue
        if this >= max(known) + limits.more_minutes:
            week, end = weeks[number]
            first = person.of_week(week)[0]
            evidence = WelcomeBack(
                first.starts_at,
                "best_week",
                None,
                None,
                this,
                max(known),
                limits.more_minutes,
                limits.best_of_weeks,
            )
            yield f"week:{week}", end, Holds(TOLD, evidence)


def _minutes(person: Person, week: date) -> int | None:
    """Minutes attended; None for a week in which nothing was to be attended."""
    judged: list[Session] = [one for one in person.judged if one.week == week and one.counted]
    return sum(one.attended for one in judged) // MINUTE if judged else None
