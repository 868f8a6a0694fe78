"""Falling attendance: six against the twelve before, and back again."""

from tests.participant_story import Weeks, cleared, raised

RULE = "falling_attendance"


def told(hows, until="2026-11-20"):
    return Weeks().history("2026-08-31", hows).signals(until, RULE)


def test_a_fall_of_two_fifths_is_told_until_it_is_nearly_back():
    assert told("A" * 12 + "AAMAMM" + "AAAAA") == [
        raised(
            RULE,
            "2026-10-09 13:00",
            last_share=0.5,
            before_share=1.0,
            last_sessions=6,
            before_sessions=12,
            gap=0.4,
        ),
        cleared(RULE, "2026-10-21 13:00", reason="recovered"),
    ]


def test_six_before_are_enough_and_five_are_not():
    assert told("A" * 6 + "MAMAMA") == [raised(RULE, "2026-09-25 13:00", before_sessions=6)]
    assert told("A" * 5 + "MAMAMA") == []


def test_just_under_the_gap_says_nothing():
    assert told("A" * 12 + "AAMAMA") == []


def test_sessions_that_do_not_count_are_passed_over():
    assert told("A" * 12 + "AEAMCAMNM") == [raised(RULE, "2026-10-16 13:00", last_share=0.5)]


def test_steady_absence_is_no_fall():
    assert told("AM" * 12) == []


def test_after_leave_the_whole_gap_is_asked_for_again():
    """What was nearly over when the person went on leave is not told again by the lesser limit."""
    weeks = Weeks().enrolled("2026-08-24")
    weeks.history("2026-08-31", "AAAAAMAAAAAM" + "MMAAMM" + "..." + "AA")
    weeks.enrolled("2026-10-10", "on_leave").enrolled("2026-10-17")
    said = weeks.signals("2026-10-24", RULE)
    assert [one.status for one in said] == ["raised", "cleared"]
    assert said[1] == cleared(RULE, "2026-10-10 00:00", reason="on_leave")
