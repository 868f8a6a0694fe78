"""Partial attendance: here for less of the session than counts. Judged when it closes.

Three quarters: no national rule was found, so the minutes are always shown.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.bounds import Part
from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, SECOND, LeaveReason
from streams.session.facts import Person, Room
from streams.session.held import attended_share, held, presence
from streams.session.presence import length, minus

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    share: Part = 0.75
    least_seconds: int = 60


class PartialAttendance(Evidence, frozen=True):
    minutes: int
    held_minutes: int
    held_minutes_without_breaks: int
    share: float
    reasons: list[LeaveReason]
    share_limit: float


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None or not person.stays or room.opening is None:
        return
    there = length(presence(room, person))
    share = attended_share(room, person)
    if there < limits.least_seconds * SECOND or share >= limits.share:
        return
    whole = held(room)
    evidence = PartialAttendance(
        minutes=there // MINUTE,
        held_minutes=length(whole) // MINUTE,
        held_minutes_without_breaks=length(minus(whole, room.breaks)) // MINUTE,
        share=round(share, 3),
        reasons=[stay.reason for stay in person.stays if not stay.open],
        share_limit=limits.share,
    )
    yield Episode(room.closes_at, None, TOLD, evidence)
