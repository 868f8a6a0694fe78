"""When each platform was last heard (`feed.observed`), so that silence can be told from absence."""

from collections.abc import Sequence

from msgspec import Struct, field

from streams.events import HOUR, MINUTE, SECOND, Millis

ALIVE_FOR = 90 * SECOND
"""A gateway that has not said anything for so long is not heard either."""
FINE_FOR = 15 * MINUTE
KEPT = 8 * HOUR
COARSE = 5 * MINUTE
"""Observations older than a quarter of an hour are kept in runs of so long."""


class Heard(Struct, array_like=True):
    """Observations in a row without a gap; of recent ones all gave this `last_event_at`."""

    first: Millis
    last: Millis
    last_event_at: Millis


class Feed(Struct, frozen=True):
    """One platform's observations, as known at an instant; none at all counts as alive."""

    heard: tuple[Heard, ...] = ()

    def at(self, instant: Millis) -> Heard | None:
        """The latest observation by then."""
        return next((one for one in reversed(self.heard) if one.first <= instant), None)

    def answering(self, instant: Millis) -> bool:
        """The gateway spoke of this platform within 90 s."""
        now = self.at(instant)
        return now is not None and instant <= now.last + ALIVE_FOR

    def instants(self) -> Sequence[Millis]:
        """When something about the feed may have changed."""
        return [one.first for one in self.heard]

    def spoke_after(self, last_event_at: Millis) -> Sequence[Millis]:
        """When the gateway told of later events of the platform."""
        return [one.first for one in self.heard if one.last_event_at > last_event_at]


class Feeds(Struct, array_like=True):
    """All platforms' observations of one partition."""

    platforms: dict[str, list[Heard]] = field(default_factory=dict)

    def observe(self, platform: str, ts: Millis, last_event_at: Millis) -> bool:
        """Keep an observation; false when it adds nothing.

        Several gateways speak, each of what it heard itself: the latest event counts.
        """
        known = self.platforms.setdefault(platform, [])
        position = len(known)
        while position and known[position - 1].first > ts:
            position -= 1
        before = known[position - 1] if position else None
        if before is not None:
            last_event_at = max(last_event_at, before.last_event_at)
            if before.last_event_at == last_event_at:
                if ts <= before.last:
                    return False
                if ts - before.last <= ALIVE_FOR:
                    before.last = ts
                    return True
        known.insert(position, Heard(ts, ts, last_event_at))
        for later in known[position + 1 :]:
            later.last_event_at = max(later.last_event_at, last_event_at)
        _thin(known, ts)
        return True

    def feed(self, platform: str | None, at: Millis) -> Feed:
        known = self.platforms.get(platform or "", ())
        return Feed(
            tuple(
                Heard(one.first, min(one.last, at), one.last_event_at)
                for one in known
                if one.first <= at
            )
        )

    def after(self, instant: Millis) -> Sequence[Millis]:
        """Observations that lie ahead of an instant."""
        known = (one for heard in self.platforms.values() for one in heard)
        return sorted({ts for one in known for ts in (one.first, one.last) if ts > instant})

    def last_event_at(self, platform: str | None) -> Millis | None:
        known = self.platforms.get(platform or "")
        return max(one.last_event_at for one in known) if known else None


def _thin(known: list[Heard], now: Millis) -> None:
    """Forget what is older than any room, and make runs of what no room still waits for."""
    while len(known) > 1 and known[1].first < now - KEPT:
        del known[0]
    position = len(known) - 2
    while position > 0 and known[position].last >= now - FINE_FOR:
        position -= 1
    if position > 0:
        before, one = known[position - 1], known[position]
        close = one.first - before.last <= ALIVE_FOR
        if close and one.last_event_at - before.last_event_at < COARSE > one.last - before.first:
            known[position - 1] = Heard(before.first, one.last, one.last_event_at)
            del known[position]
