"""The page of figures is that of the program as it is: its rules, its scenarios, its command."""

import re
from pathlib import Path

from producers.simulator.scenarios import IN_ROOMS, OVER_WEEKS
from sessionwatch.by_chance import chances
from sessionwatch.by_chance_rooms import chances as of_rooms
from sessionwatch.evaluating import KNOWN
from sessionwatch.patterns import (
    IN_OTHER_ROOMS,
    OVER_OTHER_WEEKS,
)
from sessionwatch.patterns import IN_ROOMS as PATTERNS_IN_ROOMS
from sessionwatch.patterns import OVER_WEEKS as PATTERNS_OVER_WEEKS
from streams import rules
from streams.rules import MODULES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "evaluation.md").read_text(encoding="utf-8")
AGAIN = "make it anew with the command on the page"


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text):
    """First cell of each row."""
    return [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if "|" in line]


def test_it_is_of_the_rules_that_come_with_the_program():
    assert f"`{rules.load().hash}` (the hash in every signal)" in PAGE, AGAIN


def test_it_names_every_scenario_as_it_is():
    told = dict(re.findall(r"^- `(\w+)`: (.+)$", section("The scenarios"), re.MULTILINE))
    assert told == {name: one.what for name, one in KNOWN.items()}, AGAIN
    assert f"{len(IN_ROOMS) + len(OVER_WEEKS)} scenarios under" in PAGE


def test_it_has_every_rule_and_none_of_them_is_wrong():
    told = {row.strip("`*") for row in rows(section("On the labelled scenarios"))}
    assert set(MODULES) <= told, AGAIN
    assert "Not right" not in PAGE
    assert re.search(r"until when: 0 times it was otherwise", PAGE.replace("\n", " ")), AGAIN


def test_it_has_every_pattern_at_its_default_within_what_is_asked():
    limits = rules.load().of("iop", "group")
    patterns = section("Patterns: found, and what that costs")
    for rule, (key, _) in {**PATTERNS_IN_ROOMS, **PATTERNS_OVER_WEEKS}.items():
        found = re.search(
            rf"\| `{rule}` \| `{key}` ([\d.]+) \| \d+ \| ([\d.]+) \| ([\d.]+) \|", patterns
        )
        assert found, AGAIN
        chosen, recall, false = map(float, found.groups())
        assert chosen == getattr(limits[rule], key), AGAIN
        assert recall >= 0.9, rule
        assert false <= 1, rule
    for what in (*IN_OTHER_ROOMS, *OVER_OTHER_WEEKS):
        assert f"| {what} |" in patterns, AGAIN


def test_it_has_every_chance_and_the_budget():
    told = rows(section("By chance"))
    for chance in (*chances(2), *of_rooms(8, 2)):
        assert chance.what in told, AGAIN
    assert "a digest stepped in" in section("A day"), AGAIN


def test_its_picture_is_there():
    (picture,) = re.findall(r"!\[.+\]\((.+)\)", PAGE)
    assert (DOCS / picture).is_file()
    assert f"--picture docs/{picture} --page docs/evaluation.md" in PAGE
