"""How good a person's line was: the best of the open connections that have a state."""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from streams.events import ConnectionState, Millis
from streams.session.ledger import LineState
from streams.session.presence import Connection, Span, union

RANK: dict[ConnectionState, int] = {"good": 0, "fair": 1, "poor": 2, "lost": 3}
BAD: frozenset[ConnectionState] = frozenset({"poor", "lost"})


class Stretch(Struct, frozen=True):
    """[start, end) with one best state; `told` is what the reducer said of it."""

    start: Millis
    end: Millis
    told: LineState | None

    @property
    def bad(self) -> bool:
        return self.told is not None and self.told.state in BAD


def stretches(
    connections: Sequence[Connection], line: Sequence[LineState]
) -> tuple[tuple[Stretch, ...], ...]:
    """For each time on end that a person was connected, the states one after the other."""
    if not line:
        return ()
    spans = union((one.start, one.end) for one in connections if one.joined)
    found = []
    for span in spans:
        told = [state for state in line if span[0] <= state.since < span[1]]
        if told:
            found.append(tuple(_stretches(span, connections, told)))
    return tuple(found)


def _stretches(
    span: Span, connections: Sequence[Connection], told: Sequence[LineState]
) -> list[Stretch]:
    start, end = span
    edges = {start, *(state.since for state in told)}
    edges |= {one.start for one in connections if start <= one.start < end}
    edges |= {one.end for one in connections if start <= one.end < end}
    found: list[Stretch] = []
    ordered = [*sorted(edges), end]
    for begin, finish in pairwise(ordered):
        best = _best(begin, connections, told)
        if found and found[-1].told == best:
            found[-1] = Stretch(found[-1].start, finish, best)
        else:
            found.append(Stretch(begin, finish, best))
    return found


def _best(
    at: Millis, connections: Sequence[Connection], told: Sequence[LineState]
) -> LineState | None:
    """The sender names connections its own way: of names the platform does not know, as many
    count, the newest first, as connections are open."""
    known = {one.connection_id for one in connections}
    open_now = {one.connection_id for one in connections if one.open_at(at)}
    latest: dict[str, LineState] = {}
    for state in told:  # the names stay in the order in which they first spoke
        if state.since <= at and (state.connection_id not in known - open_now):
            latest[state.connection_id] = state
    named = [state for name, state in latest.items() if name in known]
    unnamed = [state for name, state in latest.items() if name not in known]
    free = max(0, len(open_now) - len(named))
    candidates = named + (unnamed[-free:] if free else [])
    return min(candidates, key=_rank, default=None)


def _rank(state: LineState) -> int:
    return RANK[state.state]
