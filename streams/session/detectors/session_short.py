"""Session short: it really ended well before its time. For the record; judged at the end."""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Room

TOLD: Audience = {"manager": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    tolerance_minutes: int = 15


class SessionShort(Evidence, frozen=True):
    ended_at: Millis
    minutes_short: int
    minutes_held: int
    tolerance_minutes: int


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.off or room.opening is None:
        return
    end = room.real_end(room.ends_at)
    if end >= room.ends_at - limits.tolerance_minutes * MINUTE:
        return
    evidence = SessionShort(
        ended_at=end,
        minutes_short=(room.ends_at - end) // MINUTE,
        minutes_held=(end - room.opening) // MINUTE,
        tolerance_minutes=limits.tolerance_minutes,
    )
    yield Episode(room.ends_at, None, TOLD, evidence)
