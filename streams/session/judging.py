"""What bounds a rule's episodes, and why alerts end although nobody came or went."""

from collections.abc import Iterable

from msgspec.structs import replace

from streams.episodes import Episode, Why
from streams.events import Millis
from streams.session.detectors import AT_CLOSE, EXCUSED_BY, INFERRED, LASTING
from streams.session.facts import Person
from streams.session.knowing import Known
from streams.session.ledger import ROOM
from streams.session.schedule import Schedule


def until_closing(episodes: Iterable[Episode], rule: str, closes_at: Millis) -> list[Episode]:
    """Nothing is raised from the closing on, and conditions that last till then end with it."""
    last = closes_at if rule in AT_CLOSE else closes_at - 1
    found = []
    for episode in episodes:
        if episode.raised > last:
            continue
        lasts = episode.cleared is None or episode.cleared > closes_at
        if lasts and rule not in LASTING:
            episode = replace(episode, cleared=closes_at, reason="closed")
        found.append(episode)
    return found


def why(rule: str, known: Known, who: str, at: Millis, late: bool) -> Why | None:
    """What has ended alerts of the rule about the person, or the room, besides the facts."""
    plan = known.schedule
    if plan is None:
        return None
    if who == ROOM:
        return _why_room(plan, known.moved_at)
    return _why_person(rule, plan, who, known.people.get(who), known.moved_at, at, late)


def _why_room(plan: Schedule, moved_at: Millis | None) -> Why | None:
    """For the room's own alerts; `moved_at` is when the session was moved in this step."""
    if plan.cancelled_at is not None:
        return Why("cancelled", plan.cancelled_at)
    return Why("moved", moved_at) if moved_at is not None else None


def _why_person(
    rule: str,
    plan: Schedule,
    who: str,
    person: Person | None,
    moved_at: Millis | None,
    at: Millis,
    late: bool,
) -> Why | None:
    """For a person's alerts of a rule."""
    if plan.cancelled_at is not None:
        return Why("cancelled", plan.cancelled_at)
    if person is None:
        return Why("off_roster", plan.removed.get(who, 0))
    if person.exempt is not None:
        return person.exempt
    if rule in INFERRED and person.counted_since > at and not late:
        return Why("consent_withdrawn", at)
    since = [ts for ts, kind in person.excuses if kind == EXCUSED_BY.get(rule)]
    if since:
        return Why("excused", since[0])
    return Why("moved", moved_at) if moved_at is not None else None
