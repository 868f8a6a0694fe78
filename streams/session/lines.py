"""How good a person's line was: the best of the open connections that have a state."""

from bisect import bisect_left
from collections import deque
from collections.abc import Container, Iterator, Sequence
from itertools import islice, pairwise
from operator import itemgetter
from struct import Struct as Layout
from struct import pack
from typing import Final

from msgspec import Struct

from streams.events import ConnectionState, Millis
from streams.session.measured import BAD_FROM, STATES, UNMEASURED, Measured, Moment
from streams.session.presence import Connection, Span

_PART: Final = Layout("<qib")
"""When it begins, and the state's place and rank; the edges have no state."""
_NONE, _END = -1, -2
"""Places: no state so far, and the end of a time connected."""


class Stretch(Struct, frozen=True, gc=False):
    """[start, end) with one best state, which is the one at `place` among the measured."""

    start: Millis
    end: Millis
    state: ConnectionState | None
    place: int
    bad: bool


class Line(Struct, frozen=True, gc=False):
    """For each time on end that a person was connected and something was measured, the best
    states one after the other: packed, for of most lines only the bad times are asked for."""

    measured: Measured = UNMEASURED
    packed: bytes = b""
    bad: bool = False
    """At any time."""

    def times(self) -> Iterator[list[Stretch]]:
        found: list[Stretch] = []
        for (start, place, rank), (end, _, _) in pairwise(_PART.iter_unpack(self.packed)):
            if place == _END:
                yield found
                found = []
            else:
                state = STATES[rank] if place >= 0 else None
                found.append(Stretch(start, end, state, place, rank >= BAD_FROM))
        if found:
            yield found

    def bad_spans(self) -> list[Span]:
        """While the best was poor or lost."""
        if not self.bad:
            return []
        parts = pairwise(_PART.iter_unpack(self.packed))
        return [(start, end) for (start, _, rank), (end, _, _) in parts if rank >= BAD_FROM]

    def told_at(self) -> Millis | None:
        """Since when anything was measured while connected."""
        parts = _PART.iter_unpack(self.packed)
        return next((start for start, place, _ in parts if place >= 0), None)


UNKNOWN: Final = Line()


def line(
    connections: Sequence[Connection],
    spans: Sequence[Span],
    measured: Measured,
    moments: Sequence[Moment],
) -> Line:
    """Of connections in order of `start`, and the moments of what was measured."""
    if not moments:
        return UNKNOWN
    known = {one.connection_id for one in connections}
    parts: list[int] = []
    worst = 0
    for start, end in spans:
        told = moments[bisect_left(moments, (start,)) : bisect_left(moments, (end,))]
        if told:
            first = bisect_left(connections, start, key=_start)
            within = connections[first : bisect_left(connections, end, key=_start)]
            for begin, best in _stretches((start, end), within, told, known):
                if best is None:
                    parts += begin, _NONE, 0
                else:
                    parts += begin, best[1], best[3]
                    worst = max(worst, best[3])
            parts += end, _END, 0
    if not parts:
        return UNKNOWN
    return Line(measured, pack("<" + "qib" * (len(parts) // 3), *parts), worst >= BAD_FROM)


def _stretches(
    span: Span, within: Sequence[Connection], told: Sequence[Moment], known: Container[str]
) -> Iterator[tuple[Millis, Moment | None]]:
    """Of the connections and states of this span, looked at once each from edge to edge: where
    another state is the best, and which."""
    start, end = span
    edges = {start, *(moment[0] for moment in told), *(one.start for one in within)}
    edges |= {one.end for one in within if one.end < end}
    best = _Best(within, told, known)
    before: Moment | None = None
    for edge in sorted(edges):
        state = best.at(edge)
        if edge == start or state is not before:
            yield edge, state
        before = state


class _Best:
    """The best state at one instant after the other.

    The sender names connections its own way: of names the platform does not know, as many
    count, the newest first, as connections are open.
    """

    def __init__(
        self, within: Sequence[Connection], told: Sequence[Moment], known: Container[str]
    ) -> None:
        self._starts = deque(within)
        self._ends = deque(sorted(within, key=_end))
        self._told = deque(told)
        self._known = known
        self._open: dict[str, int] = {}
        """How many connections of that name are open; none of those that are not."""
        self._named: dict[str, Moment] = {}
        self._unnamed: dict[str, Moment] = {}
        self._spoke: dict[str, int] = {}
        """In which order the names that the platform knows first spoke."""

    def at(self, instant: Millis) -> Moment | None:
        """`instant` is not before the one asked last."""
        while self._starts and self._starts[0].start <= instant:
            name = self._starts.popleft().connection_id
            self._open[name] = self._open.get(name, 0) + 1
        while self._ends and self._ends[0].end <= instant:
            name = self._ends.popleft().connection_id
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]
        while self._told and self._told[0][0] <= instant:
            state = self._told.popleft()
            name = state[2]
            of = self._named if name in self._known else self._unnamed
            of[name] = state
            self._spoke.setdefault(name, len(self._spoke))
        if len(self._open) == 1:  # nearly always
            own = self._named.get(next(iter(self._open)))
            return own or next(reversed(self._unnamed.values()), None)
        named = sorted(self._open.keys() & self._named.keys(), key=self._spoke.__getitem__)
        free = max(0, len(self._open) - len(named))
        newest = [*islice(reversed(self._unnamed.values()), free)]
        return min(
            [*(self._named[name] for name in named), *newest[::-1]], key=itemgetter(3), default=None
        )


def _start(connection: Connection) -> Millis:
    return connection.start


def _end(connection: Connection) -> Millis:
    return connection.end
