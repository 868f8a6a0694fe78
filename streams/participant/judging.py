"""From what holds at the instants at which a rule is judged, to its episodes."""

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import TypeAlias

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant.facts import Person


class Holds(Struct, frozen=True):
    """The condition holds: who is to be told, and why."""

    audience: Audience
    evidence: Evidence


Judged: TypeAlias = tuple[Millis, Holds | None]
"""An instant, and what holds then."""


def runs(person: Person, judged: Iterable[Judged], reason: str) -> Iterator[Episode]:
    """Each unbroken run of instants at which it holds is an episode.

    It ends at the first at which it does not (`reason`), or when the person ceases to be active
    (`on_leave`, `discharged`). Nothing holds while somebody is not active.
    """
    pauses = ((instant, None, why) for instant, why in person.care.pauses)
    looked = ((instant, holds, reason) for instant, holds in judged)
    begun: tuple[Millis, Audience] | None = None
    evidence: Evidence | None = None
    changes: list[tuple[Millis, Audience]] = []
    for instant, holds, why in merge(pauses, looked, key=_instant):
        if begun is None or evidence is None:
            if holds is not None and person.care.active_at(instant):
                begun, evidence, changes = (instant, holds.audience), holds.evidence, []
        elif holds is None:
            yield Episode(begun[0], instant, begun[1], evidence, tuple(changes), reason=why)
            begun = None
        elif holds.audience != (changes[-1][1] if changes else begun[1]):
            changes.append((instant, holds.audience))
            evidence = holds.evidence
    if begun is not None and evidence is not None:
        yield Episode(begun[0], None, begun[1], evidence, tuple(changes))


def _instant(judged: tuple[Millis, object, str]) -> Millis:
    return judged[0]
