"""Dropped out: the line broke, and the person has not come back.

Clients reconnect by themselves; whoever stays away longer needs a call. Source: LiveKit's
waits 86.5 s at most (livekit/client-sdk-js:src/room/DefaultReconnectPolicy.ts); rest chosen. Who
dropped while the room seemed to be over is judged when that turns out wrong.
"""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, ConnectionState, LeaveReason, Millis
from streams.session.facts import Person, Room

TOLD: Audience = {"tech": "high", "outreach": "high", "host": "info", "clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    return_minutes: int = 2
    ending_minutes: int = 10


class DroppedOut(Evidence, frozen=True):
    at: Millis
    left_reason: LeaveReason
    line_before: ConnectionState | None
    minutes_left: int
    return_minutes: int
    ending_minutes: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None:
        return
    latest = room.ends_at - limits.ending_minutes * MINUTE
    for stay, back in pairwise([*person.stays, None]):
        if stay is None or not stay.broke_off or not stay.end < latest:
            continue
        due = person.postpone(room.timer(stay.end, limits.return_minutes * MINUTE))
        end = room.real_end(due)
        if end > due or stay.end >= end:
            due = room.judged(due, person.unsettled)
        if due == NEVER or (back is not None and back.start <= due):
            continue
        left = (room.ends_at - stay.end) // MINUTE
        evidence = DroppedOut(
            at=stay.end,
            left_reason=stay.reason,
            line_before=stay.line,
            minutes_left=left,
            return_minutes=limits.return_minutes,
            ending_minutes=limits.ending_minutes,
        )
        yield Episode(due, back.counts_at if back else None, room.told(TOLD), evidence)
