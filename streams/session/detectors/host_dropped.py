"""Host dropped: the host's line broke, and the others sit there alone.

One minute: reconnecting takes half of it, and a group without a host cannot wait for longer. Where
the host had been alone, it is told of once the first of the others is there.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from streams.episodes import NEVER, Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session.facts import Person, Room

TOLD: Audience = {"tech": "high", "on_duty": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    return_minutes: int = 1


class HostDropped(Evidence, frozen=True):
    since: Millis
    waiting: int
    return_minutes: int


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.schedule.cancelled_at is not None:
        return
    hosts = [one for one in room.people.values() if one.is_host and not one.is_bot]
    drops = sorted({stay.end for one in hosts for stay in one.stays if stay.broke_off})
    if not drops:
        return
    pending = [(one.start, one.settled_at) for host in hosts for one in host.connections]
    others = [one for one in room.people.values() if not one.is_host and not one.is_bot]
    stays = sorted((stay.start, stay.counts_at) for host in hosts for stay in host.stays)
    for gone in drops:
        if any(start <= gone < end for start, end in room.hosts) or gone < room.starts_at:
            continue
        due = room.judged(room.timer(gone, limits.return_minutes * MINUTE), pending)
        back = next((one for one in stays if one[0] > gone), None)
        if due == NEVER or (back is not None and back[0] <= due):
            continue
        if not any(one.present(due) for one in others):
            due = max(due, _first(others, gone, room.ends_at))
            if back is not None and back[0] <= due:
                continue
        wait = sum(1 for one in others if one.present(due) or one.waiting(due))
        if any(one.present(due) for one in others):
            evidence = HostDropped(gone, wait, limits.return_minutes)
            yield Episode(due, back[1] if back else None, TOLD, evidence)


def _first(others: Iterable[Person], gone: Millis, ends_at: Millis) -> Millis:
    """When the first of them is there, whom the host did not meet; `NEVER` if they had met
    somebody: then all had left as well, and whoever comes back comes after an ending."""
    stays = [stay for one in others for stay in one.stays if stay.start < stay.end]
    met = any(stay.start <= gone for stay in stays)
    first = min((stay.counts_at for stay in stays), default=NEVER)
    return NEVER if met or first >= ends_at else first
