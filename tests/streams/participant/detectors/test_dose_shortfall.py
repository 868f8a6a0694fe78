"""Dose shortfall: projected while the week can still change, judged as a whole at its end."""

import pytest

from streams.rules import Rules
from tests.participant_story import RULES, Weeks, cleared, ms, raised, starts

RULE = "dose_shortfall"
MON, WED, FRI = "2026-09-07 10:00", "2026-09-09 10:00", "2026-09-11 10:00"


def before(**more):
    """A whole week before the one that is told of."""
    return Weeks(**more).enrolled("2026-08-17").history("2026-08-31", "AAA")


def told(weeks, until="2026-09-20"):
    return weeks.signals(until, RULE)


def test_one_of_three_missed_is_told_as_soon_as_the_week_cannot_make_up_for_it():
    said = told(before().history("2026-09-07", "MAA"), "2026-09-13")
    assert said == [
        raised(
            RULE,
            "2026-09-07 13:00",
            severity="warning",
            attended_hours=0.0,
            scheduled_hours=6.0,
            prescribed_hours=9.0,
            share=0.8,
        )
    ]
    assert said[0].evidence["week_at"] == ms("2026-09-07")


def test_the_last_session_is_judged_with_the_week():
    assert told(before().history("2026-09-07", "AAM"), "2026-09-16") == [
        raised(RULE, "2026-09-14 00:00", attended_hours=6.0, scheduled_hours=0.0)
    ]


def test_a_session_over_the_last_midnight_is_judged_with_its_week():
    weeks = before().history("2026-09-07", "AA").session("2026-09-13 23:00", "M")
    assert told(weeks, "2026-09-16") == [
        raised(RULE, "2026-09-14 02:00", attended_hours=6.0, scheduled_hours=0.0)
    ]


def test_a_better_week_ends_it_after_its_first_session():
    assert told(before().history("2026-09-07", "MAAAAA")) == [
        raised(RULE, "2026-09-07 13:00"),
        cleared(RULE, "2026-09-14 13:00", reason="recovered"),
    ]


def test_a_session_added_that_week_ends_it():
    weeks = before().history("2026-09-07", "MAA")
    weeks.expects("2026-09-12 10:00", told="2026-09-10 15:00")
    assert told(weeks, "2026-09-12") == [
        raised(RULE, "2026-09-07 13:00"),
        cleared(RULE, "2026-09-10 15:00", reason="recovered"),
    ]


def test_in_person_counts_whole_and_parts_count_as_they_are():
    assert told(before().history("2026-09-07", "IAA")) == []
    assert told(before().history("2026-09-07", "PAA"), "2026-09-13") == []
    assert told(before().history("2026-09-07", "PPA"), "2026-09-13") == [
        raised(RULE, "2026-09-09 13:00", attended_hours=3.0, scheduled_hours=3.0)
    ]


def test_a_closed_day_is_nobodys_shortfall():
    assert told(before().history("2026-09-07", "NAA")) == []
    cancelled = before().history("2026-09-07", ".AA").expects(MON)
    cancelled.expects(MON, status="cancelled", told="2026-09-06 18:00")
    assert told(cancelled) == []


def test_a_closed_week_is_not_judged():
    assert told(before().history("2026-09-07", "NNN")) == []


def test_a_week_for_which_nothing_was_planned_is_a_closed_one():
    assert told(before().session("2026-09-21 10:00"), "2026-09-16") == []


def test_in_the_week_of_admission_the_days_before_it_do_not_count():
    thursday = Weeks().enrolled("2026-09-10")
    assert told(thursday.history("2026-09-10", "A", every=(3,)), "2026-09-16") == []
    missed = Weeks().enrolled("2026-09-10").history("2026-09-10", "MA", every=(3, 4))
    assert told(missed, "2026-09-13") == []
    missed_all = Weeks().enrolled("2026-09-10").history("2026-09-10", "MM", every=(3, 4))
    assert told(missed_all, "2026-09-16") == [
        raised(RULE, "2026-09-14 00:00", attended_hours=0.0, prescribed_hours=3.6)
    ]


def test_admitted_again_on_a_thursday_the_week_is_that_of_an_admission():
    weeks = before().enrolled("2026-09-05", "discharged").enrolled("2026-09-10")
    assert told(weeks.history("2026-09-10", "A", every=(3,)), "2026-09-16") == []


def test_more_is_not_asked_in_that_week_than_was_planned():
    weeks = Weeks(hours=20).enrolled("2026-09-08").history("2026-09-08", "A", every=(1,))
    assert told(weeks, "2026-09-16") == []


def test_a_week_with_leave_in_it_is_not_judged():
    weeks = before().history("2026-09-07", "A.M").expects(WED)
    weeks.enrolled("2026-09-08", "on_leave").expects(WED, status="removed", told="2026-09-08 08:00")
    assert told(weeks.enrolled("2026-09-11")) == []


def test_the_persons_prescription_wins_over_the_rules_hours():
    assert told(before(hours=6).history("2026-09-07", "MAA")) == []
    assert told(before(hours=None).history("2026-09-07", "MAA"), "2026-09-13") == [
        raised(RULE, "2026-09-07 13:00", prescribed_hours=9.0)
    ]
    adolescent = Rules(RULES._tables | {"program": {"iop": {"presets": ["adolescent"]}}})
    assert told(before(hours=None, rules=adolescent).history("2026-09-07", "MAA")) == []


def test_each_week_is_held_to_what_was_prescribed_for_it():
    """A step up makes no shortfall of the weeks before it, and a step down hides none."""
    up = before(hours=6).history("2026-09-07", "AAM")
    up.hours = 9
    assert told(up.history("2026-09-14", "AAA"), "2026-09-22") == []
    down = before().history("2026-09-07", "AAM")
    down.hours = 6
    assert told(down.history("2026-09-14", "MAA"), "2026-09-22") == [
        raised(RULE, "2026-09-14 00:00", prescribed_hours=9.0),
        cleared(RULE, "2026-09-14 13:00", reason="recovered"),
    ]


def test_where_no_hours_are_prescribed_any_more_nothing_is_short():
    weeks = before().history("2026-09-07", "MAA")
    weeks.hours = 0
    assert told(weeks.history("2026-09-14", "MAA"), "2026-12-01") == [
        raised(RULE, "2026-09-07 13:00"),
        cleared(RULE, "2026-09-14 13:00", reason="recovered"),
    ]


def test_a_prescription_changed_within_the_week_holds_for_all_of_it():
    weeks = before(hours=6).history("2026-09-07", "AM").expects(FRI)
    weeks.hours = 9
    assert told(weeks.expects(FRI, told="2026-09-10 09:00"), "2026-09-11") == [
        raised(RULE, "2026-09-10 09:00", attended_hours=3.0, scheduled_hours=3.0)
    ]


def test_a_revision_that_gives_the_hours_back_ends_it():
    weeks = before().history("2026-09-07", "M").expects(WED).expects(FRI)
    weeks.went(MON, "A", revision=1, arrives="2026-09-07 18:00")
    assert told(weeks, "2026-09-09") == [
        raised(RULE, "2026-09-07 13:00"),
        cleared(RULE, "2026-09-07 13:00"),
    ]


@pytest.mark.parametrize(
    ("first", "end"),
    [("2026-10-19", "2026-10-26 00:00"), ("2026-10-26", "2026-11-02 00:00")],
    ids=["before", "the clocks go back on Sunday"],
)
def test_the_week_ends_at_midnight_of_its_own_time_zone(first, end):
    weeks = Weeks().enrolled("2026-09-01").history("2026-10-12", "AAAAAAAAA")
    friday = list(zip(range(3), starts(first), strict=False))[2][1]
    weeks.corrects(friday, "M", friday.replace("10:00", "18:00"))
    assert told(weeks, "2026-11-03")[0] == raised(RULE, end, attended_hours=6.0)
