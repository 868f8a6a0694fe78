"""The labelled scenarios through the cores: every rule right, to the millisecond."""

import json
from concurrent.futures import ProcessPoolExecutor

import pytest

from producers.simulator.scenarios import IN_ROOMS, OVER_WEEKS
from producers.simulator.scenarios.stage import Stage
from producers.simulator.scenarios.weeks import Weeks
from sessionwatch.evaluating import KNOWN, evaluated, judge_all, main
from sessionwatch.evaluation import PATTERNS, by_detector
from sessionwatch.scenarios import judge
from streams import rules
from streams.rules import MODULES

SEEDS = 2


@pytest.fixture(scope="module")
def verdicts():
    with ProcessPoolExecutor(2) as pool:
        return judge_all(KNOWN, SEEDS, pool)


def truth_of(name, seed=1):
    if name in IN_ROOMS:
        stage = Stage(seed, name)
        IN_ROOMS[name].tell(stage)
        return stage.truth
    weeks = Weeks(seed, name)
    OVER_WEEKS[name].tell(weeks)
    return weeks.truth


def test_every_rule_has_its_positive_and_its_negative():
    assert len(KNOWN) >= 50
    expected = {truth.rule for name in KNOWN for truth in truth_of(name)}
    tempted = {rule for one in KNOWN.values() for rule in one.tempts}
    assert expected == tempted == set(MODULES)


@pytest.mark.parametrize("name", ["absent", "iphone", "carrier_breaks_down", "iphone_matched"])
def test_a_seed_is_another_story_and_the_same_seed_the_same(name):
    def log(seed):
        stage = Stage(seed, name)
        IN_ROOMS[name].tell(stage)
        return list(stage.log())

    assert log(1) == log(1)
    assert log(1) != log(2)


def test_clear_cut_rules_are_right_about_every_scenario_at_the_very_instant(verdicts):
    found = evaluated(tuple(KNOWN), verdicts, "")
    print("\n".join(found.lines()))
    for rule, figures in found.detectors.items():
        if rule in PATTERNS:
            assert figures.recall >= 0.9, rule
            continue
        assert (figures.recall, figures.precision) == (1.0, 1.0), rule
        assert figures.exact, rule
    assert found.right


def test_alerts_are_written_within_the_lateness_and_a_tick(verdicts):
    """5 s of allowed lateness, and here a tick every 5 s."""
    figures = by_detector([one for one in verdicts if one.name in IN_ROOMS], [])
    late = {rule: one.after_p95 for rule, one in figures.items() if rule not in PATTERNS}
    assert all(after is None or after <= 10_000 for after in late.values()), late


@pytest.mark.parametrize(
    ("name", "rule", "key", "value"),
    [
        ("absent", "missed_session", "grace_minutes", 11),
        ("drops_and_returns", "dropped_out", "return_minutes", 3),
        ("carrier_breaks_down", "platform_incident", "people", 9),
        ("drops_twice", "unstable_connection", "drops", 2),
        ("missed_twice_apart", "missed_in_a_row", "misses", 1),
    ],
)
def test_a_wrong_threshold_is_seen(name, rule, key, value, tmp_path):
    own = tmp_path / "rules.toml"
    own.write_text(f"[rule.{rule}]\n{key} = {value}\n", encoding="utf-8")
    assert judge(name, 1).right
    verdict = judge(name, 1, rules.load(own))
    assert not verdict.right
    assert not evaluated((name,), [verdict], "").right


def test_the_command_prints_a_table_and_writes_the_figures(tmp_path, capsys):
    target = tmp_path / "figures.json"
    asked = ["--scenario", "absent", "iphone", "--seeds", "2", "--processes", "1"]
    assert main([*asked, "--json", str(target)]) == 0
    table = capsys.readouterr().out
    assert "missed_session" in table
    assert "2 scenarios, 4 runs" in table
    figures = json.loads(target.read_bytes())
    assert figures["detectors"]["missed_session"]["expected"] == 4
    assert set(figures["scenarios"]) == {"absent", "iphone"}


@pytest.mark.parametrize("place", ["", "none/figures"])
@pytest.mark.parametrize("what", ["--json", "--page", "--picture"])
def test_a_file_that_cannot_be_written_is_said_before_the_run(tmp_path, capsys, what, place):
    with pytest.raises(SystemExit):
        main(["--scenario", "absent", "--seeds", "1", what, str(tmp_path / place)])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{tmp_path / place} cannot be written" in printed.err


def test_an_unknown_scenario_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--scenario", "no-such"])
    assert "invalid choice" in capsys.readouterr().err
