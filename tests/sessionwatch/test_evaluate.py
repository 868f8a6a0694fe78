import pytest

from producers.simulator.truth import Truth
from sessionwatch.evaluate import evaluate
from streams.events import Signal

RIGHT = Truth(
    session_id="s1",
    habit="absent",
    rule="missed_session",
    participant_id="p1",
    earliest=600_000,
    latest=605_000,
)
QUIET = Truth(session_id="s1", habit="punctual", participant_id="p2")


def said(
    ts=600_000,
    rule="missed_session",
    who="p1",
    status="raised",
    alert="a1",
    session="s1",
    **evidence,
):
    return Signal(
        id=f"{alert}-{status}",
        alert_id=alert,
        rule=rule,
        status=status,
        severity="high",
        audience={"outreach": "high"},
        ts=ts,
        raised_at=ts,
        evidence=evidence,
        rules="0" * 12,
        session_id=session,
        participant_id=who,
    )


def counts(result, rule="missed_session"):
    score = result.scores[rule]
    return score.expected, score.found, score.false, score.withdrawn


def test_a_signal_in_the_window_is_right():
    result = evaluate([RIGHT, QUIET], [said(), said(status="cleared", ts=900_000)])
    assert counts(result) == (1, 1, 0, 0)
    assert result.perfect
    assert (result.quiet, result.disturbed) == (1, 0)


@pytest.mark.parametrize("ts", [599_999, 605_001])
def test_a_signal_outside_of_the_window_is_both_false_and_missing(ts):
    result = evaluate([RIGHT], [said(ts=ts)])
    assert counts(result) == (1, 0, 1, 0)
    assert result.scores["missed_session"].recall == 0
    assert result.missed == [RIGHT]


def test_slack_widens_the_window_for_sped_up_runs():
    assert evaluate([RIGHT], [said(ts=605_900)], slack_ms=1_000).perfect


@pytest.mark.parametrize("wrong", [{"who": "p2"}, {"rule": "dropped_out"}, {"session": "s2"}])
def test_rule_room_and_person_must_all_be_the_truths(wrong):
    result = evaluate([RIGHT, QUIET], [said(**wrong)])
    assert not result.perfect
    assert len(result.missed) == len(result.false) == 1


def test_somebody_quiet_who_is_in_an_alert_is_counted():
    assert evaluate([RIGHT, QUIET], [said(), said(who="p2", alert="a2")]).disturbed == 1


def test_one_truth_takes_one_signal():
    result = evaluate([RIGHT], [said(), said(ts=601_000, alert="a2")])
    assert counts(result) == (1, 1, 1, 0)
    assert result.scores["missed_session"].precision == 0.5


def test_what_was_withdrawn_when_the_late_fact_came_is_told_apart():
    raised = said(who="p2", alert="a2")
    cleared = said(who="p2", alert="a2", status="cleared", ts=700_000, reason="late_event")
    result = evaluate([RIGHT, QUIET], [said(), raised, cleared])
    assert counts(result) == (1, 1, 0, 1)
    assert result.perfect
    assert result.disturbed == 0


def test_the_table_names_every_rule_with_its_recall_and_precision():
    lines = list(evaluate([RIGHT], [said()]).lines())
    assert lines[0].split() == [
        "rule",
        "expected",
        "found",
        "false",
        "withdrawn",
        "recall",
        "precision",
    ]
    assert lines[1].split() == ["missed_session", "1", "1", "0", "0", "1.000", "1.000"]
    assert len(lines) == 1 + 13 + 1
