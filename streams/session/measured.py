"""What was measured of a person's line, packed: one `connection.changed` after the other.

Of most only since when it was so, and of which connection, is ever asked again; the figures are
evidence, and kept of bad lines alone.
"""

from bisect import insort
from collections.abc import Sequence
from itertools import chain
from struct import Struct as Layout
from typing import Final, get_args

from msgspec import Struct

from streams.events import Cause, ConnectionState, Millis, Path

STATES: Final[tuple[ConnectionState, ...]] = get_args(ConnectionState)
"""From the best to the worst."""
BAD_FROM: Final = STATES.index("poor")
BAD: Final = frozenset(STATES[BAD_FROM:])
_CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)
_PATHS: Final[tuple[Path | None, ...]] = (None, *get_args(Path))
_STATE = Layout("<qqIB")
"""`ts`, `since`, which of the names, which of the states."""
_FIGURES = Layout("<ddddBB")


class Figures(Struct, frozen=True, gc=False):
    mos: float
    rtt_ms: float
    jitter_ms: float
    loss: float
    cause: Cause
    path: Path | None


class LineState(Struct, frozen=True, gc=False):
    """One `connection.changed`; `ts` and `since` are the end of the window that changed it."""

    since: Millis
    ts: Millis
    connection_id: str
    state: ConnectionState
    figures: Figures | None
    """Of a bad line."""


Moment = tuple[Millis, int, str, int]
"""Since when, its place among all, of which connection, and its place among `STATES`."""


class Measured(Struct, frozen=True, array_like=True, gc=False):
    """In order of `ts`, doubles at one `ts` by their contents."""

    names: tuple[str, ...] = ()
    """Of connections."""
    packed: bytes = b""
    figures: bytes = b""

    def added(self, state: LineState) -> "Measured":
        """With one more in its place, mostly the last; the same when it was there already."""
        if not self.packed or self._last_ts() < state.ts:
            names = self.names
            if state.connection_id not in names:
                names = (*names, state.connection_id)
            row = _row(state, names.index(state.connection_id))
            return Measured(names, self.packed + row, self.figures + _told(state.figures))
        states = self.states()
        if state in states:
            return self
        insort(states, state, key=_order)
        return _of(states)

    def states(self) -> list[LineState]:
        figures = map(_unpacked, _FIGURES.iter_unpack(self.figures))
        return [
            LineState(
                since,
                ts,
                self.names[name],
                STATES[rank],
                next(figures) if rank >= BAD_FROM else None,
            )
            for ts, since, name, rank in _STATE.iter_unpack(self.packed)
        ]

    def since(self, place: int) -> Millis:
        return self._row(place)[1]

    def state(self, place: int) -> ConnectionState:
        return STATES[self._row(place)[3]]

    def figures_of(self, place: int) -> Figures:
        """Of a state that is bad."""
        before = self.packed[_STATE.size - 1 : place * _STATE.size : _STATE.size]
        number = sum(before.count(rank) for rank in range(BAD_FROM, len(STATES)))
        return _unpacked(_FIGURES.unpack_from(self.figures, number * _FIGURES.size))

    def moments(self) -> list[Moment]:
        """In order of `since`."""
        names = self.names
        rows = enumerate(_STATE.iter_unpack(self.packed))
        return sorted([(since, place, names[name], rank) for place, (_, since, name, rank) in rows])

    def instants(self) -> list[Millis]:
        """The `ts` of each."""
        return [row[0] for row in _STATE.iter_unpack(self.packed)]

    def until(self, at: Millis) -> "Measured":
        if not self.packed or self._last_ts() <= at:
            return self
        return _of([one for one in self.states() if one.ts <= at])

    def _row(self, place: int) -> tuple[Millis, Millis, int, int]:
        return _STATE.unpack_from(self.packed, place * _STATE.size)

    def _last_ts(self) -> Millis:
        return self._row(len(self.packed) // _STATE.size - 1)[0]


UNMEASURED: Final = Measured()


def together(kept: Sequence[Measured], at: Millis) -> Measured:
    """Those up to `at`, of one person under one or several names."""
    if len(kept) == 1:
        return kept[0].until(at)
    states = chain.from_iterable(one.states() for one in kept)
    return _of(sorted((one for one in states if one.ts <= at), key=_ts))


def _of(states: Sequence[LineState]) -> Measured:
    names: dict[str, int] = {}
    rows = [_row(one, names.setdefault(one.connection_id, len(names))) for one in states]
    return Measured(tuple(names), b"".join(rows), b"".join(_told(one.figures) for one in states))


def _row(state: LineState, name: int) -> bytes:
    return _STATE.pack(state.ts, state.since, name, STATES.index(state.state))


def _unpacked(row: tuple[float, float, float, float, int, int]) -> Figures:
    mos, rtt_ms, jitter_ms, loss, cause, path = row
    return Figures(mos, rtt_ms, jitter_ms, loss, _CAUSES[cause], _PATHS[path])


def _told(figures: Figures | None) -> bytes:
    if figures is None:
        return b""
    cause, path = _CAUSES.index(figures.cause), _PATHS.index(figures.path)
    return _FIGURES.pack(figures.mos, figures.rtt_ms, figures.jitter_ms, figures.loss, cause, path)


def _ts(state: LineState) -> Millis:
    return state.ts


def _order(state: LineState) -> tuple[Millis, str]:
    return state.ts, repr(state)
