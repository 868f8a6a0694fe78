"""Not seen: no attended session for days, whatever the reasons.

Runs of excused or cancelled sessions hide an absence from every rule that counts misses; three
people in four of a telehealth program stay a first month, and leave at a steady rate after it.
"""

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from msgspec import Struct

from streams.bounds import Count, Order
from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import Millis, Outcome
from streams.participant import days
from streams.participant.facts import Person
from streams.participant.ledger import REASONS

TOLD: Audience = {"clinician": "warning"}
TOLD_HIGH: Audience = {"clinician": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"days": "high_days"}

    days: Count = 7
    high_days: Count = 14


class NotSeen(Evidence, frozen=True):
    last_attended_at: Millis | None
    days: int
    high_days: int
    missed: int
    excused: int
    could_not_connect: int
    not_held: int


def episodes(person: Person, limits: Thresholds) -> Iterator[Episode]:
    if not person.first_at:
        return
    attended = {session.ends_at for session in person.judged if session.present}
    seen = sorted(attended | ({person.past.last_attended_at} - {0}))
    for since, until in zip([person.first_at, *seen], [*seen, NEVER], strict=True):
        yield from _gap(person, since, until, limits)


def _gap(person: Person, since: Millis, until: Millis, limits: Thresholds) -> Iterator[Episode]:
    """One stretch without a session attended, as far as the person was active."""
    for start, end in person.care.active:
        begin, stop = max(since, start), min(until, end)
        raised = person.postpone(days.days_later(begin, limits.days, person.zone))
        if begin >= stop or raised >= stop:
            continue
        high = person.postpone(days.days_later(begin, limits.high_days, person.zone))
        paused = next((why for at, why in person.care.pauses if at == stop), "attended")
        yield Episode(
            raised,
            None if stop == NEVER else stop,
            TOLD,
            _evidence(person, since, stop, limits),
            ((high, TOLD_HIGH),) if high < stop else (),
            reason=paused,
        )


def _evidence(person: Person, since: Millis, until: Millis, limits: Thresholds) -> NotSeen:
    reasons: Counter[Outcome | None] = Counter(
        session.outcome for session in person.judged if since < session.ends_at < until
    )
    if since == (person.past.absent_since or person.first_at):
        reasons.update(dict(zip(REASONS, person.past.reasons, strict=False)))
    attended = any(session.ends_at == since and session.present for session in person.judged)
    return NotSeen(
        last_attended_at=since if attended or since == person.past.last_attended_at else None,
        days=limits.days,
        high_days=limits.high_days,
        missed=reasons["missed"],
        excused=reasons["excused"],
        could_not_connect=reasons["could_not_connect"],
        not_held=reasons["not_held"] + reasons["unknown"],
    )
