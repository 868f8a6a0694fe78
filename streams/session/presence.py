"""Connections and stays: who was there, from when to when (docs/detectors.md, Words)."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from operator import itemgetter

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import SECOND, ConnectionState, LeaveReason, Millis
from streams.session.ledger import Wire
from streams.session.measured import STATES, Moment

COUNTS_AFTER = 30 * SECOND
"""A connection counts once it has lasted so long; until then it is pending."""
ON_PURPOSE: frozenset[LeaveReason] = frozenset({"left", "removed", "ended"})
"""Ends that are no technical trouble."""

Span = tuple[Millis, Millis]
"""[from, to) in milliseconds; `NEVER` where there is no end yet."""


class Connection(Struct, frozen=True, gc=False):
    """From a join to the `left` that pairs with it; open ones end at `NEVER`."""

    start: Millis
    end: Millis
    reason: LeaveReason
    connection_id: str
    joined: bool = True
    """False for a `left` without a join."""

    @property
    def counts(self) -> bool:
        """An open one is taken to last: it counts from `start` + 30 s."""
        return self.end - self.start >= COUNTS_AFTER

    @property
    def settled_at(self) -> Millis:
        """When it is known whether it counts."""
        return min(self.end, self.start + COUNTS_AFTER)

    def open_at(self, instant: Millis) -> bool:
        return self.start <= instant < self.end


class Stay(Struct, frozen=True, gc=False):
    """One stretch of presence: the union of counting connections. Open ones end at `NEVER`."""

    start: Millis
    end: Millis
    reason: LeaveReason
    line: ConnectionState | None
    """The last connection state before the end, as far as this stay had one; an open stay has
    none yet."""

    @property
    def counts_at(self) -> Millis:
        """When it is known that the person is present."""
        return self.start + COUNTS_AFTER

    @property
    def open(self) -> bool:
        return self.end == NEVER

    @property
    def broke_off(self) -> bool:
        """A drop: the line broke, or was bad before an end that nobody meant or explained."""
        if self.reason == "connection_lost":
            return not self.open
        return self.reason in ("left", "unknown") and self.line in ("poor", "lost")


def pair(wires: Iterable[Wire], at: Millis, ends_at: Millis) -> list[Connection]:
    """The connections as known at `at`, by start.

    A second join on a connection that is still open is the same connection; a `left` without
    any join before it is a connection of no length. Joins from `ends_at` on are no presence.
    """
    found: list[Connection] = []
    for wire in wires:
        connection_id = wire.connection_id
        lefts = [left for left in wire.lefts if left[0] <= at]
        position, busy_until = 0, -1
        for join in wire.joins:
            if join.ts > at or join.ts < busy_until:
                continue
            skipped = bisect_left(lefts, (join.ts, ""), lo=position)
            if busy_until < 0:
                found += _orphans(connection_id, lefts[position:skipped])
            position = skipped
            end, reason = lefts[position] if position < len(lefts) else (NEVER, "unknown")
            position += 1
            busy_until = end
            if join.ts < ends_at:
                found.append(Connection(join.ts, end, reason, connection_id))
        if busy_until < 0:
            found += _orphans(connection_id, lefts)
    found.sort(key=_start)
    return found


def _orphans(
    connection_id: str, lefts: Sequence[tuple[Millis, LeaveReason]]
) -> Iterable[Connection]:
    return [Connection(ts, ts, reason, connection_id, False) for ts, reason in lefts]


def _start(connection: Connection) -> tuple[Millis, Millis, str]:
    return connection.start, connection.end, connection.connection_id


def end_at_exclusive(
    connections: list[Connection], exclusive: Sequence[tuple[Millis, str]]
) -> None:
    """An `exclusive` join ends the person's other connections, for an unknown reason.

    `exclusive` are their instants in order, and the ids of the connections that they begin: told
    again of another instant (a webhook's second, the platform's own millisecond), a join does not
    end its own.
    """
    for index, one in enumerate(connections):
        following = bisect_right(exclusive, one.start, key=itemgetter(0))
        while following < len(exclusive) and exclusive[following][1] == one.connection_id:
            following += 1
        if following < len(exclusive) and exclusive[following][0] < one.end:
            instant = exclusive[following][0]
            connections[index] = Connection(one.start, instant, "unknown", one.connection_id)


def stays(connections: Sequence[Connection], line: Sequence[Moment]) -> list[Stay]:
    """The union of counting connections, and of `left`s without a join, in order."""
    found: list[Stay] = []
    start, last = NEVER, None
    for one in connections:
        if not one.counts and one.joined:
            continue
        if last is not None and one.start <= last.end:
            last = one if one.end > last.end else last
            continue
        if last is not None:
            found.append(_stay(start, last, line))
        start, last = one.start, one
    if last is not None:
        found.append(_stay(start, last, line))
    return found


def first_stay(everybodys: Iterable[Sequence[Stay]]) -> Stay | None:
    """The earliest of several people's stays, each one's in order."""
    return min((one[0] for one in everybodys if one), key=_begins, default=None)


def _begins(stay: Stay) -> Millis:
    return stay.start


def _stay(start: Millis, last: Connection, line: Sequence[Moment]) -> Stay:
    if not line or last.end == NEVER:
        return Stay(start, last.end, last.reason, None)
    position = bisect_left(line, (max(last.end, start + 1),)) - 1
    told = position >= 0 and line[position][0] >= start
    return Stay(start, last.end, last.reason, STATES[line[position][3]] if told else None)


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans with overlapping and touching ones made one, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def minus(spans: Iterable[Span], holes: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of the spans outside the holes, both in order."""
    rest: list[Span] = []
    for start, end in spans:
        for hole_start, hole_end in holes:
            if hole_end <= start or hole_start >= end:
                continue
            if hole_start > start:
                rest.append((start, hole_start))
            start = hole_end
        if start < end:
            rest.append((start, end))
    return tuple(rest)


def common(some: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """What lies in both; each is in order and does not overlap."""
    return tuple(
        (max(start, begin), min(end, finish))
        for start, end in some
        for begin, finish in others
        if max(start, begin) < min(end, finish)
    )


def clip(spans: Iterable[Span], start: Millis, end: Millis) -> tuple[Span, ...]:
    return tuple(
        (max(begin, start), min(finish, end))
        for begin, finish in spans
        if begin < end and finish > start
    )


def counter(spans: Collection[Span]) -> Callable[[Millis], int]:
    """Tells how many of the spans hold at an instant, without looking at each of them."""
    starts = sorted([start for start, _ in spans])
    ends = sorted([end for _, end in spans])
    return lambda at: bisect_right(starts, at) - bisect_right(ends, at)


def length(spans: Iterable[Span]) -> Millis:
    return sum(end - start for start, end in spans)


def covered(spans: Sequence[Span], instant: Millis) -> bool:
    """As `within`, of a `union`: searched by halves, for a line that breaks hundreds of times."""
    position = bisect_right(spans, (instant, NEVER))
    return position > 0 and instant < spans[position - 1][1]


def within(spans: Iterable[Span], instant: Millis) -> bool:
    return any(start <= instant < end for start, end in spans)
