"""Drifting away: several quiet signs at once, against the person's own weeks before.

None of them says much alone; two together within three weeks are worth a conversation. Leaving
early on a bad line and silence on one are no signs. With gaps of a quarter, seven to twenty in a
hundred steady people are told of within ten weeks by chance, and of those who really drift more
than eight in ten within four (simulated, tests/streams/participant/test_by_chance.py).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, median

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant import days
from streams.participant.detectors.often_late import minutes_late
from streams.participant.detectors.technology_in_the_way import spoilt
from streams.participant.facts import Person, Session
from streams.participant.judging import Holds, Judged, runs

TOLD: Audience = {"clinician": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    parts: int = 2
    last_days: int = 21
    last_at_least: int = 4
    before_at_least: int = 6
    attendance_gap: float = 0.25
    late_gap: float = 0.25
    late_minutes: int = 10
    early_gap: float = 0.25
    early_minutes: int = 15
    signs_drop: float = 0.30


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
"""The figure of the last weeks and of before; None where there is too little to compare."""
Whole = Callable[[Sequence[float]], float]


def episodes(person: Person, limits: Thresholds) -> list[Episode]:
    return person.once(
        "drifting_away", lambda: list(runs(person, _judged(person, limits), "recovered"))
    )


class _Series:
    """One figure of some sessions, by their end."""

    def __init__(
        self, sessions: Sequence[Session], figure: Callable[[Session], float], whole: Whole
    ) -> None:
        self._ends = [session.ends_at for session in sessions]
        self._values = [figure(session) for session in sessions]
        self._whole = whole

    def change(self, since: Millis, now: Millis, limits: Thresholds) -> Change:
        begin, end = bisect_right(self._ends, since), bisect_right(self._ends, now)
        if end - begin < limits.last_at_least or begin < limits.before_at_least:
            return None
        last, before = self._values[begin:end], self._values[:begin]
        return round(self._whole(last), 3), round(self._whole(before), 3)


def _judged(person: Person, limits: Thresholds) -> Iterator[Judged]:
    tech = person.limits["technology_in_the_way"]
    good = [one for one in person.by_video if not spoilt(one, tech)]
    told = [one for one in good if one.result is not None and one.result.signs is not None]
    attendance = _Series(person.counted, lambda one: one.present, fmean)
    late = _Series(person.by_video, lambda one: minutes_late(one) > limits.late_minutes, fmean)
    early = _Series(good, lambda one: _minutes_early(one) > limits.early_minutes, fmean)
    signs = _Series(told if person.inferring else (), _signs, median)
    for session in person.judged:
        now = session.ends_at
        since = days.days_later(now, -limits.last_days, person.zone)
        changes = [one.change(since, now, limits) for one in (attendance, late, early, signs)]
        found = [
            name
            for name, less in (
                ("attendance", _fell(changes[0], limits.attendance_gap)),
                ("lateness", _rose(changes[1], limits.late_gap)),
                ("leaving_early", _rose(changes[2], limits.early_gap)),
                ("signs", _fell_by_share(changes[3], limits.signs_drop)),
            )
            if less
        ]
        figures = [figure for change in changes for figure in change or (None, None)]
        evidence = DriftingAway(found, limits.parts, limits.last_days, *figures)
        yield now, Holds(TOLD, evidence) if len(found) >= limits.parts else None


def _fell(change: Change, gap: float) -> bool:
    return change is not None and change[1] - change[0] >= gap


def _rose(change: Change, gap: float) -> bool:
    return change is not None and change[0] - change[1] >= gap


def _fell_by_share(change: Change, drop: float) -> bool:
    return change is not None and change[0] < (1 - drop) * change[1]


def _minutes_early(session: Session) -> float:
    return session.result.early / 60 if session.result is not None else 0


def _signs(session: Session) -> float:
    return (session.result.signs or 0) / 100 if session.result is not None else 0
