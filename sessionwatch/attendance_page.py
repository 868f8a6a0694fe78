"""The morning's page: what was compared, how much agreed, and each difference by session."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, get_args

from msgspec import Struct, to_builtins

from producers.attendance.clinic import Said
from sessionwatch.attended import MEANINGS, Comparison, Difference
from streams.events import Outcome

WORDS: Final = {
    "present": "there",
    "absent": "not there",
    "in_person": "in person",
    "could_not_connect": "could not connect",
    "not_held": "not held",
    "unknown": "not measured",
}
"""Where they differ from the codes'."""
NO_SESSION: Final = "No session"
OTHER_DAYS: Final = "lines are of other days and were"


class Page(Struct, frozen=True):
    """`starts`: when each session began, by the clocks there; `left_out`: lines of other days;
    `others`: sessions of these days of which the file says nothing."""

    comparison: Comparison
    starts: Mapping[str, str]
    days: Sequence[date]
    left_out: int = 0
    others: int = 0
    several: bool = False

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        found = self.comparison
        return {
            "days": [one.isoformat() for one in self.days],
            "sessions": found.sessions,
            "seats": found.seats,
            "agreed": found.agreed,
            "kinds": found.kinds,
            "table": found.table,
            "lines_left_out": self.left_out,
            "sessions_not_in_file": self.others,
            "differences": [
                {"starts": self.starts.get(one.session, ""), **to_builtins(one)}
                for one in found.differences
            ],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        found = self.comparison
        days = [one.isoformat() for one in self.days]
        title = " to ".join(dict.fromkeys([*days[:1], *days[-1:]])) or "no day known"
        yield f"# Attendance, {title}: theirs against ours"
        yield ""
        share = f" ({found.agreed / found.seats:.0%})" if found.seats else ""
        yield (
            f"{_many(found.sessions, 'session')}, {_many(found.seats, 'seat')} on both sides: "
            f"{found.agreed} agree{share}, {_many(len(found.differences), 'difference')} in all."
        )
        if self.left_out:
            are = "line is of another day and was" if self.left_out == 1 else OTHER_DAYS
            yield f"{self.left_out} {are} left out."
        if self.others:
            more = _many(self.others, "more session")
            yield f"{more} of these days {'is' if self.others == 1 else 'are'} not in the file."
        yield from self._table()
        if found.differences:
            yield from ("", "## Differences", "", "| how many | what |", "| ---: | --- |")
            yield from (f"| {many} | {MEANINGS[kind]} |" for kind, many in found.kinds.items())
            yield from self._by_session()

    def _table(self) -> Iterator[str]:
        table = self.comparison.table
        ours = [one for one in get_args(Outcome) if any(one in row for row in table.values())]
        if not ours:
            return
        yield ""
        yield f"| theirs \\ ours | {' | '.join(_word(one) for one in ours)} |"
        yield f"| --- |{' ---: |' * len(ours)}"
        for said in get_args(Said):
            if said in table:
                counts = " | ".join(str(table[said].get(one, 0)) for one in ours)
                yield f"| {_word(said)} | {counts} |"

    def _by_session(self) -> Iterator[str]:
        def place(one: Difference) -> tuple[bool, str, str]:
            return not one.session, self.starts.get(one.session, ""), one.session

        for (_, start, session), ones in groupby(
            sorted(self.comparison.differences, key=place), key=place
        ):
            yield ""
            yield f"### {start} ({session})" if session else f"### {NO_SESSION}"
            yield ""
            yield from (f"- {self._where(one)}: {_what(one)}" for one in ones)

    def _where(self, one: Difference) -> str:
        if not one.line:
            return one.person
        return f"file {one.file}, line {one.line}" if self.several else f"line {one.line}"


def _what(one: Difference) -> str:
    if one.we is None or one.they is None:
        ours = f"; we: {_word(one.we)}" if one.we else ""
        return MEANINGS[one.kind] + ours + _minutes(one)
    return f"they: {_word(one.they)}; we: {_word(one.we)}{_minutes(one)}"


def _minutes(one: Difference) -> str:
    told = []
    if one.their_minutes is not None:
        told.append(f"they {one.their_minutes:g} min")
    if one.our_minutes is not None:
        told.append(f"we {one.our_minutes:g} min")
    return f" ({', '.join(told)})" if told else ""


def _word(code: str) -> str:
    return WORDS.get(code, code)


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
