"""The fatigue index: how much a person's signs of taking part fell behind their own usual, 0..1.

Every five minutes, over the last thirty (docs/detectors.md, Fatigue index). Each part is the
one-sided robust change against the person's own median for the same half hour of a session,
in units of the MAD scaled to a standard deviation; before there is such a usual, against the
first thirty minutes of this session. The load adds to it; the person's own word has most of the
weight. Blocks in which something technical was wrong, or a break, are left out: a frozen line is
no fatigue. It says what was seen, and nothing about anybody's mind.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from msgspec import Struct

from streams.events import HOUR, MINUTE, Millis
from streams.session.engagement import (
    ANSWERED,
    CHAT,
    LATENCY_MS,
    MISSED,
    REACTIONS,
    SPOKE_MS,
    TIMED,
)
from streams.session.facts import Person, Room
from streams.session.ledger import BLOCK
from streams.session.presence import Span, clip, common, length, minus

HALF_HOUR = 30 * MINUTE
HALF_HOURS = 6
"""Of a session: what comes later belongs to the sixth."""
LEAST_BLOCKS = 3
"""Of the six of half an hour, and of one at least half."""
MAD_TO_SIGMA = 1.4826
"""MAD times this is the standard deviation of a normal distribution."""
LEAST_COUNT, FULL_COUNT = 5, 10
"""Sessions before a usual counts at all, and in full: 3 MAD of 5 values lie within chance."""
TRUST_IN_FIRST = 0.5
"""In the first half hour of this session, where there is no usual."""
RISING: Final = frozenset({"poll_latency"})
PARTS: Final = ("speaking", "chat", "reactions", "polls", "poll_latency", "camera")
_FLOORS: Final = {name: f"{name}_floor" for name in PARTS}
_WEIGHTS: Final = {name: f"{name}_weight" for name in PARTS}
Usual: TypeAlias = tuple[float, float, int]
FULL_REPORT = 4
"""The highest score of a person's own report."""
REST_ENOUGH = 4 * HOUR
"""Since the last session; chosen."""


class Reading(Struct, frozen=True):
    """The index at one look, and what it is made of. `own`: held against the person's own usual,
    or told by them."""

    at: Millis
    index: float
    own: bool
    changes: Mapping[str, float]
    """Each part's change, 0..1."""
    load: float
    report: int | None

    @property
    def code(self) -> int:
        """The index in thousandths, times two, plus one where it is the person's own."""
        return round(self.index * 1000) * 2 + self.own


class Told(Struct, frozen=True, gc=False):
    """The index at one look."""

    at: Millis
    index: float
    own: bool


UNTOLD = -1
"""The code of a look at which the index could not be told."""


def told(room: Room, participant_id: str) -> list[Told]:
    """The person's readings so far, in order."""
    codes = room.readings.get(participant_id, ())
    return [
        Told(at, code // 2 / 1000, bool(code % 2))
        for at, code in zip(looks(room, room.ends_at), codes, strict=False)
        if code != UNTOLD
    ]


def parts(person: Person, room: Room, start: Millis, end: Millis) -> dict[str, float] | None:
    """What a person did between two block edges; `None` where too little could be measured.

    Shares of time for `speaking` and `camera`, numbers in half an hour for `chat` and
    `reactions`, the share answered for `polls`, seconds for `poll_latency`.
    """
    numbers, spans = _good_blocks(person, room, start, end)
    if len(numbers) < LEAST_BLOCKS:
        return None
    time = length(spans)
    totals = person.engagement.totals(numbers)
    polls = totals[ANSWERED] + totals[MISSED]
    found = {
        "speaking": min(1.0, totals[SPOKE_MS] / time),
        "chat": totals[CHAT] * HALF_HOUR / time,
        "reactions": totals[REACTIONS] * HALF_HOUR / time,
    }
    if polls:
        found["polls"] = totals[ANSWERED] / polls
    if totals[TIMED]:
        found["poll_latency"] = totals[LATENCY_MS] / totals[TIMED] / 1000
    switched_at = person.media.switched_at
    if switched_at is not None and switched_at <= end:
        found["camera"] = length(common(spans, person.media.camera)) / time
    return {name: round(value, 4) for name, value in found.items()}


def _good_blocks(
    person: Person, room: Room, start: Millis, end: Millis
) -> tuple[Sequence[int], Sequence[Span]]:
    """The blocks of which at least half could be measured, by number, and when in them."""
    there = _measurable(person, room, start, end)
    numbers = range(start // BLOCK, end // BLOCK)
    if there == ((start, end),):
        return numbers, there
    good: list[int] = []
    spans: list[Span] = []
    for number in numbers if there else ():
        inside = clip(there, number * BLOCK, (number + 1) * BLOCK)
        if 2 * length(inside) >= BLOCK:
            good.append(number)
            spans += inside
    return good, spans


def half_hours(person: Person, room: Room) -> list[dict[str, float]]:
    """The parts of each half hour of the session; empty where too little was measured."""
    first = room.starts_at - room.starts_at % BLOCK
    until = room.real_end(room.closes_at)
    starts = range(first, min(until, first + HALF_HOURS * HALF_HOUR), HALF_HOUR)
    found = [parts(person, room, start, start + HALF_HOUR) or {} for start in starts]
    while found and not found[-1]:
        found.pop()
    return found


def _measurable(person: Person, room: Room, start: Millis, end: Millis) -> tuple[Span, ...]:
    """While the person was there with consent, nothing was wrong, and no break."""
    there = clip(person.connected_spans, max(start, person.counted_since), end)
    for wrong in (person.troubles, room.stopped):
        there = minus(there, wrong) if wrong else there
    return there


def measured(person: Person, at: Millis) -> bool:
    """Whether signs are counted for this person at all, as known then: so that none means none."""
    if person.counted_since > at:
        return False
    profile = person.profile
    if profile is not None and profile.ts <= at and (profile.usual or profile.gap_p90_minutes):
        return True
    counted = person.engagement
    return bool(counted.blocks) and (counted.first + 1) * BLOCK <= at


def looks(room: Room, until: Millis) -> range:
    """When the index is told: every five minutes, from the first half hour on."""
    if room.opening is None:
        return range(0)
    first = -(-(room.opening + HALF_HOUR) // BLOCK) * BLOCK
    return range(first, min(until, room.ends_at) + 1, BLOCK)


def reading(person: Person, room: Room, at: Millis, limits: Any) -> Reading | None:
    """The index at a look; `None` where it cannot be told. `limits`: of `screen_fatigue`."""
    if not measured(person, at):
        return None
    now = parts(person, room, at - HALF_HOUR, at)
    usual = _usual(person, room, at)
    changes, trusts = _changes(person, room, at, now, usual, limits) if now else ({}, {})
    signs = _signs(changes, trusts, limits)
    report = _report(person, at)
    if signs is None and report is None:
        return None
    load = _load(person, room, at, limits)
    index = min(1.0, (signs or 0.0) + limits.load_weight * load)
    if report is not None:
        told = report / FULL_REPORT
        weight = limits.report_weight if signs is not None else 1.0
        index = weight * told + (1 - weight) * index
    own = report is not None or any(name in usual for name in changes if name != "camera")
    return Reading(
        at=at,
        index=round(index, 3),
        own=own,
        changes={name: round(change, 2) for name, change in changes.items()},
        load=round(load, 2),
        report=report,
    )


def _changes(
    person: Person,
    room: Room,
    at: Millis,
    now: Mapping[str, float],
    usual: Mapping[str, Usual],
    limits: Any,
) -> tuple[dict[str, float], dict[str, float]]:
    """Each part's change, and how much its usual is to be trusted."""
    first: dict[str, float] | None = None
    changes: dict[str, float] = {}
    trusts: dict[str, float] = {}
    for name, value in now.items():
        floor = getattr(limits, _FLOORS[name])
        if name in usual:
            middle, mad, count = usual[name]
            spread, trust = max(mad, floor), min(1.0, count / FULL_COUNT)
        else:
            if first is None:
                first = _first(person, room, at)
            if name not in first:
                continue
            middle, spread, trust = first[name], floor, TRUST_IN_FIRST
        if name not in RISING and middle <= floor:
            continue  # what a person hardly ever does cannot fall
        change = value - middle if name in RISING else middle - value
        scaled = change / (MAD_TO_SIGMA * spread) / limits.full_change
        changes[name], trusts[name] = min(1.0, max(0.0, scaled)), trust
    return changes, trusts


def _usual(person: Person, room: Room, at: Millis) -> dict[str, Usual]:
    """The person's own median, MAD and count of each part, for the half hour in which most of the
    time lies."""
    profile = person.profile
    if profile is None or profile.ts > at:
        return {}
    middle = at - HALF_HOUR // 2 - room.starts_at
    half_hour = min(HALF_HOURS - 1, max(0, middle // HALF_HOUR))
    found: dict[str, Usual] = {}
    for number, name, median, mad, count in profile.usual:
        if number == half_hour and count >= LEAST_COUNT and name not in found:
            found[name] = (median / 1000, mad / 1000, count)
    return found


def _first(person: Person, room: Room, at: Millis) -> dict[str, float]:
    """The parts of this session's first half hour, once it lies behind."""
    behind = looks(room, at - HALF_HOUR)
    return (parts(person, room, behind[0] - HALF_HOUR, behind[0]) or {}) if behind else {}


def _signs(changes: Mapping[str, float], trusts: Mapping[str, float], limits: Any) -> float | None:
    """The weighted mean; the camera counts for its weight at most, and never alone."""
    weights: dict[str, float] = {
        name: getattr(limits, _WEIGHTS[name]) * trusts[name] for name in changes if name != "camera"
    }
    whole = sum(weights.values())
    if not whole:
        return None
    mean = sum(weights[name] * changes[name] for name in weights) / whole
    if "camera" not in changes:
        return mean
    camera: float = limits.camera_weight * trusts["camera"]
    return (1 - camera) * mean + camera * changes["camera"]


def _report(person: Person, at: Millis) -> int | None:
    """The person's own latest word of the last half hour."""
    told = [
        one.score
        for one in person.reports
        if one.kind == "fatigue" and one.score is not None and at - HALF_HOUR < one.ts <= at
    ]
    return told[-1] if told else None


def since_break(room: Room, at: Millis) -> Millis:
    """Time since the last break, or the opening."""
    ends = [end for _, end in room.breaks if end <= at]
    return at - max([room.opening or at, *ends])


def _load(person: Person, room: Room, at: Millis, limits: Any) -> float:
    """The highest of three: long without a break, a long week, little rest before; 0..1."""
    longest = room.limits["break_due"].minutes * MINUTE
    terms = [(since_break(room, at) - longest) / longest if longest else 0.0]
    profile = person.profile
    if profile is not None and profile.ts <= at:
        if profile.usual_minutes_week:
            beyond = profile.minutes_week / profile.usual_minutes_week - 1
            terms.append(beyond / limits.long_week_share)
        if profile.last_attended_at is not None:
            terms.append(1 - (room.starts_at - profile.last_attended_at) / REST_ENOUGH)
    return min(1.0, max(0.0, *terms))


def highest_held(readings: Sequence[Told], minutes: int) -> float | None:
    """The highest index that was held for so long, told at every look of it."""
    number = minutes * MINUTE // BLOCK + 1
    runs = (readings[n : n + number] for n in range(len(readings) - number + 1))
    held = (run for run in runs if run[-1].at - run[0].at == (number - 1) * BLOCK)
    return max((min(one.index for one in run) for run in held), default=None)


def gaps(person: Person, room: Room) -> list[float]:
    """Stretches without a sign while one could have been seen, in minutes of a minute or more."""
    until = room.real_end(room.closes_at)
    minutes = list(person.engagement.minutes())
    found: list[float] = []
    for start, end in _measurable(person, room, room.opening or until, until):
        edges = [start, *(one for one in minutes if start <= one < end), end]
        begun = start
        for edge in edges[1:]:
            if edge - begun >= MINUTE:
                found.append(round((edge - begun) / MINUTE, 1))
            begun = edge + MINUTE
    return found
