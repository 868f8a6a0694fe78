"""No private place: two reports in six sessions, until four pass without."""

from tests.participant_story import Weeks, cleared, ms, raised, starts

RULE = "no_private_place"


def told(*reports, until="2026-11-01"):
    weeks = Weeks()
    for start, number in zip(starts("2026-08-31"), reports, strict=False):
        weeks.session(start, privacy_reports=number)
    return weeks.signals(until, RULE)


def test_two_of_six_are_told_until_four_are_without():
    said = told(1, 0, 0, 0, 0, 2, 0, 0, 0, 0)
    assert said == [
        raised(RULE, "2026-09-11 13:00", severity="warning", reported=2),
        cleared(RULE, "2026-09-21 13:00", reason="recovered"),
    ]
    assert said[0].evidence["dates"] == [ms("2026-08-31 10:00"), ms("2026-09-11 10:00")]
    assert said[0].audience == {"clinician": "warning"}


def test_many_in_one_session_are_one():
    assert told(5, 0, 0) == []


def test_one_more_report_keeps_it():
    assert told(1, 1, 0, 0, 0, 1, 0, 0, 0, 0) == [
        raised(RULE, "2026-09-02 13:00"),
        cleared(RULE, "2026-09-21 13:00"),
    ]


def test_seven_sessions_apart_say_nothing():
    assert told(1, 0, 0, 0, 0, 0, 1) == []
