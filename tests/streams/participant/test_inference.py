"""A program may forbid, or only try, whatever is inferred from how somebody takes part."""

import pytest

from streams.rules import BadRules, Rules
from tests.participant_story import RULES, Weeks, starts
from tests.streams.participant.detectors.test_drifting_away import LATE, LITTLE, MUCH
from tests.streams.participant.detectors.test_fatigue_trend import RISING


def rules(**changed):
    return Rules(RULES._tables | changed)


def told(chosen, rule):
    weeks = Weeks(rules=chosen)
    sessions = [MUCH] * 9 + [LATE | LITTLE] * 8
    for number, (start, measured) in enumerate(zip(starts("2026-08-03"), sessions, strict=False)):
        index = RISING[number] if number < len(RISING) else None
        weeks.session(start, fatigue_index=index, **measured)
    return [(one.status, one.trial) for one in weeks.signals("2026-09-12", rule)]


def test_by_default_it_is_on():
    assert told(RULES, "fatigue_trend") == [("raised", False)]
    assert told(RULES, "drifting_away") == [("raised", False)]


@pytest.mark.parametrize(
    "off", [{"inference": "off"}, {"program": {"iop": {"inference": "off"}}}], ids=["all", "one"]
)
def test_off_nothing_is_inferred_and_two_signs_are_one(off):
    assert told(rules(**off), "fatigue_trend") == []
    assert told(rules(**off), "drifting_away") == []


def test_another_programs_choice_is_its_own():
    assert told(rules(program={"other": {"inference": "off"}}), "fatigue_trend")


def test_on_trial_it_is_marked_and_the_signs_do_not_count():
    assert told(rules(inference="trial"), "fatigue_trend") == [("raised", True)]
    assert told(rules(inference="trial"), "drifting_away") == []


def test_a_program_may_allow_what_is_off_elsewhere():
    chosen = rules(inference="off", program={"iop": {"inference": "on"}})
    assert told(chosen, "fatigue_trend") == [("raised", False)]


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"inference": "maybe"}, "inference: must be one of on, trial, off"),
        ({"program": {"iop": {"inference": True}}}, r"\[program.iop\] inference: must be one of"),
        ({"program": {"iop": {"presets": ["no_such"]}}}, r"presets: must be a list of presets"),
        ({"preset": {"mine": {"kind": {}}}}, r"\[preset.mine\] kind: not known"),
    ],
)
def test_what_cannot_be_meant_is_refused(tables, problem):
    with pytest.raises(BadRules, match=problem):
        rules(**tables)
