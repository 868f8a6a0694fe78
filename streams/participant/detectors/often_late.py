"""Often late: late in several of the last sessions attended by video.

Three of six happen by chance to 11 % of people within 24 sessions if one in ten is late, and to
half of them if one in five is (computed): told quietly, with the minutes.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from msgspec import Struct

from streams.bounds import Count, Order
from streams.episodes import Audience, Episode, Evidence
from streams.participant.facts import Person, Session, last
from streams.participant.judging import Holds, Look, runs

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"late_sessions": "last_sessions"}

    late_sessions: Count = 3
    last_sessions: Count = 6
    late_minutes: int = 10


class OftenLate(Evidence, frozen=True):
    late: int
    minutes: list[int]
    late_sessions: int
    last_sessions: int
    late_minutes: int


def minutes_late(session: Session) -> float:
    return session.result.late / 60 if session.result is not None else 0


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    yield from runs(person, "often_late", _looks(person, limits), "recovered")


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    came = person.by_video
    for number in person.looks(came):
        recent = last(came[:number], limits.last_sessions)
        minutes = [minutes_late(one) for one in recent if minutes_late(one) > limits.late_minutes]
        often = len(minutes) >= limits.late_sessions
        yield Look(came[number - 1].ends_at, often, often, partial(_holds, minutes, limits))


def _holds(minutes: Sequence[float], limits: Thresholds) -> Holds:
    evidence = OftenLate(
        late=len(minutes),
        minutes=[round(one) for one in minutes],
        late_sessions=limits.late_sessions,
        last_sessions=limits.last_sessions,
        late_minutes=limits.late_minutes,
    )
    return Holds(TOLD, evidence)
