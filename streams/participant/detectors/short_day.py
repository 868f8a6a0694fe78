"""Short day: on a day with some care, less than the payer's minimum was attended.

Payers of a day rate ask for three hours a day (H0015, S9480); under it there is no day to bill.
Off (0) unless a program's rules set it; a fact for the record.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.participant.facts import Person, Session

TOLD: Audience = {"clinician": "info", "manager": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    minimum_minutes: int = 0


class ShortDay(Evidence, frozen=True):
    day_at: Millis
    minutes: int
    minimum_minutes: int


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    if not limits.minimum_minutes:
        return
    for session in _last_of_each_day(person):
        same_day = [one for one in person.judged if one.day == session.day]
        minutes = sum(one.attended for one in same_day) // MINUTE
        if 0 < minutes < limits.minimum_minutes and person.care.active_at(session.ends_at):
            evidence = ShortDay(same_day[0].starts_at, minutes, limits.minimum_minutes)
            day = f"day:{session.day}"
            yield Episode(session.ends_at, None, TOLD, evidence, subject=day)


def _last_of_each_day(person: Person) -> Iterator[Session]:
    """Judged sessions after which none is still expected that day."""
    for session in person.judged:
        later = [
            one
            for one in person.sessions
            if one.day == session.day
            and (one.ends_at, one.key) > (session.ends_at, session.key)
            and (one.outcome is not None or one.planned_at(session.ends_at))
        ]
        if not later:
            yield session
