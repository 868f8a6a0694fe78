"""Not on the roster: the wrong group, recorders, and those who may be there."""

import pytest

from streams.events import RosterEntry
from tests.story import at, cleared, group, individual, raised


def test_somebody_of_another_group_after_a_minute_until_gone():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").joins("x9", "10:10")
    assert story.leaves("x9", "10:15").of("not_on_roster") == [
        raised("not_on_roster", "x9", when="10:11", role="participant", since=at("10:10")),
        cleared("not_on_roster", "x9", when="10:15"),
    ]


def test_a_recorder_is_told_too():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    story.joins("unmapped:bot", "09:59", role="bot")
    assert story.of("not_on_roster") == [
        raised("not_on_roster", "unmapped:bot", when="10:01", role="bot"),
        cleared("not_on_roster", "unmapped:bot", when="11:15", reason="closed"),
    ]


def test_added_to_the_roster_and_taken_off():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").joins("x9", "10:10")
    story.schedules(["p1", "x9"], when="10:20").schedules(["p1"], when="10:40")
    assert story.of("not_on_roster")[:3] == [
        raised("not_on_roster", "x9", when="10:11"),
        cleared("not_on_roster", "x9", when="10:20"),
        raised("not_on_roster", "x9", when="10:41"),
    ]


@pytest.mark.parametrize("who", ["unmapped:iphone", "h2", "aunt", "glance"])
def test_who_may_be_there(who: str):
    aunt = RosterEntry("aunt", member="family")
    story = group(["p1", aunt]).joins("h1", "09:58").joins("p1", "09:59").joins(who, "10:10")
    if who == "glance":
        story.leaves(who, "10:10:59")
    assert story.of("not_on_roster") == []


def test_staff_said_it_is_nobodys_patient_and_no_group_at_all():
    story = group(["p1"]).joins("h1", "09:58").joins("unmapped:x", "10:00")
    assert story.identifies("unmapped:x", None, "10:05").of("not_on_roster") == []
    assert individual().joins("h1", "09:58").joins("x9", "10:00").of("not_on_roster") == []


def test_who_is_matched_with_somebody_of_another_group_is_there_all_the_same():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").joins("unmapped:x", "10:05")
    story.identifies("unmapped:x", "x9", "10:20").leaves("unmapped:x", "10:40")
    assert story.of("not_on_roster", "unrecognised_people")[1:] == [
        cleared("unrecognised_people", when="10:20"),
        raised("not_on_roster", "x9", when="10:20", since=at("10:05")),
        cleared("not_on_roster", "x9", when="10:40"),
    ]


def test_a_recorder_in_the_room_of_a_group_that_meets_in_person():
    story = group(["p1"], modality="in_person").joins("bot", "10:10", role="bot")
    assert story.signals[0] == raised("not_on_roster", "bot", when="10:11")
    assert story.cancels("10:05").signals == []
