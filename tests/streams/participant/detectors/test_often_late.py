"""Often late: three of the last six, by more than the tolerance."""

from streams.events import MINUTE
from tests.participant_story import Weeks, cleared, raised, starts

RULE = "often_late"


def told(*minutes, until="2026-11-01", **more):
    weeks = Weeks()
    for start, late in zip(starts("2026-08-31"), minutes, strict=False):
        weeks.session(start, joined_late_ms=round(late * MINUTE) or None, **more)
    return weeks.signals(until, RULE)


def test_three_of_six_are_told_with_their_minutes_until_two_are_left():
    assert told(0, 12, 0, 11, 0, 25, 0, 0, 0) == [
        raised(RULE, "2026-09-11 13:00", severity="info", late=3, minutes=[12, 11, 25]),
        cleared(RULE, "2026-09-16 13:00", reason="recovered"),
    ]


def test_within_the_tolerance_nobody_is_late():
    assert told(10, 10, 10, 10, 10, 10) == []


def test_three_are_told_before_there_are_six():
    assert told(20, 20, 20) == [raised(RULE, "2026-09-04 13:00")]


def test_what_an_incident_explains_is_passed_over():
    assert told(20, 20, 20, fault="platform") == []


def test_half_a_minute_beyond_the_tolerance_is_late():
    assert told(10.5, 10.5, 10.5) == [raised(RULE, "2026-09-04 13:00", minutes=[10, 10, 10])]
