"""Not on the roster: somebody known, or a bot or recorder, is in a group that is not theirs.

What is said in a group is confidential. A minute, so that a wrong door does not count. Who is not
matched at all is `unrecognised_people`.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import SECOND, Kind, Millis, Role
from streams.session.facts import Person, Room
from streams.session.ledger import UNMAPPED

TOLD: Audience = {"host": "high"}
GROUPS: frozenset[Kind] = frozenset({"group", "psychoeducation"})


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    seconds: int = 60


class NotOnRoster(Evidence, frozen=True):
    since: Millis
    role: Role
    seconds: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.schedule.cancelled_at is not None or room.kind not in GROUPS or not _stranger(person):
        return
    taken_off = room.schedule.removed.get(person.participant_id, 0)
    for stay in person.stays:
        since = max(stay.start, room.starts_at, taken_off)
        due = room.goes_on(room.timer(since, limits.seconds * SECOND))
        if due < stay.end:
            evidence = NotOnRoster(since, person.role, limits.seconds)
            yield Episode(due, stay.end if stay.end < NEVER else None, TOLD, evidence)


def _stranger(person: Person) -> bool:
    if person.is_bot:
        return True
    nobody_known = person.participant_id.startswith(UNMAPPED)
    return person.seat is None and not person.is_host and not nobody_known
