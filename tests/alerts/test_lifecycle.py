"""The life of an alert: what closes it, who may do what, what comes back."""

import itertools

import pytest

from alerts import lifecycle
from alerts.lifecycle import Refused
from alerts.results import CRISIS, OUTREACH, care_kind, results
from streams.events import SECOND
from tests.alerts.signals import at, cleared, raised, updated


def heard(*signals):
    alert = None
    for signal in signals:
        alert = lifecycle.hear(alert, signal)
    return alert


def did(alert, *acts, by="ana", minute=11):
    for act in acts:
        what, _, result = act.partition(":")
        alert = lifecycle.act(alert, what, by, at(minute), result or None)
    return alert


def test_signals_in_any_order_and_doubled_leave_the_same_alert():
    first = raised(minute=10)
    story = [first, updated(first, minute=12, severity="critical"), cleared(first, minute=15)]
    wanted = heard(*story)
    assert (wanted.state, wanted.signal.status) == ("resolved", "cleared")
    for order in itertools.permutations(story * 2):
        assert heard(*order) == wanted


def test_nothing_new_is_the_same_object():
    first = raised(minute=10)
    alert = heard(first, updated(first, minute=12))
    assert lifecycle.hear(alert, first) is alert


@pytest.mark.parametrize("rule", ["crisis_reported", "help_requested"])
def test_a_report_is_closed_by_a_person_only(rule):
    first = raised(rule)
    alert = heard(first, cleared(first, minute=15))
    assert alert.state == "open"
    assert did(alert, f"resolve:{results(rule)[0]}").state == "resolved"


@pytest.mark.parametrize(
    ("acts", "state", "assignee"),
    [
        ([], "open", None),
        (["acknowledge"], "acknowledged", None),
        (["take"], "acknowledged", "ana"),
        (["acknowledge", "take"], "acknowledged", "ana"),
        (["take", "give-back"], "open", None),
        (["take", "give-back", "take"], "acknowledged", "ana"),
        (["take", "give-back", "acknowledge"], "acknowledged", None),
        (["take", "resolve:no_answer"], "resolved", "ana"),
        (["resolve:excused"], "resolved", None),
    ],
)
def test_the_state_follows_what_people_did(acts, state, assignee):
    alert = did(heard(raised()), *acts)
    assert (alert.state, alert.assignee) == (state, assignee)


@pytest.mark.parametrize("act", ["acknowledge", "take", "give-back"])
def test_doing_it_again_adds_nothing(act):
    alert = did(heard(raised()), *(["take"] if act == "give-back" else []), act)
    assert did(alert, act) is alert


@pytest.mark.parametrize("act", ["take", "acknowledge", "give-back", "resolve:joining"])
def test_what_one_has_taken_another_does_not_touch(act):
    with pytest.raises(Refused) as refused:
        did(did(heard(raised()), "take"), act, by="ben")
    assert (refused.value.status, refused.value.reason) == (409, "taken")


def test_a_supervisor_gives_back_what_was_taken_and_left():
    alert = lifecycle.act(did(heard(raised()), "take"), "give-back", "boss", at(40), releases=True)
    assert (alert.state, alert.assignee) == ("open", None)


def test_after_clearing_by_itself_a_result_may_still_be_written():
    first = raised()
    alert = did(heard(first, cleared(first, minute=15)), "resolve:joining", minute=16)
    assert alert.closed.result == "joining"


def test_a_closed_alert_takes_no_more_acts_but_the_same_again():
    alert = did(heard(raised()), "resolve:excused")
    assert did(alert, "resolve:excused") is alert
    for act in ("take", "resolve:joining"):
        with pytest.raises(Refused):
            did(alert, act)


@pytest.mark.parametrize("result", ["", "no_crisis", "fine"])
def test_a_result_is_one_of_the_rules_codes(result):
    with pytest.raises(Refused) as refused:
        did(heard(raised()), f"resolve:{result}")
    assert refused.value.status == 422


def test_undo_within_ten_seconds_takes_back_ones_own_last_act():
    alert = did(heard(raised()), "take", "resolve:no_answer")
    back = lifecycle.undo(alert, "ana", at(11) + 10 * SECOND)
    assert (back.state, back.assignee) == ("acknowledged", "ana")
    for by, when in (("ana", 11 * SECOND), ("ben", 0)):
        with pytest.raises(Refused):
            lifecycle.undo(alert, by, at(11) + when)
    with pytest.raises(Refused):
        lifecycle.undo(heard(raised()), "ana", at(11))


@pytest.mark.parametrize(("back_ms", "may"), [(5, True), (11 * SECOND, False)])
def test_a_clock_that_was_set_back_gives_no_more_time_to_undo(back_ms, may):
    alert = did(heard(raised()), "take")
    if may:
        assert lifecycle.undo(alert, "ana", at(11) - back_ms).acts == ()
    else:
        with pytest.raises(Refused):
            lifecycle.undo(alert, "ana", at(11) - back_ms)


def test_to_and_fro_ends_before_the_alert_is_too_long_for_the_feed():
    alert = did(heard(raised()), *["take", "give-back"] * (lifecycle.MOST_ACTS // 2))
    with pytest.raises(Refused, match="too_many_acts"):
        did(alert, "take")
    assert did(alert, "resolve:no_answer").state == "resolved"


def test_what_a_persons_story_keeps():
    assert {care_kind("missed_session", result) for result in OUTREACH} == {"outreach"}
    assert {care_kind("crisis_reported", result) for result in CRISIS} == {"crisis"}
    assert care_kind("help_requested", "helped") == "help"
    assert care_kind("could_not_connect", "link_sent") is None
    assert care_kind("joined_late", "done") is None
