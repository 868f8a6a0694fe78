"""Poor connection: a patient's line has been bad for a minute; after five, more urgent.

The best of the person's connections counts: a bad phone beside a good laptop is no trouble.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, SECOND, Cause, ConnectionState, Millis, Path
from streams.session.facts import Person, Room
from streams.session.lines import Stretch

TOLD: Audience = {"tech": "warning"}
TOLD_LATER: Audience = {"tech": "high"}
CLEARED_AFTER = 60 * SECOND
"""Of a fair line or better."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    held_seconds: int = 60
    high_after_minutes: int = 5


class PoorConnection(Evidence, frozen=True):
    since: Millis
    state: ConnectionState
    mos: float
    rtt_ms: float
    jitter_ms: float
    loss: float
    cause: Cause
    path: Path | None
    held_seconds: int
    high_after_minutes: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if not person.virtual or not person.line.bad:
        return
    for told in person.line.times():
        cleared = -1
        for start, end in _bad_runs(told):
            due = room.goes_on(room.timer(start, limits.held_seconds * SECOND))
            if start < cleared or due >= end or due == NEVER:
                continue
            cleared = _cleared(told, due)
            place = next(one.place for one in told if one.start <= due < one.end)
            later = room.timer(start, limits.high_after_minutes * MINUTE)
            changes = ((later, TOLD_LATER),) if later < cleared else ()
            over = cleared if cleared < NEVER else None
            yield Episode(due, over, TOLD, _evidence(start, person, place, limits), changes)


def _bad_runs(told: Sequence[Stretch]) -> Iterator[tuple[Millis, Millis]]:
    """From a line's turning bad to its being fair again."""
    since = None
    for one in told:
        if one.bad and since is None:
            since = one.start
        elif not one.bad and since is not None:
            yield since, one.start
            since = None
    if since is not None:
        yield since, told[-1].end


def _cleared(told: Sequence[Stretch], after: Millis) -> Millis:
    """After 60 s of a fair line or better, or when the last connection ends."""
    fair_since = None
    for one in told:
        if one.end <= after:
            continue
        if one.bad:
            fair_since = None
        elif fair_since is None:
            fair_since = one.start
        if fair_since is not None and one.end >= fair_since + CLEARED_AFTER:
            return fair_since + CLEARED_AFTER
    return told[-1].end


def _evidence(since: Millis, person: Person, place: int, limits: Thresholds) -> PoorConnection:
    """`place`: of a bad state among those measured."""
    measured = person.line.measured
    told = measured.figures_of(place)
    return PoorConnection(
        since=since,
        state=measured.state(place),
        mos=told.mos,
        rtt_ms=told.rtt_ms,
        jitter_ms=told.jitter_ms,
        loss=told.loss,
        cause=told.cause,
        path=told.path,
        held_seconds=limits.held_seconds,
        high_after_minutes=limits.high_after_minutes,
    )
