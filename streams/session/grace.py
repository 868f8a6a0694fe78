"""How long after the opening nobody is missed yet."""

from streams.events import MINUTE, Millis
from streams.session.facts import Person, Room


def over(person: Person, room: Room) -> Millis:
    """When the person's grace ends: later while somebody unmatched is in the room, who may be
    them; `NEVER` when not opened."""
    limits = room.limits["missed_session"]
    due = room.due(person, limits.grace_minutes * MINUTE)
    extra = limits.grace_minutes + limits.unmatched_extra_minutes
    longest = room.due(person, extra * MINUTE)
    for start, end in room.unmatched:
        if start <= due < end:
            due = min(end, longest)
    return due
