"""Unstable connection: the line breaks again and again, though each time the person comes back.

Three drops in a quarter of an hour: nobody can follow a group like that. Figures chosen.
"""

from collections.abc import Iterator

from msgspec import Struct

from streams.bounds import Count
from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Device, Millis, Network
from streams.session.facts import Person, Room

TOLD: Audience = {"tech": "warning"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    drops: Count = 3
    window_minutes: Count = 15


class UnstableConnection(Evidence, frozen=True):
    drops: int
    first_at: Millis
    last_at: Millis
    at: list[Millis]
    device: Device | None
    network: Network | None
    drops_limit: int
    window_minutes: int


def episodes(person: Person, room: Room, limits: Thresholds) -> Iterator[Episode]:
    if not person.virtual:
        return
    window = limits.window_minutes * MINUTE
    drops = [
        stay.end
        for stay in person.stays
        if stay.broke_off and room.schedule.reinstated_at <= stay.end < room.real_end(stay.end)
    ]
    seen: list[Millis] = []
    raised = None
    for at in (*drops, None):
        if raised is not None and (at is None or at >= room.timer(seen[-1], window)):
            over = room.timer(seen[-1], window)
            yield Episode(raised, over, TOLD, _evidence(person, seen, limits))
            raised, seen = None, []
        if at is None:
            return
        if raised is None:
            seen = [one for one in seen if room.timer(one, window) > at]
        seen.append(at)
        if raised is None and len(seen) >= limits.drops:
            raised = at


def _evidence(person: Person, seen: list[Millis], limits: Thresholds) -> UnstableConnection:
    return UnstableConnection(
        drops=len(seen),
        first_at=seen[0],
        last_at=seen[-1],
        at=list(seen),
        device=person.device,
        network=person.network,
        drops_limit=limits.drops,
        window_minutes=limits.window_minutes,
    )
