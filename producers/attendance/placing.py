"""Which session a file is of, and when each of its rows was, as instants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from producers.attendance import moments
from producers.attendance.moments import Order
from producers.attendance.sheet import Row, Sheet
from producers.directory.lookup import AROUND
from producers.directory.records import BadFile, Problem, Problems
from streams.events import SECOND

ELSEWHERE: Final = "no session of that UID is within an hour of these times; is the zone right?"
NO_TIMES: Final = "only total minutes, no times: export it with every connection, or use --totals"


class Session(Struct, frozen=True):
    """What placing needs of a session."""

    id: str
    starts_at: int
    ends_at: int


class Stay(Struct, frozen=True):
    """A row from when to when (ms); None: still there when the file was written."""

    row: Row
    start: int
    end: int | None


class Placed(Struct, frozen=True):
    session: Session
    stays: list[Stay]
    began: int | None = None
    ended: int | None = None


def place(sheet: Sheet, sessions: Sequence[Session], where: ZoneInfo, *, totals: bool) -> Placed:
    """Raises `BadFile` where nothing fits, or with every row whose times cannot be.

    With `totals` a short form, which has minutes alone, is laid from the session's start: good
    for minutes, not for who came late.
    """
    if not sheet.rows[0].joined:
        return _totals(sheet, sessions, where, totals)
    order, session = _nearest(sheet.rows, sessions, where)
    problems = Problems()
    stays = [
        stay
        for row in sheet.rows
        if (stay := _stay(row, order, where, session, sheet.grain, problems)) is not None
    ]
    problems.raise_any()
    began, ended = _meeting(sheet, order, where, session)
    return Placed(session, stays, began, ended)


def _totals(sheet: Sheet, sessions: Sequence[Session], where: ZoneInfo, allowed: bool) -> Placed:
    if not allowed:
        raise BadFile([Problem(sheet.rows[0].line, "Join Time", NO_TIMES)])
    if len(sessions) > 1:
        told = Row(line=1, name="", identities=(), joined=sheet.times[0]) if sheet.times else None
        if told is None:
            raise BadFile([Problem(1, "file", "no times, and several sessions have that UID")])
        _, session = _nearest([told], sessions, where)
    else:
        session = sessions[0]
    length = session.ends_at - session.starts_at
    stays = [
        Stay(row, session.starts_at, session.starts_at + min((row.seconds or 0) * SECOND, length))
        for row in sheet.rows
    ]
    return Placed(session, stays)


def _nearest(
    rows: Sequence[Row], sessions: Sequence[Session], where: ZoneInfo
) -> tuple[Order, Session]:
    """The order of day and month, and the session, that all rows fit."""
    found: list[tuple[int, Order, Session]] = []
    for order in moments.ORDERS:
        shown = [moments.local(row.joined, order) for row in rows]
        begins = [_about(one, where) for one in shown if one is not None]
        if len(begins) < len(rows):
            continue
        first, last = min(begins), max(begins)
        found += [
            (abs(first - session.starts_at), order, session)
            for session in sessions
            if session.starts_at - AROUND <= first and last <= session.ends_at + AROUND
        ]
    if not found:
        raise BadFile([Problem(rows[0].line, "join time", ELSEWHERE)])
    return min(found, key=lambda one: one[0])[1:]


def _about(shown: datetime, where: ZoneInfo) -> int:
    return round(shown.replace(tzinfo=where).timestamp() * SECOND)


def _stay(
    row: Row, order: Order, where: ZoneInfo, session: Session, grain: int, problems: Problems
) -> Stay | None:
    starts = _instants(row.joined, order, where)
    ends = _instants(row.left, order, where) if row.left else []
    if not starts or (row.left and not ends):
        problems.add(row.line, "time", "not a time, or one that the clocks skip there")
        return None
    if not row.left:
        return Stay(row, min(starts, key=lambda one: abs(one - session.starts_at)), None)
    pairs = [(start, end) for start in starts for end in ends if start <= end]
    if not pairs:
        problems.add(row.line, "leave time", "is before the join")
        return None

    def unlikely(pair: tuple[int, int]) -> tuple[bool, int]:
        """Where clocks went back, the length that the file says tells which hour was meant."""
        lasted = (pair[1] - pair[0]) / SECOND
        off = row.seconds is not None and not -1 <= row.seconds - lasted <= grain + 1
        return off, abs(pair[0] - session.starts_at)

    start, end = min(pairs, key=unlikely)
    return Stay(row, start, end)


def _instants(text: str, order: Order, where: ZoneInfo) -> list[int]:
    shown = moments.local(text, order)
    return moments.instants(shown, where) if shown else []


def _meeting(
    sheet: Sheet, order: Order, where: ZoneInfo, session: Session
) -> tuple[int | None, int | None]:
    """The meeting's own start and end, when both are told and near the session."""
    told = [_instants(text, order, where)[:1] for text in sheet.times[:2]]
    flat = [one[0] for one in told if one]
    near = all(session.starts_at - AROUND <= one <= session.ends_at + AROUND for one in flat)
    return (flat[0], flat[1]) if len(flat) == 2 and near and flat[0] < flat[1] else (None, None)
