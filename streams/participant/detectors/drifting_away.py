"""Drifting away: several quiet signs at once, against the person's own weeks before.

None of them says much alone; two together within three weeks are worth a conversation. Leaving
early on a bad line and silence on one are no signs. With gaps of a quarter, seven to twenty in a
hundred steady people are told of within ten weeks by chance, and of those who really drift more
than eight in ten within four (simulated, tests/streams/participant/test_by_chance.py).
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import Annotated

from msgspec import Meta, Struct

from streams.bounds import Count, Part
from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant import days
from streams.participant.detectors.often_late import minutes_late
from streams.participant.detectors.technology_in_the_way import spoilt
from streams.participant.facts import Person, Session
from streams.participant.judging import Holds, Look, runs
from streams.participant.ledger import DRIFTING

TOLD: Audience = {"clinician": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    parts: Annotated[int, Meta(ge=1, le=4)] = 2  # of as many as it looks at
    last_days: Count = 21
    last_at_least: Count = 4
    before_at_least: Count = 6
    attendance_gap: Part = 0.25
    late_gap: Part = 0.25
    late_minutes: int = 10
    early_gap: Part = 0.25
    early_minutes: int = 15
    signs_drop: Part = 0.30


class DriftingAway(Evidence, frozen=True):
    found: list[str]
    parts: int
    last_days: int
    last_share: float | None
    before_share: float | None
    last_late: float | None
    before_late: float | None
    last_early: float | None
    before_early: float | None
    last_signs: float | None
    before_signs: float | None


Change = tuple[float, float] | None
"""The mean of the last weeks and of before; None where there is too little to compare."""


def episodes(person: Person, limits: Thresholds) -> list[Episode]:
    return person.once(
        "drifting_away",
        lambda: list(runs(person, "drifting_away", _looks(person, limits), "recovered")),
    )


def figures(person: Person, session: Session, limits: Thresholds) -> list[int | None]:
    """What a session adds to each of `DRIFTING`; None where it says nothing about it."""
    attendance = int(session.present) if session.counted else None
    result = session.measured
    if result is None or not session.present:
        return [attendance, None, None, None]
    late = int(minutes_late(session) > limits.late_minutes)
    if spoilt(session, person.limits["technology_in_the_way"]):
        return [attendance, late, None, None]
    early = int(result.early > limits.early_minutes * 60)
    return [attendance, late, early, result.signs if person.inferring else None]


class _Series:
    """One figure of some sessions by their end, with what is remembered of earlier ones."""

    def __init__(self, known: Sequence[tuple[Millis, int]], past: Sequence[int]) -> None:
        self._ends = [ends_at for ends_at, _ in known]
        self._sums = list(accumulate((value for _, value in known), initial=0))
        self._past, self._past_sum = past

    def change(self, since: Millis, now: Millis, limits: Thresholds) -> Change:
        begin, end = bisect_right(self._ends, since), bisect_right(self._ends, now)
        before = self._past + begin
        if end - begin < limits.last_at_least or before < limits.before_at_least:
            return None
        recent = (self._sums[end] - self._sums[begin]) / (end - begin)
        return recent, (self._past_sum + self._sums[begin]) / before


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    told = [(one.ends_at, figures(person, one, limits)) for one in person.judged]
    series = [
        _Series(
            [(ends_at, value) for ends_at, values in told if (value := values[place]) is not None],
            person.past.drifting[place],
        )
        for place in range(len(DRIFTING))
    ]
    for number in person.looks(person.judged):
        now = person.judged[number - 1].ends_at
        since = days.days_later(now, -limits.last_days, person.zone)
        changes = [one.change(since, now, limits) for one in series]
        found = _found(changes, limits)
        drifts = len(found) >= limits.parts
        yield Look(now, drifts, drifts, partial(_holds, found, changes, limits))


def _found(changes: Sequence[Change], limits: Thresholds) -> list[str]:
    attendance, late, early, signs = changes
    less = (
        attendance is not None and attendance[1] - attendance[0] >= limits.attendance_gap,
        late is not None and late[0] - late[1] >= limits.late_gap,
        early is not None and early[0] - early[1] >= limits.early_gap,
        signs is not None and signs[0] < (1 - limits.signs_drop) * signs[1],
    )
    return [name for name, one in zip(DRIFTING, less, strict=True) if one]


def _holds(found: list[str], changes: Sequence[Change], limits: Thresholds) -> Holds:
    *shares, signs = changes
    told = [*shares, None if signs is None else (signs[0] / 100, signs[1] / 100)]
    rounded = [
        None if value is None else round(value, 3) for one in told for value in one or (None, None)
    ]
    return Holds(TOLD, DriftingAway(found, limits.parts, limits.last_days, *rounded))
