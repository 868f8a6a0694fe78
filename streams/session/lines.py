"""How good a person's line was: the best of the open connections that have a state."""

from bisect import bisect_left
from collections import deque
from collections.abc import Container, Sequence
from itertools import islice, pairwise

from msgspec import Struct

from streams.events import ConnectionState, Millis
from streams.session.ledger import LineState
from streams.session.presence import Connection, Span

RANK: dict[ConnectionState, int] = {"good": 0, "fair": 1, "poor": 2, "lost": 3}
BAD: frozenset[ConnectionState] = frozenset({"poor", "lost"})


class Stretch(Struct, frozen=True, gc=False):
    """[start, end) with one best state; `told` is what the reducer said of it."""

    start: Millis
    end: Millis
    told: LineState | None

    @property
    def bad(self) -> bool:
        return self.told is not None and self.told.state in BAD


def stretches(
    connections: Sequence[Connection], spans: Sequence[Span], line: Sequence[LineState]
) -> tuple[tuple[Stretch, ...], ...]:
    """For each of `spans`, the times on end that a person was connected, the states one after the
    other. Of connections in order of `start`, and states in order of `since`.
    """
    if not line:
        return ()
    known = {one.connection_id for one in connections}
    found = []
    for start, end in spans:
        told = line[bisect_left(line, start, key=_since) : bisect_left(line, end, key=_since)]
        if told:
            first = bisect_left(connections, start, key=_start)
            within = connections[first : bisect_left(connections, end, key=_start)]
            found.append(tuple(_stretches((start, end), within, told, known)))
    return tuple(found)


def _stretches(
    span: Span, within: Sequence[Connection], told: Sequence[LineState], known: Container[str]
) -> list[Stretch]:
    """Of the connections and states of this span, looked at once each from edge to edge."""
    start, end = span
    edges = {start, *(state.since for state in told), *(one.start for one in within)}
    edges |= {one.end for one in within if one.end < end}
    best = _Best(within, told, known)
    found: list[Stretch] = []
    for begin, finish in pairwise([*sorted(edges), end]):
        state = best.at(begin)
        if found and found[-1].told == state:
            found[-1] = Stretch(found[-1].start, finish, state)
        else:
            found.append(Stretch(begin, finish, state))
    return found


class _Best:
    """The best state at one instant after the other.

    The sender names connections its own way: of names the platform does not know, as many
    count, the newest first, as connections are open.
    """

    def __init__(
        self, within: Sequence[Connection], told: Sequence[LineState], known: Container[str]
    ) -> None:
        self._starts = deque(within)
        self._ends = deque(sorted(within, key=_end))
        self._told = deque(told)
        self._known = known
        self._open: dict[str, int] = {}
        """How many connections of that name are open; none of those that are not."""
        self._named: dict[str, LineState] = {}
        self._unnamed: dict[str, LineState] = {}
        self._spoke: dict[str, int] = {}
        """In which order the names that the platform knows first spoke."""

    def at(self, instant: Millis) -> LineState | None:
        """`instant` is not before the one asked last."""
        while self._starts and self._starts[0].start <= instant:
            name = self._starts.popleft().connection_id
            self._open[name] = self._open.get(name, 0) + 1
        while self._ends and self._ends[0].end <= instant:
            name = self._ends.popleft().connection_id
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]
        while self._told and self._told[0].since <= instant:
            state = self._told.popleft()
            of = self._named if state.connection_id in self._known else self._unnamed
            of[state.connection_id] = state
            self._spoke.setdefault(state.connection_id, len(self._spoke))
        named = sorted(self._open.keys() & self._named.keys(), key=self._spoke.__getitem__)
        free = max(0, len(self._open) - len(named))
        newest = [*islice(reversed(self._unnamed.values()), free)]
        return min([*(self._named[name] for name in named), *newest[::-1]], key=_rank, default=None)


def _rank(state: LineState) -> int:
    return RANK[state.state]


def _since(state: LineState) -> Millis:
    return state.since


def _start(connection: Connection) -> Millis:
    return connection.start


def _end(connection: Connection) -> Millis:
    return connection.end
