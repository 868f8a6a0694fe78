"""What the rules in force are, in words; overrides are marked; a file can be checked."""

from pathlib import Path

import pytest
from msgspec.structs import fields

from docs import generate_rules
from sessionwatch.cli import main
from sessionwatch.rulebook import general, rulebook
from streams import meanings
from streams.rules import THRESHOLDS, General, load

FILE = """
[rule.missed_session]
grace_minutes = 12
[rule.often_late]
state = "trial"
[kind.individual.rule.dropped_out]
return_minutes = 4
[program.p1]
presets = ["adolescent"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize("rule", ["general", *THRESHOLDS])
def test_every_threshold_has_a_meaning_a_unit_and_a_source(rule: str):
    known = General if rule == "general" else THRESHOLDS[rule]
    for one in fields(known):
        told = meanings.meaning(rule, one.name)
        assert told.means
        assert told.source
        assert told.unit or isinstance(one.default, bool | str | dict | list), one.name
    if fields(known):
        assert set(meanings._file()[rule]) == {one.name for one in fields(known)}


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_every_rule_says_what_it_is(rule: str):
    assert meanings.about(rule).what.endswith(".")


def found(rules, program, kind):
    return {
        (rule.name, one.key): (one.value, one.override, one.built_in)
        for rule in rulebook(rules, program, kind)
        for one in rule.thresholds
        if one.override
    }


def test_what_a_file_sets_otherwise_is_marked_with_its_table(file):
    rules = load(file)
    grace = (12, "rule.missed_session", 10)
    assert found(rules, "", "group") == {("missed_session", "grace_minutes"): grace}
    assert found(rules, "p1", "individual") == {
        ("missed_session", "grace_minutes"): (5, "kind.individual.rule.missed_session", 10),
        ("dropped_out", "return_minutes"): (4, "kind.individual.rule.dropped_out", 2),
        ("dose_shortfall", "hours"): (6.0, "preset.adolescent.rule.dose_shortfall", 9.0),
    }
    assert {one.name: one.state for one in rulebook(rules, "", "group") if one.state != "on"} == {
        "often_late": "trial"
    }
    assert not any(one.override for one in general(rules))


def test_show_prints_value_unit_meaning_source_and_hash(file, capsys):
    assert main(["rules", "show", "--rules", str(file)]) == 0
    text = capsys.readouterr().out
    assert load(file).hash in text
    assert "* grace_minutes                 12 min" in text
    assert "set in [rule.missed_session]; else 10" in text
    assert "source: practices call after 5, 15 or 30 min" in text
    assert "often_late (trial)" in text


def test_check_says_what_is_wrong(file, capsys):
    assert main(["rules", "check", str(file)]) == 0
    assert load(file).hash in capsys.readouterr().out
    file.write_text("[rule.missed_session]\ngrace = 12\n")
    assert main(["rules", "check", str(file)]) == 1
    assert "[rule.missed_session] grace: no such key" in capsys.readouterr().err


def test_the_page_of_rules_is_current():
    page = Path(generate_rules.TARGET).read_text(encoding="utf-8")
    assert page == generate_rules.generated(), "run: python -m docs.generate_rules"
