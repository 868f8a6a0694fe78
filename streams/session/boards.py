"""Which boards are to be written, and when: on change, once a second a session at the most.

While a session is open, once a minute too, for the figures that grow by themselves.
"""

from heapq import heappop, heappush

from streams.events import MINUTE, SECOND, BoardChanged, Millis
from streams.session.board import board, shape
from streams.session.feeds import Feeds
from streams.session.watch import Watch

AT_MOST_EVERY = SECOND


class Boards:
    """Remembers what the screens have; none of it is stored, so a restart writes all anew."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._dirty: set[str] = set()
        self._last: dict[str, tuple[Millis, object]] = {}
        self._minutes: list[tuple[Millis, str]] = []
        self._next_minute: dict[str, Millis] = {}

    def touch(self, key: str) -> None:
        self._dirty.add(key)

    def forget(self, key: str) -> None:
        self._dirty.discard(key)
        self._last.pop(key, None)
        self._next_minute.pop(key, None)

    def may_write(self, key: str, now: Millis) -> bool:
        """Whether a second has passed since the session's last board."""
        return now >= 0 and (key not in self._last or now - self._last[key][0] >= AT_MOST_EVERY)

    def due(self, now: Millis) -> list[str]:
        """The sessions that changed, or whose minute is over, in order."""
        while self._minutes and self._minutes[0][0] <= now:
            instant, key = heappop(self._minutes)
            if self._next_minute.get(key) == instant:
                del self._next_minute[key]
                self._last[key] = (self._last[key][0], None)
                self._dirty.add(key)
        return [key for key in sorted(self._dirty) if self.may_write(key, now)]

    def write(self, key: str, watch: Watch, now: Millis, at: Millis) -> BoardChanged | None:
        """The session's board as of `at`; none when nothing that people see has changed."""
        self._dirty.discard(key)
        room = watch.as_of(at)
        if room is None:
            return None
        made = board(room, watch.state, at, self._feeds.last_event_at(room.schedule.plan.platform))
        seen = shape(made)
        if room.starts_at - 15 * MINUTE <= now < room.closes_at and key not in self._next_minute:
            self._next_minute[key] = now - now % MINUTE + MINUTE
            heappush(self._minutes, (self._next_minute[key], key))
        if key in self._last and self._last[key][1] == seen:
            return None
        self._last[key] = (now, seen)
        return made
