"""One row of a CSV file: its cells by heading, read with the problems they have."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from producers.directory import times
from producers.directory.records import Problems

T = TypeVar("T")

LONGEST = 200


class Row:
    """Readers return something harmless for a bad cell; `good` says whether all were well."""

    def __init__(self, line: int, cells: Mapping[str, str], problems: Problems) -> None:
        self.line = line
        self.good = True
        self._cells = cells
        self._problems = problems

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self._cells

    def bad(self, column: str, problem: str) -> None:
        self.good = False
        self._problems.add(self.line, column, problem)

    def text(self, column: str, *, required: bool = False, longest: int = LONGEST) -> str:
        cell = self._cells.get(column, "").strip()
        if required and not cell:
            self.bad(column, "is empty")
        elif len(cell) > longest:
            self.bad(column, f"longer than {longest} characters")
        elif any(ord(letter) < 32 for letter in cell):
            self.bad(column, "holds a line break or another control character")
        return cell

    def listed(self, column: str) -> list[str]:
        """The parts between semicolons."""
        cell = self._cells.get(column, "")
        return [part.strip() for part in cell.split(";") if part.strip()]

    def choice(self, column: str, options: Sequence[T], default: T | None) -> T:
        """One of the options; the default where the cell is empty (none: it must not be)."""
        cell = self.text(column, required=default is None).lower()
        if cell in options:
            return cast(T, cell)
        if cell:
            self.bad(column, f"must be one of {', '.join(map(str, options))}")
        return options[0] if default is None else default

    def matching(self, column: str, pattern: re.Pattern[str], example: str) -> str:
        cell = self.text(column)
        if cell and not pattern.fullmatch(cell):
            self.bad(column, f"not understood; write it like {example}")
        return cell

    def time_zone(self, column: str, default: str) -> str:
        name = self.text(column, required=not default) or default
        known = self.tried(column, lambda: times.zone(name or "UTC"))
        return name if known else "UTC"

    def tried(self, column: str, read: Callable[[], T]) -> T | None:
        """What `read` returns, or None with its `BadTime` told."""
        try:
            return read()
        except times.BadTime as error:
            self.bad(column, str(error))
            return None
