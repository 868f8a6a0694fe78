"""Whose fault an absence was: the platform's or the room's, where an incident explains it.

It explains a failed try, a drop and not having come, if it stood then and, over rooms, if the
person is known to have its trait: of somebody who never came only the room's platform is known,
so a failing carrier excuses nobody's absence by itself. Who was there for a part was kept from
the rest by an incident only if what was lost after failing in it would have made up for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from streams.episodes import NEVER
from streams.events import MINUTE, Millis, Outcome
from streams.session.counting import traits_of
from streams.session.detectors import session_incident
from streams.session.facts import Person, Room
from streams.session.held import attended_share, back
from streams.session.presence import Span, within

SHORT: frozenset[Outcome] = frozenset({"missed", "could_not_connect", "partial", "unknown"})
ONSET = 5 * MINUTE
"""An incident is seen so long, at most, after its first people failed."""
LONGEST_TRAIT = 64


def fault(room: Room, person: Person, outcome: Outcome) -> Literal["room", "platform"] | None:
    if outcome not in SHORT:
        return None
    failed = [one.at for one in person.tries]
    failed += [stay.end for stay in person.stays if stay.broke_off]
    away = [*failed, *_never_came(room, person)]
    if _explained(room, person, outcome, away, _over_rooms(room, person)):
        return "platform"
    return "room" if _explained(room, person, outcome, failed, _of_room(room, person)) else None


def _explained(
    room: Room,
    person: Person,
    outcome: Outcome,
    failed: Sequence[Millis],
    incidents: Iterable[Span],
) -> bool:
    stood = list(incidents) if failed else []
    covered = [at for at in failed if within(stood, at)]
    if outcome != "partial":
        return bool(covered)
    lost = [(at, back(person, at, NEVER)) for at in covered]
    enough: float = room.limits["partial_attendance"].share
    return attended_share(room, person, lost) >= enough


def _never_came(room: Room, person: Person) -> Iterator[Millis]:
    """When somebody was due of whom nothing was seen."""
    if room.opening is not None and not person.tries and not person.stays:
        yield max(room.opening, person.added_at)


def _over_rooms(room: Room, person: Person) -> Iterator[Span]:
    """Incidents over rooms with a trait of the person's, from when its first may have failed."""
    if not room.incidents:
        return
    traits = {":".join(one)[:LONGEST_TRAIT] for one in traits_of(person, room)}
    for incident in room.incidents:
        if incident.trait in traits:
            yield incident.start - ONSET, incident.end


def _of_room(room: Room, person: Person) -> Iterator[Span]:
    """Incidents of this room alone that the person was in."""
    if person.troubles:
        for one in session_incident.episodes(room, room.limits["session_incident"]):
            if person.participant_id in one.people:
                yield one.since, NEVER if one.cleared is None else one.cleared
