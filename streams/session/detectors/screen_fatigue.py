"""Screen fatigue: the index has been high for ten minutes. For the clinician, without a notice.

Cameras tire by themselves and are off for many reasons, so they count a tenth at most; the
person's own word has most of the weight. Weights, floors and thresholds were chosen; the reasons
for the baseline's figures are chance's (docs/detectors.md, Fatigue index). A break, and the three
minutes after it, neither hold it nor end it; a time in which it could not be told is no time for
which it was held.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from streams.bounds import Divisor, Order, Part
from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Person, Room
from streams.session.fatigue import PARTS, reading, since_break, told
from streams.session.ledger import BLOCK
from streams.session.presence import clip, length, within

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"cleared_index": "index"}

    index: Part = 0.7
    held_minutes: int = 10
    cleared_index: Part = 0.5
    cleared_minutes: int = 10
    full_change: Divisor = 2.0
    speaking_weight: float = 0.35
    chat_weight: float = 0.2
    reactions_weight: float = 0.15
    polls_weight: float = 0.15
    poll_latency_weight: float = 0.15
    camera_weight: Annotated[float, Meta(le=0.1)] = 0.1
    load_weight: float = 0.2
    report_weight: Annotated[float, Meta(ge=0.5, le=1)] = 0.6
    long_week_share: Divisor = 0.5
    speaking_floor: Divisor = 0.01
    chat_floor: Divisor = 0.5
    reactions_floor: Divisor = 0.5
    polls_floor: Divisor = 0.1
    poll_latency_floor: Divisor = 2.0
    camera_floor: Divisor = 0.1


class ScreenFatigue(Evidence, frozen=True):
    """The parts are each one's change against the person's own usual, 0..1."""

    since: Millis
    index: float
    speaking: float | None
    chat: float | None
    reactions: float | None
    polls: float | None
    poll_latency: float | None
    camera: float | None
    load: float
    report: int | None
    minutes_on_screen: int
    since_break_minutes: int
    weights: dict[str, float]
    index_limit: float
    held_minutes: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None or not person.patient or person.is_host:
        return
    begun: Millis | None = None
    raised: Millis | None = None
    since = 0
    last = NEVER
    for now in told(room, person.participant_id):
        if within(room.stopped, now.at):
            continue
        if begun is not None and _untold(room, last, now.at):
            begun = None
        last = now.at
        high = now.index >= limits.index and now.own
        low = now.index < limits.cleared_index
        if not (high if raised is None else low):
            begun = None
            continue
        begun = now.at if begun is None else begun
        minutes = limits.held_minutes if raised is None else limits.cleared_minutes
        if now.at < room.timer(begun, minutes * MINUTE):
            continue
        if raised is not None:
            yield Episode(raised, now.at, TOLD, _evidence(person, room, since, raised, limits))
            raised = begun = None
        elif not within(person.troubles, now.at):
            raised, since, begun = now.at, begun, None
    if raised is not None:
        yield Episode(raised, None, TOLD, _evidence(person, room, since, raised, limits))


def _untold(room: Room, after: Millis, before: Millis) -> bool:
    """Whether there was a look between these two, outside of breaks, at which nothing was told."""
    return any(not within(room.stopped, at) for at in range(after + BLOCK, before, BLOCK))


def _evidence(
    person: Person, room: Room, since: Millis, at: Millis, limits: Thresholds
) -> ScreenFatigue:
    now = reading(person, room, at, limits)
    changes = now.changes if now else {}
    weights = {name: getattr(limits, f"{name}_weight") for name in (*PARTS, "load", "report")}
    screen = length(clip(person.connected_spans, room.starts_at, at))
    return ScreenFatigue(
        since=since,
        index=now.index if now else limits.index,
        speaking=changes.get("speaking"),
        chat=changes.get("chat"),
        reactions=changes.get("reactions"),
        polls=changes.get("polls"),
        poll_latency=changes.get("poll_latency"),
        camera=changes.get("camera"),
        load=now.load if now else 0.0,
        report=now.report if now else None,
        minutes_on_screen=screen // MINUTE,
        since_break_minutes=since_break(room, at) // MINUTE,
        weights=weights,
        index_limit=limits.index,
        held_minutes=limits.held_minutes,
    )
