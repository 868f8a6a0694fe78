"""Fatigue trend: the highest fatigue index of the last sessions is rising.

Theil-Sen's slope and the exact one-sided Mann-Kendall test over ten sessions; both, since either
alone fires on noise. Judged once a week and told quietly: with neighbours alike, ten values give
about double the false alarms that the test promises (computed).
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant import trend
from streams.participant.facts import Person
from streams.participant.judging import Holds, Judged, runs

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    last_sessions: int = 10
    slope: float = 0.02
    chance: float = 0.05


class FatigueTrend(Evidence, frozen=True):
    series: list[float]
    slope: float
    slope_limit: float
    p: float
    chance: float
    since_at: Millis


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    if person.consents:
        yield from runs(person, _judged(person, limits), "recovered")


def _judged(person: Person, limits: Thresholds) -> Iterator[Judged]:
    """At the end of each week; once raised it holds until the slope is 0 or less."""
    known = [
        (session, session.result.fatigue / 1000)
        for session in person.judged
        if session.result is not None and session.result.fatigue is not None
    ]
    standing = False
    for week, end in person.week_ends():
        recent = [one for one in known if one[0].week <= week][-limits.last_sessions :]
        if end > person.at or len(recent) < limits.last_sessions:
            continue
        series = [index for _, index in recent]
        slope, p = trend.slope(series), trend.rising_p(series)
        standing = slope > 0 if standing else slope > limits.slope and p < limits.chance
        evidence = FatigueTrend(
            series=series,
            slope=round(slope, 4),
            slope_limit=limits.slope,
            p=round(p, 4),
            chance=limits.chance,
            since_at=recent[0][0].starts_at,
        )
        yield end, Holds(TOLD, evidence) if standing else None
