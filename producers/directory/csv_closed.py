"""The closed days file: one row a day, or several days on end, of one program."""

from datetime import date, timedelta
from typing import Final

from producers.directory import times
from producers.directory.cells import Row
from producers.directory.records import ClosedRow

REQUIRED: Final = frozenset({"program", "day"})
COLUMNS: Final = REQUIRED | {"last_day", "status"}
LONGEST = timedelta(days=60)


def closed(row: Row) -> ClosedRow | None:
    """None when its days are wrong; of what else is, the row tells the problems."""
    program = row.text("program", required=True, longest=64)
    row.text("day", required=True)
    first = _day(row, "day")
    last = _day(row, "last_day") or first
    if first and last and not first <= last <= first + LONGEST:
        row.bad("last_day", f"must not be before the day, nor over {LONGEST.days} days after it")
    status = row.choice("status", ("closed", "open"), "closed")
    if first is None or last is None:
        return None
    return ClosedRow(
        line=row.line, program=program, first=first, last=last, closed=status == "closed"
    )


def _day(row: Row, column: str) -> date | None:
    text = row.text(column)
    return row.tried(column, lambda: times.day(text)) if text else None
