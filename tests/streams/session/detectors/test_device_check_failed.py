"""Device check failed: half an hour before the start, until one passes or the person is in."""

import pytest

from streams.rules import Rules, load
from tests.story import at, cleared, group, raised


def test_the_last_check_failed_until_one_passes():
    story = group(["p1"]).checks("p1", "09:10", "fail", ["camera"]).checks("p1", "09:40", "pass")
    assert story.of("device_check_failed") == [
        raised(
            "device_check_failed",
            "p1",
            when="09:30",
            checked_at=at("09:10"),
            failures=["camera"],
            lead_minutes=30,
        ),
        cleared("device_check_failed", "p1", when="09:40"),
    ]


def test_a_check_that_fails_later_is_told_when_it_does():
    story = group(["p1"]).checks("p1", "09:45").joins("p1", "09:55")
    assert story.of("device_check_failed") == [
        raised("device_check_failed", "p1", when="09:45"),
        cleared("device_check_failed", "p1", when="09:55"),
    ]


def test_passed_in_time_or_done_after_the_start():
    story = group(["p1"]).checks("p1", "09:10").checks("p1", "09:20", "pass").checks("p1", "10:05")
    assert story.of("device_check_failed") == []


@pytest.mark.parametrize(("sessions", "told"), [(2, 1), (3, 0)])
def test_where_required_a_check_must_be_done_in_the_first_sessions(sessions: int, told: int):
    tables = load()._tables | {
        "program": {"prog": {"rule": {"device_check_failed": {"required": True}}}}
    }
    story = group(["p1", "p2"], rules=Rules(tables)).profiles("p1", sessions=sessions)
    story.checks("p1", "09:50", "pass")
    raised_ones = [one for one in story.of("device_check_failed") if one.status == "raised"]
    assert raised_ones == [raised("device_check_failed", "p1", when="09:30")] * told
