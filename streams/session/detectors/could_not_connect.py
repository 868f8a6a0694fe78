"""Could not connect: somebody is trying to get in, and it does not work.

Two tries in five minutes, or three minutes without getting in after the start: long enough for
clients' own retries (at most 86.5 s), short enough to help. Figures chosen. Tries at a room that
seemed to be over count, and are judged, if that turns out wrong.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from streams.bounds import Count
from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Device, Millis, Network
from streams.session import grace
from streams.session.attempts import Try
from streams.session.facts import Person, Room
from streams.session.presence import Stay

TOLD: Audience = {"tech": "high"}
TOLD_AFTER_GRACE: Audience = {"tech": "high", "outreach": "high", "clinician": "high"}
CLEARED_AFTER = MINUTE
"""Of presence: a connection that breaks at once is no success."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    tries: Count = 2
    window_minutes: Count = 5
    stuck_minutes: int = 3


class CouldNotConnect(Evidence, frozen=True):
    tries: int
    tries_limit: int
    window_minutes: int
    first_at: Millis
    last_at: Millis
    stages: list[str]
    device: Device | None
    network: Network | None
    device_check: str | None
    stuck_minutes: int
    stuck_since_at: Millis | None
    """Where not the tries within the window made it, but the time without getting in."""


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None or not person.tries:
        return
    first = room.schedule.reinstated_at  # who tried a cancelled session may have given up rightly
    tries = [one for one in person.tries if one.at >= first and room.goes_on(one.at) < NEVER]
    stays = (*person.early, *person.stays)
    away_since = told_until = -1
    for stay in (*stays, None):
        back = NEVER if stay is None else stay.start
        failed = [one for one in tries if away_since <= one.at < back]
        due = room.judged(_due(failed, room, limits), person.unsettled)
        if told_until <= due < back and due < NEVER:
            told_until = _present_for_long(stays, due)
            known = [one for one in failed if one.at <= due]
            yield _episode(person, room, limits, known, due, told_until)
        away_since = NEVER if stay is None else stay.end


def _due(failed: Sequence[Try], room: Room, limits: Thresholds) -> Millis:
    """At the second try within the window, or when the first has led nowhere for too long."""
    if not failed:
        return NEVER
    since = max(room.starts_at, failed[0].at)
    stuck = room.timer(since, limits.stuck_minutes * MINUTE)
    return min([*_again(failed, limits), stuck])


def _again(failed: Sequence[Try], limits: Thresholds) -> list[Millis]:
    """When so many tries lay within the window."""
    window = limits.window_minutes * MINUTE
    return [
        last.at
        for first, last in zip(failed, failed[limits.tries - 1 :], strict=False)
        if last.at - first.at <= window
    ]


def _present_for_long(stays: Sequence[Stay], after: Millis) -> Millis:
    """When the person has been present for 60 s on end; `NEVER` when that is not to come."""
    lasting = (stay.start for stay in stays if stay.end - stay.start >= CLEARED_AFTER)
    return next((start + CLEARED_AFTER for start in lasting if start > after), NEVER)


def _episode(
    person: Person,
    room: Room,
    limits: Thresholds,
    known: Sequence[Try],
    due: Millis,
    until: Millis,
) -> Episode:
    evidence = CouldNotConnect(
        tries=len(known),
        tries_limit=limits.tries,
        window_minutes=limits.window_minutes,
        first_at=known[0].at,
        last_at=known[-1].at,
        stages=list(dict.fromkeys(one.stage for one in known if one.stage)),
        device=person.device,
        network=person.network,
        device_check=None if person.check is None else _result(person.check.passed),
        stuck_minutes=limits.stuck_minutes,
        stuck_since_at=None if _again(known, limits) else max(room.starts_at, known[0].at),
    )
    told, widely = room.told(TOLD), room.told(TOLD_AFTER_GRACE)
    missed = room.judged(grace.over(person, room), person.unsettled)
    instead = not any(stay.start <= missed for stay in person.stays)
    changes = ((missed, widely),) if instead and missed < NEVER else ()
    cleared = until if until < NEVER else None
    return Episode(due, cleared, told, evidence, changes)


def _result(passed: bool) -> str:
    return "pass" if passed else "fail"
