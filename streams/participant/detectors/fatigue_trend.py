"""Fatigue trend: the highest fatigue index of the last sessions is rising.

Theil-Sen's slope and the exact one-sided Mann-Kendall test over ten sessions; both, since either
alone fires on noise. Judged once a week and told quietly: with neighbours alike, ten values give
about double the false alarms that the test promises (computed).
"""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from streams.bounds import Chance
from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant import trend
from streams.participant.facts import Person
from streams.participant.judging import Holds, Look, runs

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    last_sessions: Annotated[int, Meta(ge=4)] = 10  # three rise by chance in one of six
    slope: float = 0.02
    chance: Chance = 0.05


class FatigueTrend(Evidence, frozen=True):
    series: list[float]
    slope: float
    slope_limit: float
    p: float
    chance: float
    since_at: Millis


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    if person.consents:
        yield from runs(person, "fatigue_trend", _looks(person, limits), "recovered")


def _looks(person: Person, limits: Thresholds) -> Iterator[Look]:
    """At the end of each week; once raised it holds until the slope is 0 or less."""
    known = [
        (session, session.result.fatigue / 1000)
        for session in person.judged
        if session.result is not None and session.result.fatigue is not None
    ]
    for week, end in person.week_ends():
        recent = [one for one in known if one[0].week <= week][-limits.last_sessions :]
        if end > person.at or len(recent) < limits.last_sessions:
            continue
        evidence = _evidence([index for _, index in recent], recent[0][0].starts_at, limits)
        rises = evidence.slope > limits.slope and evidence.p < limits.chance
        yield Look(end, rises, evidence.slope > 0, partial(Holds, TOLD, evidence))


def _evidence(series: list[float], since_at: Millis, limits: Thresholds) -> FatigueTrend:
    return FatigueTrend(
        series=series,
        slope=round(trend.slope(series), 4),
        slope_limit=limits.slope,
        p=round(trend.rising_p(series), 4),
        chance=limits.chance,
        since_at=since_at,
    )
