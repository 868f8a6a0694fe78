"""What a schedule file says, once read; and what is wrong with it, by line and column.

A problem never repeats what the file holds: that may be a name.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct, field

from streams.events import Kind, Millis, Modality

PersonKind = Literal["staff", "patient", "family", "interpreter", "observer"]
State = Literal["active", "on_leave", "discharged"]


class Problem(Struct, frozen=True, order=True):
    line: int
    column: str
    problem: str
    unit: str = ""  # empty: what the file is counted by, lines, or entries of FHIR

    def __str__(self) -> str:
        where = f"{self.unit or 'line'} {self.line}, {self.column}" if self.line else self.column
        return f"{where}: {self.problem}"  # line 0: of the file as a whole


class BadFile(ValueError):
    """All that is wrong with a file; nothing of it was taken over.

    `rows`: what could be read of it all the same, good or not. Whom and what they refer to is
    looked up still, so that all is told at once.
    """

    def __init__(self, problems: Iterable[Problem], rows: Sequence[Struct] = ()) -> None:
        super().__init__()
        self.problems = sorted(set(problems))
        self.rows = rows

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Problems:
    """Gathers problems, so that all are told at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, line: int, column: str, problem: str) -> None:
        self.found.append(Problem(line, column, problem))

    def raise_any(self, rows: Sequence[Struct] = ()) -> None:
        """Raises `BadFile` when there are any."""
        if self.found:
            raise BadFile(self.found, rows)


class ProgramRow(Struct, frozen=True, kw_only=True):
    line: int
    code: str
    name: str
    time_zone: str


class ClosedRow(Struct, frozen=True, kw_only=True):
    """Days, the last included, on which a program holds no session; or which are open after all."""

    line: int
    program: str
    first: date
    last: date
    closed: bool = True


class PersonRow(Struct, frozen=True, kw_only=True):
    """Only what the file has a column for: `fields`, `platforms` and `known` name the columns."""

    line: int
    person_id: str
    kind: PersonKind
    fields: dict[str, str]  # "" takes a field away
    identities: dict[str, list[str]]  # by platform
    known: frozenset[str]  # which of clinician, hours_per_week, state the file says
    clinician: str = ""
    hours_per_week: float | None = None
    state: State = "active"


class Who(Struct, frozen=True):
    """A person as a file names them: by the clinic's own id or by an e-mail address."""

    how: Literal["id", "email"]
    value: str
    line: int
    column: str


class Seat(Struct, frozen=True):
    who: Who
    modality: Modality | None = None


class SessionRow(Struct, frozen=True, kw_only=True):
    """One occurrence. `original_start` is what the calendar first said, not where it was moved."""

    line: int
    uid: str
    original_start: Millis
    starts_at: Millis
    ends_at: Millis
    time_zone: str
    program: str
    track: str
    kind: Kind
    modality: Modality
    host: Who
    roster: list[Seat]
    platform: str | None = None
    room: str | None = None
    breaks: list[tuple[Millis, Millis]] = field(default_factory=list)
    cancelled: bool = False
    place: str = ""  # by which appointments of one group are known (`grouping`)


class Report(Struct):
    """What an import did, or in a dry run would do. `str()` of it is plain lines, no names."""

    what: str
    dry_run: bool
    counts: dict[str, int]
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unit: str = "line"  # what lines are called

    def count(self, word: str) -> None:
        self.counts[word] = self.counts.get(word, 0) + 1

    def __str__(self) -> str:
        counted = ", ".join(f"{number} {word}" for word, number in self.counts.items())
        last = ["nothing was written: this was a dry run"] if self.dry_run else []
        return "\n".join([f"{self.what}: {counted or 'none'}", *self.lines, *self.notes, *last])
