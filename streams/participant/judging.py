"""From what holds at the instants at which a rule is judged, to its episodes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from heapq import merge

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import Millis
from streams.participant.facts import Person, Session, last


class Holds(Struct, frozen=True):
    """What is to be said while the condition holds: to whom, and why."""

    audience: Audience
    evidence: Evidence


class Look(Struct, frozen=True):
    """A rule as judged at one instant.

    `starts`: the condition is met. `lasts`: it is not over for whoever met it before; without a
    limit of its own it is the same. `holds` is asked only where something is to be said.
    """

    at: Millis
    starts: bool
    lasts: bool
    holds: Callable[[], Holds]


class _Begun(Struct):
    """An episode that has not ended; `last` is the newest of the looks that were settled."""

    raised: Millis
    told: Holds | None
    last: Look | None = None
    changes: list[tuple[Millis, Audience]] = []

    def said(self, now: Look | None = None) -> Holds | None:
        """Whom it was told to and why, of what is settled as far as it is known."""
        look = self.last or now
        if self.told is None and look is not None:
            self.told = look.holds()
        return self.told

    def episode(self, cleared: Millis | None, reason: str | None) -> Iterator[Episode]:
        told = self.said()
        if told is not None:
            evidence, changes = told.evidence, tuple(self.changes)
            yield Episode(self.raised, cleared, told.audience, evidence, changes, reason=reason)


def runs(person: Person, rule: str, looks: Iterable[Look], reason: str) -> Iterator[Episode]:
    """Each unbroken run of instants at which it holds is an episode.

    It ends at the first at which it does not (`reason`), or when the person ceases to be active
    (`on_leave`, `discharged`). Nothing holds while somebody is not active. What stood when the
    past was settled has begun when it began then: looks up to there only tell its figures.
    """
    pauses = ((instant, None, why) for instant, why in person.care.pauses)
    judged = ((look.at, look, reason) for look in looks)
    since = person.stood.get(rule)
    begun = None if since is None else _Begun(since, None)
    for instant, look, why in merge(pauses, judged, key=_instant):
        if look is not None and instant <= person.settled:
            if begun is not None:
                begun.last = look
        elif begun is None:
            if look is not None and look.starts and person.care.active_at(instant):
                begun = _Begun(instant, look.holds())
        elif look is None or not look.lasts:
            if instant > begun.raised:
                begun.said(look)
                yield from begun.episode(instant, why)
                begun = None
        else:
            _carry_on(begun, look)
    if begun is not None:
        yield from begun.episode(None, None)


class Pattern(Struct, frozen=True):
    """So many (`enough`) of the last so many sessions (`of`); over after `quiet` without one."""

    enough: int
    of: int
    quiet: int


def several(
    person: Person,
    sessions: Sequence[Session],
    is_one: Callable[[Session], bool],
    pattern: Pattern,
    holds: Callable[[Sequence[Session]], Holds],
) -> Iterator[Look]:
    """Looks at the end of each session for such a pattern; it begins with a session that is one
    of them. `holds` is asked with those among the last."""
    for number in person.looks(sessions):
        session, recent = sessions[number - 1], last(sessions[:number], pattern.of)
        found = [one for one in recent if is_one(one)]
        yield Look(
            session.ends_at,
            is_one(session) and len(found) >= pattern.enough,
            any(is_one(one) for one in last(recent, pattern.quiet)),
            partial(holds, found),
        )


def _carry_on(begun: _Begun, look: Look) -> None:
    """It lasts: a change of who is told is kept, with the figures of that instant."""
    told = begun.said(look)
    now = look.holds()
    before = begun.changes[-1][1] if begun.changes else told and told.audience
    if told is not None and now.audience != before:
        begun.changes.append((look.at, now.audience))
        begun.told = Holds(told.audience, now.evidence)


def _instant(judged: tuple[Millis, object, str]) -> Millis:
    return judged[0]
