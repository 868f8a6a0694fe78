"""Drifting away: several quiet signs at once, against the person's own weeks before.

None of them says much alone; two together within three weeks are worth a conversation. Leaving
early on a bad line and silence on one are no signs.
"""

from collections.abc import Callable, Iterator, Sequence
from statistics import mean, median

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.participant import days
from streams.participant.detectors.often_late import by_video, minutes_late
from streams.participant.detectors.technology_in_the_way import spoilt
from streams.participant.facts import Person, Session, share
from streams.participant.judging import Holds, Judged, runs

TOLD: Audience = {"clinician": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    parts: int = 2
    last_days: int = 21
    last_at_least: int = 5
    before_at_least: int = 6
    attendance_gap: float = 0.40
    late_gap: float = 0.40
    late_minutes: int = 10
    early_gap: float = 0.40
    early_minutes: int = 15
    signs_drop: float = 0.40


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


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    yield from runs(person, _judged(person, limits), "recovered")


def _judged(person: Person, limits: Thresholds) -> Iterator[Judged]:
    for session in person.judged:
        found = _found(person, session, limits)
        holds = Holds(TOLD, found) if len(found.found) >= limits.parts else None
        yield session.ends_at, holds


def _found(person: Person, now: Session, limits: Thresholds) -> DriftingAway:
    tech = person.limits["technology_in_the_way"]
    good = [one for one in by_video(person) if not spoilt(one, tech)]

    def change(sessions: Sequence[Session], figure: Callable[[Sequence[Session]], float]) -> Change:
        since = days.days_later(now.ends_at, -limits.last_days, person.zone)
        last = [one for one in sessions if since < one.ends_at <= now.ends_at]
        before = [one for one in sessions if one.ends_at <= since]
        if len(last) < limits.last_at_least or len(before) < limits.before_at_least:
            return None
        return round(figure(last), 3), round(figure(before), 3)

    def late(sessions: Sequence[Session]) -> float:
        return mean(minutes_late(one) > limits.late_minutes for one in sessions)

    def early(sessions: Sequence[Session]) -> float:
        return mean(_early(one) > limits.early_minutes for one in sessions)

    attendance = change(person.counted, share)
    lateness = change(by_video(person), late)
    leaving = change(good, early)
    signs = change([one for one in good if _signs(one) is not None], _usual_signs)
    found = [
        name
        for name, less in (
            ("attendance", _fell(attendance, limits.attendance_gap)),
            ("lateness", _rose(lateness, limits.late_gap)),
            ("leaving_early", _rose(leaving, limits.early_gap)),
            ("signs", person.inferring and _fell_by_share(signs, limits.signs_drop)),
        )
        if less
    ]
    return DriftingAway(
        found,
        limits.parts,
        limits.last_days,
        *(attendance or (None, None)),
        *(lateness or (None, None)),
        *(leaving or (None, None)),
        *(signs or (None, None)),
    )


def _fell(change: Change, gap: float) -> bool:
    return change is not None and change[1] - change[0] >= gap


def _rose(change: Change, gap: float) -> bool:
    return change is not None and change[0] - change[1] >= gap


def _fell_by_share(change: Change, drop: float) -> bool:
    return change is not None and change[0] < (1 - drop) * change[1]


def _early(session: Session) -> int:
    return session.result.early // 60 if session.result is not None else 0


def _signs(session: Session) -> int | None:
    return session.result.signs if session.result is not None else None


def _usual_signs(sessions: Sequence[Session]) -> float:
    return median(_signs(session) or 0 for session in sessions) / 1000
