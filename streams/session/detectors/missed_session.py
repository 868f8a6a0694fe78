"""Missed session: the session is open, the grace is over, and we saw no attempt to come.

Ten minutes: early enough for a call to help (practices call after 5 to 15); in individual
sessions five. Somebody unmatched in the room may be the person: five minutes longer. What falls
due while the room seems to be over is judged when that turns out wrong.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session import grace
from streams.session.detectors import could_not_connect
from streams.session.facts import Person, Room

TOLD: Audience = {"outreach": "high", "clinician": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    grace_minutes: int = 10
    unmatched_extra_minutes: int = 5
    notify_after_minutes: int = 5


class MissedSession(Evidence, frozen=True):
    opened_at: Millis
    minutes: int
    grace_minutes: int
    unmatched_extra_minutes: int | None
    """Where it was waited for as well, for somebody unmatched."""
    added_at: Millis | None
    """Since when the person is expected, where that was after the opening: grace counts anew."""
    notify_after_minutes: int
    looked_in_at: Millis | None
    unmatched: int
    last_attended_at: Millis | None
    missed_14d: int | None


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None or person.excused("late") or room.opening is None:
        return
    graced = room.due(person, limits.grace_minutes * MINUTE)
    waited = grace.over(person, room)
    due = room.judged(waited, person.unsettled)
    if due == NEVER or person.connected(due):
        return
    if any(stay.start <= due for stay in person.stays) or any(t.at <= due for t in person.tries):
        return
    ends = [stay.counts_at for stay in person.stays]
    trouble = room.limits["could_not_connect"]
    ends += [one.raised for one in could_not_connect.episodes(person, room, trouble)]
    evidence = MissedSession(
        opened_at=room.opening,
        minutes=(due - room.opening) // MINUTE,
        grace_minutes=limits.grace_minutes,
        unmatched_extra_minutes=limits.unmatched_extra_minutes if waited > graced else None,
        added_at=person.added_at if person.added_at > room.opening else None,
        notify_after_minutes=limits.notify_after_minutes,
        looked_in_at=person.looked_in_at,
        unmatched=sum(1 for one in room.people.values() if one.unmatched and one.present(due)),
        last_attended_at=person.profile.last_attended_at if person.profile else None,
        missed_14d=person.profile.missed_14d if person.profile else None,
    )
    yield Episode(due, min(ends, default=None), room.told(TOLD), evidence)
