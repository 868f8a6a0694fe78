"""What really happened in a room, from everybody's conduct: opening, real end, delays."""

from collections.abc import Iterable
from functools import cached_property

from producers.simulator.scene import Conduct, Room, Stay
from producers.simulator.timeline import Happening
from streams.events import MINUTE, SECOND, Millis

COUNTS_MS = 30 * SECOND
"""A shorter connection is no presence."""
RECOVERY_MS = 3 * MINUTE
"""After a break no delay runs for so long."""


class Silent:
    """The feed as it was at a room's start + 5 min: was anybody seen, was the platform heard?"""

    def __init__(self, seen: bool, last_heard: Millis) -> None:
        self.seen = seen
        self.last_heard = last_heard


def seen_late(room: Room, told: Iterable[Happening]) -> Silent:
    """Judged at start + 5 min, on what had been delivered by then."""
    at = room.starts_at + 5 * MINUTE
    heard = [
        item
        for item in told
        if item.due <= at and item.source == "platform" and item.room.platform == room.platform
    ]
    seen = any(item.room is room and item.connection is not None for item in heard)
    return Silent(seen, max((item.due for item in heard), default=0))


class Happened:
    """One room's facts."""

    def __init__(self, room: Room, feed: Silent) -> None:
        self.room = room
        self.feed_silent = not feed.seen and 0 < feed.last_heard < room.starts_at - 5 * MINUTE

    @cached_property
    def opening(self) -> Millis | None:
        """The later of the start and the first host or half of the patients."""
        room = self.room
        half = -(-len(room.roster) // 2)
        events = sorted(
            (at, change)
            for conduct in room.patients
            if not conduct.unmatched
            for stay in presence(conduct)
            for at, change in ((stay.start, 1), (stay.end, -1))
        )
        candidates = [stay.start for stay in presence(room.host_conduct)][:1]
        here = 0
        for at, change in events:
            here += change
            if here >= half and change > 0:
                candidates.append(at)
                break
        if not candidates:
            return None
        opening = max(room.starts_at, min(candidates))
        return opening if opening < room.ends_at else None

    @property
    def real_end(self) -> Millis:
        return min(self.room.closes_at, self.room.ends_at)

    def after(self, start: Millis, delay: Millis) -> Millis:
        """`delay` later, counting only time outside breaks and the minutes after each."""
        for pause in sorted(self.room.pauses, key=lambda pause: pause.start):
            over = pause.end + RECOVERY_MS
            if start >= over:
                continue
            if start + delay <= pause.start:
                break
            delay -= max(0, pause.start - start)
            start = over
        return start + delay

    def strangers_at(self, at: Millis) -> bool:
        """Somebody unmatched is in the room."""
        return any(
            stay.start <= at < stay.end
            for conduct in self.room.patients
            if conduct.unmatched and not (conduct.identified_at and conduct.identified_at <= at)
            for stay in conduct.stays
        )


def presence(conduct: Conduct) -> list[Stay]:
    """The stays that count, those that overlap made one; a stay ends as its last connection."""
    joined: list[Stay] = []
    for stay in sorted(conduct.stays, key=lambda stay: stay.start):
        if stay.end - stay.start < COUNTS_MS:
            continue
        if joined and stay.start <= joined[-1].end:
            last = max(joined[-1], stay, key=lambda one: one.end)
            joined[-1] = Stay(joined[-1].start, last.end, last.ending)
        else:
            joined.append(stay)
    return joined


def told_presence(conduct: Conduct) -> list[Stay]:
    """The same as the system can ever know it: nobody who was never matched was there."""
    if conduct.unmatched and conduct.identified_at is None:
        return []
    return presence(conduct)
