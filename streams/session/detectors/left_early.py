"""Left early: gone well before the real end, not by a drop, and not back.

Five minutes for the door or the dog; fifteen minutes before the end is the end. Chosen. Who left
shortly before an ending is judged again when that ending lifts, and so is whom
that ending sent out: `ended` explains only what has ended.
"""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, ConnectionState, LeaveReason, Millis
from streams.session.facts import Person, Room
from streams.session.presence import clip, length

TOLD: Audience = {"clinician": "warning", "outreach": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    return_minutes: int = 5
    tolerance_minutes: int = 15


class LeftEarly(Evidence, frozen=True):
    at: Millis
    minutes_left: int
    minutes_present: int
    left_reason: LeaveReason
    line_before: ConnectionState | None
    return_minutes: int
    tolerance_minutes: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None or person.excused("leaves_early") or room.opening is None:
        return
    tolerance = limits.tolerance_minutes * MINUTE
    for stay, back in pairwise([*person.stays, None]):
        if stay is None or stay.open or stay.end < room.opening or stay.broke_off:
            continue
        if stay.reason not in ("left", "unknown") and not (
            stay.reason == "ended" and room.wrongly_ended(stay.end)
        ):
            continue
        due = person.postpone(room.timer(stay.end, limits.return_minutes * MINUTE))
        end = room.real_end(due)
        if end > due or stay.end >= end - tolerance:
            due = room.judged(due, person.unsettled)
        end = room.real_end(due)
        if due == NEVER or stay.end >= end - tolerance or (back is not None and back.start <= due):
            continue
        present = clip([(one.start, one.end) for one in person.stays], room.starts_at, stay.end)
        evidence = LeftEarly(
            at=stay.end,
            minutes_left=(end - stay.end) // MINUTE,
            minutes_present=length(present) // MINUTE,
            left_reason=stay.reason,
            line_before=stay.line,
            return_minutes=limits.return_minutes,
            tolerance_minutes=limits.tolerance_minutes,
        )
        yield Episode(due, back.counts_at if back else None, TOLD, evidence)
