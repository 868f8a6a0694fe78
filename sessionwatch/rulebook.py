"""The rules in force, in words: each threshold with its value, unit, meaning and source."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from msgspec import Struct
from msgspec.structs import asdict

from streams import meanings
from streams.events import Kind
from streams.rules import THRESHOLDS, BadRules, General, Rules, load

WIDTH = 96
DEFAULT_KIND: Kind = "group"


class Threshold(Struct, frozen=True):
    """`override`: the table of the file that set it otherwise than the program does, if one did;
    then `built_in` is the program's own figure."""

    key: str
    value: Any
    meaning: meanings.Meaning
    override: str = ""
    built_in: Any = None


class Rule(Struct, frozen=True):
    name: str
    about: meanings.About
    state: str
    thresholds: list[Threshold]


def general(rules: Rules) -> list[Threshold]:
    """What belongs to no single rule."""
    return [
        _threshold("general", key, value, getattr(General(), key), "general")
        for key, value in asdict(rules.general).items()
    ]


def rulebook(rules: Rules, program_id: str, kind: Kind) -> Iterator[Rule]:
    """Every rule as it is in force for a program and a kind of session, in the rules' order."""
    built_in = load()
    for name in THRESHOLDS:
        own = rules.limits(name, program_id, kind)
        usual = asdict(built_in.limits(name, program_id, DEFAULT_KIND))
        where = _where(rules, name, program_id, kind)
        yield Rule(
            name,
            meanings.about(name),
            rules.state(name, program_id, kind),
            [
                _threshold(name, key, value, usual[key], where.get(key, ""))
                for key, value in asdict(own).items()
            ],
        )


def _threshold(rule: str, key: str, value: Any, built_in: Any, table: str) -> Threshold:
    known = meanings.meaning(rule, key)
    if value == built_in:
        return Threshold(key, value, known)
    return Threshold(key, value, known, table, built_in)


def _where(rules: Rules, rule: str, program_id: str, kind: Kind) -> dict[str, str]:
    """By key, the strongest table that sets it."""
    found: dict[str, str] = {}
    for name, layer in rules.layers(program_id, kind):
        table = f"{name}.rule.{rule}" if name else f"rule.{rule}"
        found |= dict.fromkeys(layer.get("rule", {}).get(rule, {}), table)
    return found


def show(rules: Rules, out: TextIO, program_id: str = "", kind: Kind = DEFAULT_KIND) -> int:
    """Prints all of it for people; what a file sets otherwise is marked with a star."""
    for line in lines(rules, program_id, kind):
        out.write(line + "\n")
    return 0


def lines(rules: Rules, program_id: str, kind: Kind) -> Iterator[str]:
    about = f"{f'program {program_id}, ' if program_id else ''}{kind} sessions"
    yield f"rules {rules.hash}, for {about}; * set by a rules file"
    yield ""
    yield "general"
    for one in general(rules):
        yield from _lines(one)
    for rule in rulebook(rules, program_id, kind):
        yield ""
        yield rule.name if rule.state == "on" else f"{rule.name} ({rule.state})"
        for text in (rule.about.what, rule.about.why):
            yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
        for one in rule.thresholds:
            yield from _lines(one)


def _lines(one: Threshold) -> Iterator[str]:
    mark = "*" if one.override else " "
    value = f"{one.value:g}" if isinstance(one.value, float) else str(one.value)
    yield f"  {mark} {one.key:<26}{value:>6} {one.meaning.unit:<9} {one.meaning.means}"
    if one.override:
        yield f"{'':<47}set in [{one.override}]; else {one.built_in}"
    if one.meaning.source != meanings.CHOSEN:
        yield from textwrap.wrap(
            f"source: {one.meaning.source}",
            WIDTH + 24,
            initial_indent=" " * 47,
            subsequent_indent=" " * 47,
        )


def check(path: Path, out: TextIO, err: TextIO) -> int:
    """0 when the file can be used, with what it changes; 1 with what is wrong in it."""
    try:
        rules = load(path)
    except BadRules as error:
        err.write(f"sessionwatch: {error}\n")
        return 1
    out.write(f"{path} can be used; rules {rules.hash}\n")
    return 0
