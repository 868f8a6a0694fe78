"""Not seen: days are the person's own, a session that runs is waited for, leave does not count."""

from tests.participant_story import Weeks, cleared, ms, raised, updated

RULE = "not_seen"


def told(weeks, until):
    return weeks.signals(until, RULE)


def test_a_week_is_told_two_are_grave_and_coming_again_ends_it():
    weeks = Weeks().history("2026-08-31", "AAEEEMMMA")
    assert told(weeks, "2026-09-20") == [
        raised(RULE, "2026-09-09 13:00", severity="warning", excused=3, missed=0),
        updated(RULE, "2026-09-16 13:00", severity="high", excused=3, missed=3),
        cleared(RULE, "2026-09-18 13:00", reason="attended"),
    ]
    first = told(weeks, "2026-09-20")[0]
    assert first.evidence["last_attended_at"] == ms("2026-09-02 13:00")
    assert first.audience == {"clinician": "warning"}


def test_someone_who_comes_once_a_week_is_never_told_of():
    assert told(Weeks().history("2026-08-31", "AAAAA", every=(0,)), "2026-10-01") == []


def test_an_outcome_that_never_comes_is_waited_for_half_an_hour_only():
    weeks = Weeks().history("2026-08-31", "A", every=(0,)).expects("2026-09-07 10:00")
    assert told(weeks, "2026-09-09") == [raised(RULE, "2026-09-07 13:30")]


def test_days_are_those_of_the_time_zone_when_the_clocks_change():
    weeks = Weeks().history("2026-10-28", "A", every=(2,))  # Wednesday; clocks change on Sunday
    assert told(weeks, "2026-11-06") == [raised(RULE, "2026-11-04 13:00")]
    hours = (ms("2026-11-04 13:00") - ms("2026-10-28 13:00")) / 3_600_000
    assert hours == 7 * 24 + 1


def test_a_new_person_is_waited_for_from_the_first_session_on():
    weeks = Weeks().enrolled("2026-08-24").history("2026-08-31", "MME")
    assert told(weeks, "2026-09-09") == [
        raised(RULE, "2026-09-07 10:00", last_attended_at=None, missed=2, excused=1)
    ]


def test_who_comes_to_the_session_in_which_the_week_is_over_was_seen_in_time():
    """Also where the clock has passed its end before the outcome is told."""
    came = Weeks().acts("outreach", "left_message", "2026-09-07 13:05")
    assert told(came.history("2026-08-31", "MA", every=(0,)), "2026-09-09") == []
    missed = Weeks().acts("outreach", "left_message", "2026-09-07 13:05")
    assert told(missed.history("2026-08-31", "MM", every=(0,)), "2026-09-09") == [
        raised(RULE, "2026-09-07 13:00", missed=2)
    ]


def test_leave_does_not_count():
    weeks = Weeks().history("2026-08-31", "AAA").enrolled("2026-09-08", "on_leave")
    weeks.enrolled("2026-09-28")
    assert told(weeks, "2026-10-07") == [raised(RULE, "2026-10-05 00:00")]


def test_what_is_told_later_of_a_leave_wins_over_what_was_told_of_its_time_before():
    """Put back by mistake, then on leave again since the day it really began."""
    weeks = Weeks().history("2026-08-31", "AAA").enrolled("2026-09-05", "on_leave")
    weeks.enrolled("2026-09-07").enrolled("2026-09-05", "on_leave", told="2026-09-09 09:00")
    assert told(weeks, "2027-01-05") == []


def test_what_stands_is_over_with_the_discharge():
    weeks = Weeks().history("2026-08-31", "AAA").enrolled("2026-09-12", "discharged")
    assert told(weeks, "2026-10-12") == [
        raised(RULE, "2026-09-11 13:00"),
        cleared(RULE, "2026-09-12 00:00", reason="discharged"),
    ]


def test_who_is_known_only_from_the_schedule_is_not_told_of_before_a_week():
    weeks = Weeks().expects("2026-08-31 10:00").expects("2026-09-09 10:00")
    assert told(weeks, "2026-09-06") == []
