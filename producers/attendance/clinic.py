"""The clinic's own attendance: a CSV line a person and session, from its records or by hand.

The columns: `docs/attendance.md`. Spreadsheets write UTF-8 or, older ones, Windows-1252, and part
cells by commas, semicolons or tabs.
"""

import codecs
import re
from datetime import date
from itertools import zip_longest
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from producers.attendance.sheet import table
from producers.directory import times
from producers.directory.cells import Row
from producers.directory.records import BadFile, Problem, Problems

Said: TypeAlias = Literal["present", "absent", "excused", "in_person"]

REQUIRED: Final = frozenset({"person", "attended"})
COLUMNS: Final = REQUIRED | {"session", "date", "start", "group", "minutes"}
WORDS: Final[dict[Said, str]] = {
    "present": "yes y true 1 present attended sí si s presente asistió asistio",
    "absent": "no n false 0 absent missed no-show ausente faltó falto",
    "excused": "excused justificado justificada excusado excusada",
    "in_person": "in-person presencial",
}
MEANT: Final = {word: said for said, words in WORDS.items() for word in words.split()}
KNOWN: Final = "yes, no, excused or in_person"
HOUR: Final = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
COUNT: Final = re.compile(r"\d{1,4}(?:[.,]\d{1,3})?")
NO_PLACE: Final = "give the session's UID in session, or its date"


class Seat(Struct, frozen=True, kw_only=True):
    """What the file says of one person and session; `session` is its UID, empty where it is known
    by its `day`, and by `start` and `group` where they are given."""

    line: int
    person: str
    said: Said
    session: str = ""
    day: date | None = None
    start: str = ""
    group: str = ""
    minutes: float | None = None


def read(raw: bytes) -> list[Seat]:
    """Raises `BadFile` with all that is wrong, by line, never with what the file holds."""
    text = _text(raw)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = ((line, cells) for line, cells in table(text, delimiter) if any(cells))
    header = [cell.lower() for cell in next(rows, (1, [""]))[1]]
    problems = Problems()
    _check(header, problems)
    problems.raise_any()
    seats = []
    for line, cells in rows:
        if len(cells) > len(header):
            problems.add(line, "row", f"{len(cells)} cells for {len(header)} headings")
            continue
        seat = _seat(Row(line, dict(zip_longest(header, cells, fillvalue="")), problems))
        if seat is not None:
            seats.append(seat)
    problems.raise_any(seats)
    if not seats:
        raise BadFile([Problem(1, "file", "holds no line below its headings")])
    return seats


def _text(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _check(header: list[str], problems: Problems) -> None:
    for number, name in enumerate(header, 1):
        if name and name not in COLUMNS:
            known = ", ".join(sorted(COLUMNS))
            problems.add(1, f"column {number}", f"unknown heading; take it out. Known: {known}")
        elif name and name in header[: number - 1]:
            problems.add(1, name, "this heading is there twice")
    for name in sorted(REQUIRED - set(header)):
        problems.add(1, name, "this column is missing")
    if not {"session", "date"} & set(header):
        problems.add(1, "session or date", f"this column is missing: {NO_PLACE}")


def _seat(row: Row) -> Seat | None:
    person = row.text("person", required=True)
    session, day = row.text("session"), row.text("date")
    if not session and not day:
        row.bad("session", NO_PLACE)
    seat = Seat(
        line=row.line,
        person=person,
        said=_said(row),
        session=session,
        day=row.tried("date", lambda: times.day(day)) if day else None,
        start=row.matching("start", HOUR, "18:00").zfill(5) if row.text("start") else "",
        group=row.text("group").casefold(),
        minutes=_minutes(row),
    )
    return seat if row.good else None


def _said(row: Row) -> Said:
    word = row.text("attended", required=True).casefold()
    said = MEANT.get(re.sub(r"[ _]", "-", word))
    if word and said is None:
        row.bad("attended", f"not understood; write {KNOWN}")
    return said or "present"


def _minutes(row: Row) -> float | None:
    number = row.matching("minutes", COUNT, "85")
    return float(number.replace(",", ".")) if number and row.good else None
