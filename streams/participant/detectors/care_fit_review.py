"""Care fit review: what speaks for a conversation about what fits the person.

In person, hybrid, another level of care, or just as it is: it is a prompt for a conversation, and
never a recommendation. A recorded review ends it, and uses up what it was about.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from streams.bounds import Count
from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import Millis
from streams.participant import days
from streams.participant.detectors import drifting_away, no_private_place, technology_in_the_way
from streams.participant.facts import Act, Person

TOLD: Audience = {"clinician": "high", "supervisor": "high"}
NO_CRISIS = frozenset({"no_crisis"})
STANDING = {
    "technology_in_the_way": technology_in_the_way,
    "no_private_place": no_private_place,
    "drifting_away": drifting_away,
}
HELPED = frozenset({"technology_in_the_way", "no_private_place"})
"""What counts only if it stands in spite of recorded help."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    within_days: Count = 28
    standing_days: int = 14
    misses: Count = 3
    crises: Count = 2


class CareFitReview(Evidence, frozen=True):
    causes: list[str]
    since_at: Millis
    within_days: int
    standing_days: int | None
    misses: int | None
    crises: int | None
    helped: int


Cause = tuple[Millis, str]


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    ends = [(act.ts, "reviewed") for act in person.acts if act.kind == "review"]
    ends = sorted([*ends, *person.care.pauses])
    told = causes(person, limits)
    while told:
        raised = told[0][0]
        cleared, reason = next((end for end in ends if end[0] > raised), (NEVER, None))
        own = [one for one in told if one[0] <= min(cleared, max(person.at, raised))]
        told = [one for one in told if one[0] > cleared]
        evidence = _evidence(person, own, limits)
        yield Episode(raised, None if cleared == NEVER else cleared, TOLD, evidence, reason=reason)


def causes(person: Person, limits: Thresholds) -> list[Cause]:
    """Of the last weeks, and what is remembered from before them."""
    return person.once("causes", lambda: _all_causes(person, limits))


def _all_causes(person: Person, limits: Thresholds) -> list[Cause]:
    since = days.days_later(person.at, -limits.within_days, person.zone)
    found = {one for one in _causes(person, limits) if one[0] > since}
    return sorted(one for one in {*found, *person.earlier_causes} if person.care.active_at(one[0]))


def _causes(person: Person, limits: Thresholds) -> Iterator[Cause]:
    for rule, module in STANDING.items():
        for episode in module.episodes(person, person.limits[rule]):
            yield from _standing(person, rule, episode, limits)
    missed = person.past.missed
    for session in person.in_a_row:
        missed = 0 if session.present else missed + 1
        if missed == limits.misses:
            yield session.ends_at, "missed_in_a_row"
    crises = [act.ts for act in person.acts if _crisis(act)]
    for number in range(limits.crises - 1, len(crises)):
        first, now = crises[number - limits.crises + 1], crises[number]
        if now <= days.days_later(first, limits.within_days, person.zone):
            yield now, "crisis_reported"


def _standing(person: Person, rule: str, episode: Any, limits: Thresholds) -> Iterator[Cause]:
    """When an episode has stood for long enough and, where help counts, help was recorded."""
    instant = days.days_later(episode.raised, limits.standing_days, person.zone)
    if rule in HELPED:
        helped = first_help(person, episode.raised, limits)
        if helped is None:
            return
        instant = max(instant, helped)
    if episode.cleared is None or instant < episode.cleared:
        yield instant, rule


def first_help(person: Person, raised: Millis, limits: Thresholds) -> Millis | None:
    """The first help recorded that counts for a rule which stands since `raised`."""
    standing = days.days_later(raised, limits.standing_days, person.zone)
    since = days.days_later(standing, -limits.within_days, person.zone)
    return next((act.ts for act in person.acts if _help(act) and act.ts >= since), None)


def _help(act: Act) -> bool:
    return act.kind in ("help", "outreach") and act.result != "not_needed"


def _crisis(act: Act) -> bool:
    """A report that staff closed as a crisis."""
    closed = act.kind == "crisis" and act.result not in NO_CRISIS
    return closed or (act.kind == "help" and act.result == "became_crisis")


def _evidence(person: Person, causes: list[Cause], limits: Thresholds) -> CareFitReview:
    codes = list(dict.fromkeys(code for _, code in causes))
    standing = any(code in STANDING for code in codes)
    since = days.days_later(causes[0][0], -limits.within_days, person.zone)
    return CareFitReview(
        causes=codes,
        since_at=causes[0][0],
        within_days=limits.within_days,
        standing_days=limits.standing_days if standing else None,
        misses=limits.misses if "missed_in_a_row" in codes else None,
        crises=limits.crises if "crisis_reported" in codes else None,
        helped=sum(_help(act) for act in person.acts if since < act.ts),
    )
