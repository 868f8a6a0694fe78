"""Joined late: the first stay began well after the opening. A fact for the record, no notice."""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Person, Room

TOLD: Audience = {"clinician": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    tolerance_minutes: int = 10


class JoinedLate(Evidence, frozen=True):
    at: Millis
    minutes_late: int
    tolerance_minutes: int
    late_last_5: int | None


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if person.exempt is not None or person.excused("late") or room.opening is None:
        return
    first = next((stay for stay in person.stays if stay.end > stay.start), None)
    latest = room.due(person, limits.tolerance_minutes * MINUTE)
    if first is None or not latest < first.start < room.real_end(first.counts_at):
        return
    evidence = JoinedLate(
        at=first.start,
        minutes_late=(first.start - max(room.opening, person.added_at)) // MINUTE,
        tolerance_minutes=limits.tolerance_minutes,
        late_last_5=person.profile.late_last_5 if person.profile else None,
    )
    yield Episode(first.counts_at, None, TOLD, evidence)
