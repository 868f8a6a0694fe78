"""Microsoft Teams' attendance report: UTF-16 LE, parted by tabs, though it is named .csv.

Three numbered blocks (summary, participants, in-meeting activities), titles and headings in the
organiser's language, so blocks go by number and columns by place.
"""

import codecs
import re
from collections.abc import Mapping

from producers.attendance import moments
from producers.attendance.sheet import Row, Sheet, cell, table
from producers.directory.records import BadFile, Problem

SUMMARY, PARTICIPANTS, ACTIVITIES = 1, 2, 3
NAME, JOINED, LEFT, DURATION, EMAIL, UPN = range(6)
TITLE = re.compile(r"(\d)\. \D+")
ORGANISER = "organi"
"""Organizer, Organizador, Organisator, Organisateur."""
NOT_TEAMS = (
    "no numbered blocks of participants and activities; this is no attendance report of Teams as "
    "it was exported"
)

Blocks = dict[int, list[tuple[int, list[str]]]]


def read(raw: bytes) -> Sheet:
    """Raises `BadFile` with every row that cannot be understood."""
    blocks = _blocks(_text(raw))
    people = blocks.get(PARTICIPANTS, [])[1:]
    stays = blocks.get(ACTIVITIES, [])[1:]
    if not people and not stays:
        raise BadFile([Problem(1, "file", NOT_TEAMS)])
    names = {_who(cells): cell(cells, UPN) for _, cells in people}
    problems: list[Problem] = []
    rows: list[Row] = []
    for line, cells in stays or people:
        for column, number in (("join", JOINED), ("leave", LEFT)):
            if not moments.looks_like(cell(cells, number)):
                problems.append(Problem(line, column, "not a time as Teams writes it"))
        rows.append(_row(line, cells, names))
    if problems:
        raise BadFile(problems)
    told = [part for _, cells in blocks.get(SUMMARY, []) for part in cells]
    return Sheet(rows, 1, [part for part in told if moments.looks_like(part)])


def _text(raw: bytes) -> str:
    wide = raw.startswith(codecs.BOM_UTF16_LE) or b"\x00" in raw[:100]
    try:
        return raw.decode("utf-16-le" if wide else "utf-8").lstrip("\ufeff")
    except UnicodeDecodeError:
        raise BadFile([Problem(1, "file", "neither UTF-16 nor UTF-8")]) from None


def _blocks(text: str) -> Blocks:
    blocks: Blocks = {}
    number = 0
    for line, cells in table(text, "\t"):
        filled = [part for part in cells if part]
        title = TITLE.fullmatch(filled[0]) if len(filled) == 1 else None
        if title:
            number = int(title[1])
        elif filled:
            blocks.setdefault(number, []).append((line, cells))
    return blocks


def _who(cells: list[str]) -> tuple[str, str]:
    return cell(cells, NAME), cell(cells, EMAIL).casefold()


def _row(line: int, cells: list[str], names: Mapping[tuple[str, str], str]) -> Row:
    given = (cell(cells, EMAIL), names.get(_who(cells), ""))
    return Row(
        line=line,
        name=cell(cells, NAME),
        identities=tuple(dict.fromkeys(filter(None, given))),
        joined=cell(cells, JOINED),
        left=cell(cells, LEFT),
        seconds=moments.seconds(cell(cells, DURATION)),
        host=any(part.casefold().startswith(ORGANISER) for part in cells[UPN:]),
    )
