"""Host missing: the session should have begun, and no host has come. Five minutes: chosen."""

from collections.abc import Iterator

from msgspec import Struct

from streams.episodes import Audience, Episode, Evidence
from streams.events import MINUTE, Millis
from streams.session import presence
from streams.session.attempts import settle
from streams.session.detectors import feed_silent
from streams.session.facts import Room

TOLD: Audience = {"on_duty": "high", "manager": "high"}


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    delay_minutes: int = 5


class HostMissing(Evidence, frozen=True):
    since: Millis
    waiting: int
    delay_minutes: int


def episodes(room: Room, limits: Thresholds) -> Iterator[Episode]:
    if room.off:
        return
    hosts = [one for one in room.people.values() if one.is_host and not one.is_bot]
    due = room.timer(room.starts_at, limits.delay_minutes * MINUTE)
    first = presence.first_stay(one.stays for one in hosts)
    if first and first.start <= due:
        return
    due = settle(due, [(one.start, one.settled_at) for host in hosts for one in host.connections])
    if due >= room.ends_at or (first and first.start <= due):
        return
    ends = [first.counts_at] if first else []
    ends += feed_silent.begins(room)
    if min(ends, default=due + 1) <= due:
        return
    others = [one for one in room.people.values() if not one.is_host and not one.is_bot]
    wait = sum(1 for one in others if one.present(due) or one.waiting(due))
    evidence = HostMissing(room.due_from, wait, limits.delay_minutes)
    yield Episode(due, min(ends, default=None), TOLD, evidence)
