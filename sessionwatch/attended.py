"""The clinic's own attendance against what was recorded, seat by seat. Pure.

A seat is a person and a session. Nobody is named: a difference is a line of the clinic's file, or
a pseudonym where the file has no line.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from producers.attendance.clinic import Said
from streams.events import MINUTE, Outcome, SessionAttended

Kind: TypeAlias = Literal[
    "missed",
    "could_not_connect",
    "partial",
    "present",
    "excused",
    "in_person",
    "not_measured",
    "minutes",
    "no_such_session",
    "no_such_person",
    "no_such_seat",
    "not_in_file",
]
MEANINGS: Final[dict[Kind, str]] = {
    "missed": "they: there; we: missed",
    "could_not_connect": "they: there; we: could not connect",
    "partial": "they: there; we: there for a part of it",
    "present": "they: not there; we: there",
    "excused": "excused on one side only",
    "in_person": "they: in person; we: something else",
    "not_measured": "we did not measure: the session was not held, or its platform not heard",
    "minutes": "there on both sides, with other minutes",
    "no_such_session": "a session that is not in our schedule",
    "no_such_person": "a person whom we do not know by that id or address",
    "no_such_seat": "we expected the person not in that session, or have not recorded it yet",
    "not_in_file": "we expected somebody of whom the file says nothing",
}
AGREED: Final[dict[Said, frozenset[Outcome]]] = {
    "present": frozenset({"attended", "in_person"}),
    "absent": frozenset({"missed", "could_not_connect"}),
    "excused": frozenset({"excused"}),
    "in_person": frozenset({"in_person"}),
}
NOT_MEASURED: Final[frozenset[Outcome]] = frozenset({"unknown", "not_held"})
MINUTES_APART: Final = 10.0
"""More than that is a difference; chosen."""


class Line(Struct, frozen=True):
    """A line of the file, once it is known of whom and of which session; None: of nobody and of
    none. `session` is empty where several were held that day, and the person expected in none."""

    file: int
    line: int
    said: Said
    session: str | None
    person: str | None
    minutes: float | None = None


class Difference(Struct, frozen=True, omit_defaults=True):
    """`file` and `line` are 0 where the file has no line; then `person` is the pseudonym."""

    kind: Kind
    session: str = ""
    file: int = 0
    line: int = 0
    person: str = ""
    they: Said | None = None
    we: Outcome | None = None
    their_minutes: float | None = None
    our_minutes: float | None = None


class Comparison(Struct):
    """`seats` are those of which both sides say something; `table` counts them."""

    seats: int = 0
    agreed: int = 0
    sessions: int = 0
    table: dict[str, dict[str, int]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def kinds(self) -> dict[Kind, int]:
        """How many of each kind, in the order of `MEANINGS`."""
        counted = Counter(one.kind for one in self.differences)
        return {kind: counted[kind] for kind in MEANINGS if counted[kind]}


def compare(
    lines: Sequence[Line], outcomes: Mapping[tuple[str, str], SessionAttended]
) -> Comparison:
    """`outcomes` by session and person. Only sessions of which the file says something count."""
    found = Comparison(sessions=len({line.session for line in lines if line.session}))
    for line in lines:
        ours = outcomes.get((line.session or "", line.person or ""))
        if ours is None:
            found.differences.append(_unknown(line))
            continue
        found.seats += 1
        row = found.table.setdefault(line.said, {})
        row[ours.outcome] = row.get(ours.outcome, 0) + 1
        difference = _difference(line, ours)
        if difference is None:
            found.agreed += 1
        else:
            found.differences.append(difference)
    found.differences += _not_in_file(lines, outcomes)
    return found


def _unknown(line: Line) -> Difference:
    kind: Kind = "no_such_seat"
    if line.session is None:
        kind = "no_such_session"
    elif line.person is None:
        kind = "no_such_person"
    return Difference(kind, line.session or "", line.file, line.line, they=line.said)


def _difference(line: Line, ours: SessionAttended) -> Difference | None:
    minutes = round(ours.present_ms / MINUTE, 1)
    kind = _kind(line, ours.outcome, minutes)
    if kind is None:
        return None
    return Difference(
        kind,
        ours.session_id,
        line.file,
        line.line,
        they=line.said,
        we=ours.outcome,
        their_minutes=line.minutes,
        our_minutes=minutes,
    )


def _kind(line: Line, outcome: Outcome, minutes: float) -> Kind | None:
    if outcome in AGREED[line.said]:
        told = line.minutes if (line.said, outcome) == ("present", "attended") else None
        return "minutes" if told is not None and abs(told - minutes) > MINUTES_APART else None
    if outcome in NOT_MEASURED:
        return "not_measured"
    if "excused" in (line.said, outcome):
        return "excused"
    if line.said == "in_person":
        return "in_person"
    if line.said == "absent":
        return "present"
    kinds: dict[Outcome, Kind] = {"missed": "missed", "could_not_connect": "could_not_connect"}
    return kinds.get(outcome, "partial")


def _not_in_file(
    lines: Sequence[Line], outcomes: Mapping[tuple[str, str], SessionAttended]
) -> list[Difference]:
    sessions = {line.session for line in lines}
    told = {(line.session, line.person) for line in lines}
    return [
        Difference(
            "not_in_file",
            session,
            person=person,
            we=ours.outcome,
            our_minutes=round(ours.present_ms / MINUTE, 1),
        )
        for (session, person), ours in sorted(outcomes.items())
        if session in sessions and (session, person) not in told and ours.outcome != "not_held"
    ]
