"""Waiting to be admitted: a patient is in the waiting room although a host is there.

Two minutes for the host to see it, five before tech looks whether the host can. Chosen.
"""

from collections.abc import Iterator
from typing import ClassVar

from msgspec import Struct

from streams.bounds import Order
from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Person, Room
from streams.session.presence import Span, minus

TOLD: Audience = {"host": "warning"}
TOLD_LATER: Audience = {"host": "warning", "tech": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    AT_MOST: ClassVar[Order] = {"minutes": "tech_minutes"}

    minutes: int = 2
    tech_minutes: int = 5


class WaitingToBeAdmitted(Evidence, frozen=True):
    since: Millis
    minutes: int
    tech_minutes: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None:
        return
    there = [(stay.start, stay.end) for stay in person.stays]
    for wait in minus(person.waits, there):  # with the phone too, while present by laptop
        since, due = _first(wait, room, limits.minutes * MINUTE)
        over = min(wait[1], room.ends_at)
        if due >= over:
            continue
        _, later = _first(wait, room, limits.tech_minutes * MINUTE)
        evidence = WaitingToBeAdmitted(since, limits.minutes, limits.tech_minutes)
        changes = ((later, TOLD_LATER),) if later < over else ()
        cleared = wait[1] if wait[1] < NEVER else None
        yield Episode(due, cleared, TOLD, evidence, changes)


def _first(wait: Span, room: Room, delay: Millis) -> tuple[Millis, Millis]:
    """Since when the wait counts, and when it has lasted so long with a host there all along."""
    for start, end in room.hosts:
        since = max(room.starts_at, wait[0], start)
        due = room.timer(since, delay)
        if due < min(end, wait[1]):
            return since, due
    return NEVER, NEVER
