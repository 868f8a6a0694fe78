"""CSV: programs, people, sessions or closed days, told apart by the header.

The columns: `docs/schedules.md`.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from typing import TypeVar

from producers.directory import csv_closed, csv_people, csv_sessions
from producers.directory.cells import Row
from producers.directory.records import (
    BadFile,
    ClosedRow,
    PersonRow,
    Problem,
    Problems,
    ProgramRow,
    SessionRow,
)

Records = list[ProgramRow] | list[PersonRow] | list[SessionRow] | list[ClosedRow]

T = TypeVar("T", bound=ProgramRow | PersonRow | SessionRow | ClosedRow)

UNKNOWN = (
    "neither people (person_id ...) nor sessions (uid ...) nor programs (program, name ...) nor "
    "closed days (program, day ...)"
)
PROGRAM_COLUMNS = frozenset({"program", "name", "time_zone"})


def read(raw: bytes, zones: Mapping[str, str]) -> Records:
    """`zones` gives the time zone of each known program. Raises `BadFile` with all problems."""
    header, rows = _table(raw)
    if "person_id" in header:
        _check(header, csv_people.COLUMNS, csv_people.REQUIRED)
        return _all(header, rows, csv_people.person, "person_id")
    if "uid" in header:
        _check(header, csv_sessions.COLUMNS, csv_sessions.REQUIRED)
        return _all(header, rows, lambda row: csv_sessions.session(row, zones), "uid")
    if "day" in header:
        _check(header, csv_closed.COLUMNS, csv_closed.REQUIRED)
        return _all(header, rows, csv_closed.closed)
    if "program" in header:
        _check(header, PROGRAM_COLUMNS, PROGRAM_COLUMNS)
        return _all(header, rows, _program, "program")
    raise BadFile([Problem(1, "header", UNKNOWN)])


def _table(raw: bytes) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile([Problem(line, "file", "not UTF-8; save the file as CSV UTF-8")]) from None
    rows = _numbered(text)
    _, header = next(rows, (1, []))
    return [cell.strip().lower() for cell in header], rows


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty with the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise BadFile([Problem(line, "row", "a quotation mark is misplaced")]) from None


def _check(header: list[str], columns: frozenset[str], required: frozenset[str]) -> None:
    problems = Problems()
    for number, name in enumerate(header, 1):
        if name not in columns:
            known = ", ".join(sorted(columns))
            problems.add(1, f"column {number}", f"unknown heading; known: {known}")
        elif name in header[: number - 1]:
            problems.add(1, name, "this heading is there twice")
    for name in sorted(required - set(header)):
        problems.add(1, name, "this column is missing")
    problems.raise_any()


def _all(
    header: list[str],
    rows: Iterator[tuple[int, list[str]]],
    make: Callable[[Row], T | None],
    unique: str = "",
) -> list[T]:
    problems = Problems()
    made: list[T] = []
    first: dict[str, int] = {}
    for line, cells in rows:
        if len(cells) > len(header):
            problems.add(line, "row", f"{len(cells)} cells for {len(header)} headings")
            continue
        row = Row(line, dict(zip_longest(header, cells, fillvalue="")), problems)
        key = row.text(unique, required=True) if unique else ""
        if key and first.setdefault(key, line) != line:
            problems.add(line, unique, f"already in line {first[key]}")
        elif (record := make(row)) is not None:
            made.append(record)
    problems.raise_any(made)
    return made


def _program(row: Row) -> ProgramRow | None:
    code = row.text("program", required=True, longest=64)
    name = row.text("name", required=True)
    time_zone = row.time_zone("time_zone", "")
    if not row.good:
        return None
    return ProgramRow(line=row.line, code=code, name=name, time_zone=time_zone)
