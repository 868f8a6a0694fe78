"""What `sessionwatch doctor` found, one line each; a failing one says what to do."""

from typing import Literal

from msgspec import Struct

WIDTH = 24
"""Of the column that says what was looked at."""


class Finding(Struct, frozen=True):
    verdict: Literal["ok", "note", "FAIL"]
    what: str
    told: str
    do: str = ""

    def __str__(self) -> str:
        line = f"{self.verdict:<5} {self.what:<{WIDTH}} {self.told}"
        return f"{line}\n      {'':<{WIDTH}} -> {self.do}" if self.do else line


def ok(what: str, told: str) -> Finding:
    return Finding("ok", what, told)


def note(what: str, told: str, do: str = "") -> Finding:
    return Finding("note", what, told, do)


def fail(what: str, told: str, do: str) -> Finding:
    return Finding("FAIL", what, told, do)
