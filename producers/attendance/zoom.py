"""Zoom's attendance CSV: an optional preamble, then a row for each connection or each person.

Headings are in the account's language, their order is always the same, so columns go by place;
but for the waiting room's, since reports leave out what was not asked before it (guests, consent).
Minutes are rounded up; people joining by two devices have rows that overlap.
"""

import re
from typing import Final

from producers.attendance import moments
from producers.attendance.sheet import Row, Sheet, cell, table
from producers.directory.records import BadFile, Problem

NAME, EMAIL, JOINED, LEFT, MINUTES, WAITING = 0, 1, 2, 3, 4, 7
WAITS: Final = re.compile(r"wait|espera|warte|attente|attesa", re.IGNORECASE)
"""In a heading; in a language that is not here, the place of a whole report's."""
TOTAL: Final = 2  # of the short form: Total Duration (Minutes)
MINUTE: Final = 60
COUNT: Final = re.compile(r"\d{1,6}")
YES: Final = ("y", "s", "j", "o")
"""Yes, sí, ja, oui."""


def read(raw: bytes) -> Sheet:
    """Raises `BadFile` with every row that cannot be understood."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile([Problem(line, "file", "not UTF-8: not as Zoom wrote it")]) from None
    blocks = _blocks(text)
    if not blocks or len(blocks) > 2 or len(blocks[-1]) < 2:
        raise BadFile(
            [Problem(1, "file", "no list of participants; this is no participants report of Zoom")]
        )
    preamble = [part for _, cells in (blocks[0] if len(blocks) == 2 else []) for part in cells]
    hosts = {part.casefold() for part in preamble if "@" in part}
    head, *rows = blocks[-1]
    waiting = next((n for n, title in enumerate(head[1]) if WAITS.search(title)), WAITING)
    long = moments.looks_like(cell(rows[0][1], JOINED))
    made = [
        _long(line, cells, hosts, waiting) if long else _short(line, cells, hosts)
        for line, cells in rows
    ]
    problems = [
        Problem(line, *row)
        for (line, _), row in zip(rows, made, strict=True)
        if isinstance(row, tuple)
    ]
    if problems:
        raise BadFile(problems)
    times = [part for part in preamble if moments.looks_like(part)]
    return Sheet([row for row in made if isinstance(row, Row)], MINUTE, times)


def _blocks(text: str) -> list[list[tuple[int, list[str]]]]:
    """The parts between empty lines."""
    blocks: list[list[tuple[int, list[str]]]] = [[]]
    for line, cells in table(text, ","):
        if any(cells):
            blocks[-1].append((line, cells))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _long(line: int, cells: list[str], hosts: set[str], waiting: int) -> Row | tuple[str, str]:
    """A connection; or the column and what is wrong with it."""
    joined, left = cell(cells, JOINED), cell(cells, LEFT)
    if not moments.looks_like(joined):
        return "Join Time", "not a time as Zoom writes it"
    if left and not moments.looks_like(left):
        return "Leave Time", "not a time as Zoom writes it"
    waits = cell(cells, waiting).casefold().startswith(YES)
    return _row(line, cells, hosts, MINUTES, joined=joined, left=left, waiting=waits)


def _short(line: int, cells: list[str], hosts: set[str]) -> Row | tuple[str, str]:
    if not COUNT.fullmatch(cell(cells, TOTAL)):
        return "Total Duration (Minutes)", "not a number of minutes"
    return _row(line, cells, hosts, TOTAL)


def _row(
    line: int,
    cells: list[str],
    hosts: set[str],
    minutes: int,
    *,
    joined: str = "",
    left: str = "",
    waiting: bool = False,
) -> Row:
    email, said = cell(cells, EMAIL), cell(cells, minutes)
    return Row(
        line=line,
        name=cell(cells, NAME),
        identities=(email,) if email else (),
        joined=joined,
        left=left,
        seconds=int(said) * MINUTE if COUNT.fullmatch(said) else None,
        host=email.casefold() in hosts,
        waiting=waiting,
    )
