"""What an attendance file says, once read: who was connected from when to when, by line."""

import csv
import io
from collections.abc import Iterator

from msgspec import Struct, field

from producers.directory.records import BadFile, Problem


class Row(Struct, frozen=True, kw_only=True):
    """One connection; of a short form, all of a person's minutes together (no `joined`)."""

    line: int
    name: str
    identities: tuple[str, ...]  # e-mail address, then other stable names
    joined: str = ""
    left: str = ""
    seconds: int | None = None  # as the file says, rounded up to `grain`
    host: bool = False
    waiting: bool = False


class Sheet(Struct):
    """A file. `times` are the meeting's own start and end, where the file tells them."""

    rows: list[Row]
    grain: int  # seconds: Zoom rounds minutes up
    times: list[str] = field(default_factory=list)


def table(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line that each begins on; empty ones too, since they part blocks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise BadFile([Problem(line, "row", "cannot be read")]) from None


def cell(cells: list[str], number: int) -> str:
    return cells[number] if number < len(cells) else ""
