"""Waiting, links opened, tries that failed, looking in (docs/detectors.md, Words)."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import MINUTE, SECOND, Millis
from streams.session.ledger import Check, Failure
from streams.session.presence import ON_PURPOSE, Connection, Span, Stay, covered

LINK_TAKES = 60 * SECOND
"""A connection (or the waiting room) should follow an opened link within it."""
TRIED_FROM = 15 * MINUTE
"""Before the start; earlier attempts are tests of the headset."""


class Try(Struct, frozen=True):
    """An attempt to connect that did not succeed, at the instant at which that is known."""

    at: Millis
    stage: str | None = None


def waits(
    waiting: Sequence[tuple[Millis, str]], connections: Sequence[Connection]
) -> tuple[Span, ...]:
    """Stretches in the waiting room: until admitted, left or joined."""
    found: list[Span] = []
    for entered, state in waiting:
        if state != "entered" or (found and entered < found[-1][1]):
            continue
        ends = [ts for ts, then in waiting if then != "entered" and ts >= entered]
        ends += [one.start for one in connections if one.joined and one.start >= entered]
        found.append((entered, min(ends, default=NEVER)))
    return tuple(found)


def arrival(since: Millis, connections: Sequence[Connection], waits: Sequence[Span]) -> Millis:
    """When somebody on the way since then is connected or waiting; `NEVER` when not so far."""
    arrivals = [
        max(start, since)
        for start, end in (*((one.start, one.end) for one in connections if one.joined), *waits)
        if end > since or start == since
    ]
    return min(arrivals, default=NEVER)


def on_the_way(
    since: Iterable[Millis], connections: Sequence[Connection], waits: Sequence[Span]
) -> list[Span]:
    """For each opened link or admission the time for which a connection may still follow."""
    return [(at, min(at + LINK_TAKES, arrival(at, connections, waits))) for at in since]


def tries(
    starts_at: Millis,
    links: Iterable[Millis],
    failures: Iterable[Failure],
    checks: Sequence[Check],
    connections: Sequence[Connection],
    spans: Sequence[Span],
    early: Iterable[Stay],
    waits: Sequence[Span],
) -> tuple[Try, ...]:
    """Every try from 15 min before the start, in order; those to come among them. `spans`: while
    any of the connections was open."""
    found = [Try(failure.ts, failure.stage) for failure in failures]
    found += [
        Try(at + LINK_TAKES) for at in links if arrival(at, connections, waits) > at + LINK_TAKES
    ]
    found += [
        Try(one.end) for one in connections if one.joined and not one.counts and _broken(one, spans)
    ]
    found += [Try(stay.end) for stay in early if _broken(stay, spans)]
    passed = max((check.ts for check in checks if check.passed), default=-1)
    found += [
        Try(check.ts)
        for check in checks
        if not check.passed and check.ts >= starts_at and check.ts > passed
    ]
    if not found:
        return ()
    return tuple(sorted((one for one in found if one.at >= starts_at - TRIED_FROM), key=_at))


def _broken(one: Connection | Stay, connected: Sequence[Span]) -> bool:
    """Ended for a technical or unknown reason while no other connection was open."""
    return one.reason not in ON_PURPOSE and not covered(connected, one.end)


def _at(one: Try) -> tuple[Millis, str]:
    return one.at, one.stage or ""


def looked_in(connections: Iterable[Connection], early: Iterable[Stay]) -> Millis | None:
    """When the person last came only to look: no presence, no trouble."""
    seen = [one.start for one in connections if _glance(one)]
    seen += [stay.start for stay in early if stay.reason == "left"]
    return max(seen, default=None)


def _glance(one: Connection) -> bool:
    return one.joined and not one.counts and one.reason == "left"


def settle(instant: Millis, unsettled: Sequence[Span]) -> Millis:
    """The first instant from then on that lies in none of the spans."""
    moved = True
    while moved and instant < NEVER:
        moved = False
        for start, end in unsettled:
            if start <= instant < end:
                instant, moved = end, True
    return instant
