"""Unrecognised people: somebody is here whom nobody has matched. One alert a room.

A minute, so that a wrong door does not count. They may be the absent ones: tiles offer a match.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import SECOND, Millis
from streams.session.facts import Room
from streams.session.presence import clip

TOLD: Audience = {"host": "info", "tech": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    seconds: int = 60


class UnrecognisedPeople(Evidence, frozen=True):
    since: Millis
    people: int
    absent: int
    seconds: int


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.schedule.cancelled_at is not None:
        return
    for start, end in clip(room.unmatched, room.starts_at, NEVER):
        due = room.timer(start, limits.seconds * SECOND)
        if due >= min(end, room.ends_at):
            continue
        here = [one for one in room.people.values() if one.present(due)]
        expected = [one for one in room.people.values() if one.exempt is None]
        evidence = UnrecognisedPeople(
            since=start,
            people=sum(1 for one in here if one.unmatched),
            absent=sum(1 for one in expected if not one.present(due)),
            seconds=limits.seconds,
        )
        yield Episode(due, end if end < NEVER else None, TOLD, evidence)
