"""How long a session was really held, and how much of it a person was there."""

from collections.abc import Sequence

from streams.events import Millis
from streams.session.facts import Person, Room
from streams.session.presence import Span, clip, length, minus, union


def held(room: Room) -> tuple[Span, ...]:
    """From the opening to the real end, as known at the closing."""
    if room.opening is None or room.schedule.cancelled_at is not None:
        return ()
    return ((room.opening, max(room.opening, room.real_end(room.closes_at))),)


def presence(room: Room, person: Person) -> tuple[Span, ...]:
    """The person's stays since the start; those still open at the closing end at the real end."""
    closed = room.closes_at
    spans = [(one.start, min(one.end, room.ends_at)) for one in person.stays if one.end < closed]
    end = room.real_end(closed)
    spans += [(one.start, end) for one in person.stays if one.end >= closed]
    return clip((span for span in spans if span[0] <= span[1]), room.starts_at, room.ends_at)


def back(person: Person, since: Millis, otherwise: Millis) -> Millis:
    """When the person came again after going."""
    return min((stay.start for stay in person.stays if stay.start > since), default=otherwise)


def waited(room: Room, person: Person) -> Millis:
    """How long the person waited to be let in while the session was held."""
    return sum(length(clip(person.waits, start, end)) for start, end in held(room))


def attended_share(room: Room, person: Person, lost: Sequence[Span] = ()) -> float:
    """Of held time without breaks, as though there in `lost` too; 0 where nothing was held."""
    there = union([*presence(room, person), *lost])
    counted = minus(held(room), room.breaks)
    shared = sum(length(clip(there, start, end)) for start, end in counted)
    return shared / length(counted) if length(counted) else 0.0
