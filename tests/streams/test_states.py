"""A rule that is off is not judged; one on trial is marked, from its raise to its end."""

from pathlib import Path

import pytest

from sessionwatch.replay import replay
from streams import rules
from streams.codec import encode
from streams.events import Signal
from streams.incidents.monitor import Monitor as Incidents
from streams.rules import ALWAYS_ON, BadRules, load
from streams.session.monitor import Monitor
from tests.participant_story import Weeks
from tests.story import at, group, tick
from tests.streams.incidents.test_monitor import ON_ACME
from tests.streams.incidents.test_monitor import Story as ManyRooms


def of(tmp_path: Path, text: str) -> rules.Rules:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    return load(file)


def story():
    return (
        group(["p1", "p2"])
        .joins("h1", "09:58")
        .joins("p1", "09:59")
        .drops("p1", "10:20")
        .joins("p1", "10:31")
        .leaves("h1", "11:00", "ended")
    )


def told(chosen) -> list[tuple[str, str, bool]]:
    lines = [encode(event) for event in story().events]
    return [
        (one.rule, one.status, one.trial)
        for one in replay(lines, chosen)
        if isinstance(one, Signal)
    ]


def test_off_is_silent_and_the_rest_speaks(tmp_path):
    chosen = of(tmp_path, '[rule.dropped_out]\nstate = "off"\n')
    assert told(chosen) == [("missed_session", "raised", False)]


def test_on_trial_it_is_told_with_a_mark_from_raise_to_end(tmp_path):
    chosen = of(tmp_path, '[rule.dropped_out]\nstate = "trial"\n')
    assert told(chosen) == [
        ("missed_session", "raised", False),
        ("dropped_out", "raised", True),
        ("dropped_out", "cleared", True),
    ]


@pytest.mark.parametrize(("state", "marks"), [("on", [False]), ("trial", [True]), ("off", [])])
def test_rules_over_weeks(tmp_path, state, marks):
    chosen = of(tmp_path, f'[rule.missed_in_a_row]\nstate = "{state}"\n')
    weeks = Weeks(rules=chosen).history("2026-01-05", "AAAAMM")
    assert [one.trial for one in weeks.signals("2026-01-20", "missed_in_a_row")] == marks


@pytest.mark.parametrize(("state", "marks"), [("on", {False}), ("trial", {True}), ("off", set())])
def test_incidents_across_rooms_which_on_trial_tell_no_room(tmp_path, state, marks):
    chosen = of(tmp_path, f'[rule.platform_incident]\nstate = "{state}"\n')
    monitor = Incidents(1, chosen)
    rooms = ManyRooms().fails(60, 600).alert(ON_ACME[0], 40)
    steps = [monitor.apply(record) for record in rooms.records(1200)]
    assert {one.trial for step in steps for one in step.signals} == marks
    assert any(step.told for step in steps) == (state == "on")


def test_one_kind_or_program_can_differ(tmp_path):
    chosen = of(
        tmp_path,
        '[rule.dropped_out]\nstate = "off"\n'
        '[kind.individual.rule.dropped_out]\nstate = "on"\n'
        '[program.p1.rule.dropped_out]\nstate = "trial"\n',
    )
    assert "dropped_out" in chosen.in_state("off", "p2", "group")
    assert "dropped_out" in chosen.in_state("on", "p2", "individual")
    assert "dropped_out" in chosen.in_state("trial", "p1", "individual")
    assert chosen.limits("dropped_out", "p1", "group") == load().limits(
        "dropped_out", "p1", "group"
    )


def test_a_state_is_part_of_the_hash(tmp_path):
    assert of(tmp_path, '[rule.dropped_out]\nstate = "trial"\n').hash != load().hash


@pytest.mark.parametrize("before", ["on", "trial"])
def test_what_stands_when_its_rule_is_switched_off_ends_as_it_was_raised(tmp_path, before):
    events = sorted(story().events, key=lambda event: event.ts)
    first = Monitor(0, of(tmp_path, f'[rule.dropped_out]\nstate = "{before}"\n'), boards=False)
    offset = 0
    changed = set()
    for event in [one for one in events if one.ts < at("10:23")]:
        offset += 1
        changed |= first.apply(event, offset).changed
    step = first.apply(tick(at("10:23")), offset + 1)
    assert [one.trial for one in step.signals if isinstance(one, Signal)][-1] == (before == "trial")
    second = Monitor(0, of(tmp_path, '[rule.dropped_out]\nstate = "off"\n'), boards=False)
    second.restore({key: first.stored(key) for key in {*changed, *step.changed}})
    ended = []
    for event in [one for one in events if one.ts >= at("10:23")]:
        offset += 2
        ended += second.apply(event, offset).signals
    ended += second.apply(tick(at("10:40")), offset + 2).signals
    (over,) = [one for one in ended if isinstance(one, Signal) and one.rule == "dropped_out"]
    assert (over.status, over.trial) == ("cleared", before == "trial")


@pytest.mark.parametrize("rule", sorted(ALWAYS_ON & rules.THRESHOLDS.keys()))
@pytest.mark.parametrize("state", ["off", "trial"])
def test_calls_for_help_cannot_be_silenced(tmp_path, rule, state):
    with pytest.raises(BadRules, match="always told"):
        of(tmp_path, f'[rule.{rule}]\nstate = "{state}"\n')


def test_another_word_is_refused(tmp_path):
    with pytest.raises(BadRules, match="state: must be one of: on, trial, off"):
        of(tmp_path, '[rule.dropped_out]\nstate = "maybe"\n')
