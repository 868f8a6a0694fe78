"""Missed in a row: what counts, what resets it, what is passed over, and what changes it later."""

import pytest

from tests.participant_story import Weeks, cleared, ms, raised, updated

RULE = "missed_in_a_row"
ENROLLED = "2026-08-17"


def story(hows, **more):
    """Three sessions a week from Monday 31 August on; the person is enrolled since long."""
    return Weeks(**more).history("2026-08-31", "AAA" + hows)


def told(weeks, until="2026-10-01"):
    return weeks.signals(until, RULE)


def test_two_are_told_three_are_grave_and_coming_again_ends_it():
    weeks = story("MMMA").acts("outreach", "left_message", "2026-09-10 16:00")
    assert told(weeks) == [
        raised(RULE, "2026-09-09 13:00", severity="warning", misses=2, limit=2, outreach=0),
        updated(RULE, "2026-09-11 13:00", severity="high", misses=3, outreach=1),
        cleared(RULE, "2026-09-14 13:00", reason="attended"),
    ]
    first = told(weeks)[0]
    assert first.audience == {"clinician": "warning", "supervisor": "warning"}
    assert (first.clinician_id, first.program_id, first.session_id) == ("dr", "iop", None)
    assert first.evidence["dates"] == [ms("2026-09-07 10:00"), ms("2026-09-09 10:00")]


@pytest.mark.parametrize("how", ["A", "P", "I"])
def test_whatever_presence_resets_it(how):
    assert told(story(f"M{how}M{how}M")) == []


@pytest.mark.parametrize("how", ["C", "E", "N", "U"])
def test_what_is_no_fault_of_the_persons_is_passed_over(how):
    assert told(story(f"M{how}{how}M")) == [raised(RULE, "2026-09-14 13:00", misses=2)]
    assert told(story(f"M{how}{how}A")) == []


@pytest.mark.parametrize("fault", ["room", "platform"])
def test_what_an_incident_explains_is_passed_over(fault):
    weeks = story("M").session("2026-09-09 10:00", "M", fault=fault)
    assert told(weeks) == []
    assert told(weeks.corrects("2026-09-09 10:00", "M", "2026-09-09 16:00")) == [
        raised(RULE, "2026-09-09 16:00", misses=2)
    ]


def test_in_the_first_three_sessions_one_is_enough():
    weeks = Weeks().enrolled("2026-08-31").history("2026-08-31", "AMA")
    assert told(weeks) == [
        raised(RULE, "2026-09-02 13:00", severity="warning", misses=1, limit=1),
        cleared(RULE, "2026-09-04 13:00"),
    ]
    assert told(Weeks().enrolled("2026-08-31").history("2026-08-31", "AAAMA")) == []


def test_an_enrolment_that_nobody_told_of_makes_nobody_new():
    assert told(Weeks().history("2026-08-31", "AMA")) == []


def test_a_late_revision_ends_it():
    weeks = story("MM").went(
        "2026-09-09 10:00", "A", revision=1, arrives="2026-09-09 18:00", present_ms=9_000_000
    )
    assert told(weeks) == [
        raised(RULE, "2026-09-09 13:00"),
        cleared(RULE, "2026-09-09 13:00", reason="late_event"),
    ]
    first, second = told(weeks)
    assert second.ts == first.ts + 1


def test_a_revision_of_an_earlier_number_changes_nothing():
    weeks = story("MM").went("2026-09-09 10:00", "M", revision=2, arrives="2026-09-09 18:00")
    weeks.went("2026-09-09 10:00", "A", revision=1, arrives="2026-09-09 18:30")
    assert told(weeks) == [raised(RULE, "2026-09-09 13:00")]


def test_a_correction_ends_it_and_wins_over_every_revision():
    weeks = story("MM").corrects("2026-09-09 10:00", "A", "2026-09-10 09:00")
    weeks.went("2026-09-09 10:00", "M", revision=3, arrives="2026-09-10 10:00")
    assert told(weeks) == [
        raised(RULE, "2026-09-09 13:00"),
        cleared(RULE, "2026-09-10 09:00", reason="corrected"),
    ]


def test_while_a_correction_is_corrected_the_first_one_holds():
    """Another fact is late in that very minute."""
    weeks = story("MM").corrects("2026-09-09 10:00", "E", "2026-09-10 09:00")
    weeks.corrects("2026-09-09 10:00", "N", "2026-09-10 12:00")
    weeks.went("2026-09-02 10:00", "A", revision=1, arrives="2026-09-10 12:00")
    assert told(weeks) == [
        raised(RULE, "2026-09-09 13:00"),
        cleared(RULE, "2026-09-10 09:00", reason="corrected"),
    ]


def test_a_correction_can_raise_it():
    weeks = story("MA").corrects("2026-09-09 10:00", "M", "2026-09-10 09:00")
    assert told(weeks) == [raised(RULE, "2026-09-10 09:00", misses=2)]


def test_a_correction_before_the_outcome_counts_from_the_outcome_on():
    weeks = story("M").corrects("2026-09-09 10:00", "A", "2026-09-09 12:00")
    assert told(weeks.session("2026-09-09 10:00", "M")) == []


def test_on_leave_nothing_is_told_and_what_stood_is_over():
    weeks = story("MM").enrolled("2026-09-10", "on_leave").session("2026-09-11 10:00", "M")
    assert told(weeks) == [
        raised(RULE, "2026-09-09 13:00"),
        cleared(RULE, "2026-09-10 00:00", reason="on_leave"),
    ]


def test_what_lies_in_a_leave_that_was_told_of_afterwards_was_not_missed():
    weeks = story("MMM").enrolled("2026-09-07", "on_leave", told="2026-09-11 16:00")
    weeks.enrolled("2026-09-14").history("2026-09-14", "MM")
    assert told(weeks) == [
        raised(RULE, "2026-09-09 13:00"),
        updated(RULE, "2026-09-11 13:00"),
        cleared(RULE, "2026-09-11 16:00"),
        raised(RULE, "2026-09-16 13:00", misses=2),
    ]


def test_a_discharge_that_was_taken_back_changes_nothing():
    weeks = story("M").enrolled(ENROLLED).enrolled("2026-09-08", "discharged")
    weeks.enrolled("2026-09-08", told="2026-09-08 12:00").history("2026-09-09", "M", every=(2,))
    assert told(weeks) == [raised(RULE, "2026-09-09 13:00", misses=2, limit=2)]


def test_after_a_discharge_all_counts_begin_at_zero():
    weeks = Weeks().enrolled("2026-08-17").history("2026-08-31", "AAAAMM")
    weeks.enrolled("2026-09-12", "discharged")
    weeks.enrolled("2026-09-17").history("2026-09-17", "A", every=(3,))  # a Thursday
    weeks.history("2026-09-21", "AAMMA")
    assert told(weeks, "2026-10-15") == [
        raised(RULE, "2026-09-11 13:00"),
        cleared(RULE, "2026-09-12 00:00", reason="discharged"),
        raised(RULE, "2026-09-28 13:00", misses=2, limit=2),
        cleared(RULE, "2026-09-30 13:00", reason="attended"),
    ]


def test_misses_before_a_discharge_do_not_run_on_after_it():
    weeks = Weeks().enrolled("2026-08-17").history("2026-08-31", "AAAAAM")
    weeks.enrolled("2026-09-12", "discharged").enrolled("2026-09-17")
    assert told(weeks.history("2026-09-18", "M", every=(4,)), "2026-10-01") == [
        raised(RULE, "2026-09-18 13:00", misses=1, limit=1)
    ]


def test_a_discharge_and_the_new_admission_told_at_once_end_what_stood():
    weeks = Weeks().enrolled("2026-08-17").history("2026-08-31", "AAAAMM")
    weeks.enrolled("2026-09-12", "discharged", told="2026-09-17 08:00")
    weeks.enrolled("2026-09-17", told="2026-09-17 08:00")
    assert told(weeks) == [
        raised(RULE, "2026-09-11 13:00"),
        cleared(RULE, "2026-09-17 08:00", reason="discharged"),
    ]


def test_whom_the_platform_threw_out_was_there_but_the_session_is_passed_over():
    """Anything with a fault is skipped here, also a session attended in part: it ends no run of
    misses. For `not_seen` the person was seen."""
    weeks = story("M").session("2026-09-09 10:00", "P", fault="platform")
    weeks.session("2026-09-11 10:00", "M")
    assert told(weeks, "2026-09-12") == [raised(RULE, "2026-09-11 13:00", misses=2)]
    assert weeks.signals("2026-09-16", "not_seen") == []
