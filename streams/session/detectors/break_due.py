"""Break due: most people have sat there for long without one. A hint to the host.

Signs of strain are measured after 30 to 40 minutes of a video meeting, and a break of ten minutes
takes them away (a small study of a vendor); 75 minutes were chosen.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.bounds import Part
from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Person, Room
from streams.session.presence import counter

TOLD: Audience = {"host": "info"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    minutes: int = 75
    share_present: Part = 0.5


class BreakDue(Evidence, frozen=True):
    since: Millis
    minutes: int
    present: int
    expected: int
    share_limit: float


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.off or room.opening is None:
        return
    expected = [one for one in room.people.values() if one.exempt is None]
    pauses = [pause for pause in room.breaks if pause[1] > room.opening]
    since = max(room.opening, room.schedule.reinstated_at)
    for start, end in (*pauses, (NEVER, NEVER)):
        due, latest = since + limits.minutes * MINUTE, min(start, room.ends_at)
        at = _most_present(expected, due, latest, limits.share_present)
        if at < min(latest, room.real_end(at)):
            here = sum(1 for one in expected if one.present(at))
            evidence = BreakDue(since, limits.minutes, here, len(expected), limits.share_present)
            yield Episode(at, start if start < NEVER else None, TOLD, evidence)
        since = end


def _most_present(expected: list[Person], due: Millis, latest: Millis, share: float) -> Millis:
    """The first instant in [`due`, `latest`) at which more than that share of them are present."""
    if due >= latest:
        return NEVER
    if sum([one.present(due) for one in expected]) > share * len(expected):
        return due
    present = counter([(stay.start, stay.end) for one in expected for stay in one.stays])
    starts = {stay.start for one in expected for stay in one.stays if due < stay.start < latest}
    for instant in sorted(starts):
        if present(instant) > share * len(expected):
            return instant
    return NEVER
