"""Whose fault an absence was: the platform's or the room's, where an incident covers it.

`could_not_connect`, a drop and not having come are explained only by an incident that stood then
and whose trait the person is known to have: of somebody who never came only the room's platform
is known, so a failing carrier excuses nobody's absence by itself. An incident of the room alone
covers whoever was in trouble while it stood.
"""

from collections.abc import Iterator
from typing import Literal

from streams.events import MINUTE, Millis, Outcome
from streams.session.counting import traits_of
from streams.session.detectors import session_incident
from streams.session.facts import Person, Room

SHORT: frozenset[Outcome] = frozenset({"missed", "could_not_connect", "partial", "unknown"})
ONSET = 5 * MINUTE
"""An incident is seen so long, at most, after its first people failed."""
LONGEST_TRAIT = 64


def fault(room: Room, person: Person, outcome: Outcome) -> Literal["room", "platform"] | None:
    if outcome not in SHORT:
        return None
    if _by_platform(room, person):
        return "platform"
    limits = room.limits["session_incident"]
    together = session_incident.episodes(room, limits) if person.troubles else ()
    return "room" if any(person.participant_id in one.people for one in together) else None


def _by_platform(room: Room, person: Person) -> bool:
    if not room.incidents:
        return False
    traits = {":".join(one)[:LONGEST_TRAIT] for one in traits_of(person, room)}
    failed = list(_failed(room, person))
    for incident in room.incidents:
        if incident.trait in traits and any(
            incident.start - ONSET <= at < incident.end for at in failed
        ):
            return True
    return False


def _failed(room: Room, person: Person) -> Iterator[Millis]:
    """When something went wrong: a try, a drop, or not having come at all."""
    yield from (one.at for one in person.tries)
    yield from (stay.end for stay in person.stays if stay.broke_off)
    if room.opening is not None and not person.tries and not person.stays:
        yield max(room.opening, person.added_at)
