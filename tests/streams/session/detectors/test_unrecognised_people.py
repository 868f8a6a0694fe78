"""Unrecognised people: one alert a room, with how many are absent."""

from tests.story import at, cleared, group, raised


def test_a_minute_of_somebody_unmatched_until_they_are_matched():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p2", "09:58")
    story.joins("unmapped:x", "10:02").identifies("unmapped:x", "p1", "10:06")
    assert story.signals == [
        raised(
            "unrecognised_people",
            when="10:03",
            since=at("10:02"),
            people=1,
            absent=1,
            seconds=60,
            told={"host": "info", "tech": "info"},
        ),
        cleared("unrecognised_people", when="10:06"),
    ]


def test_stays_are_taken_together():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:58")
    story.joins("unmapped:x", "10:02").joins("unmapped:y", "10:02:40")
    story.leaves("unmapped:x", "10:02:50").leaves("unmapped:y", "10:10")
    assert story.signals == [
        raised("unrecognised_people", when="10:03", people=1),
        cleared("unrecognised_people", when="10:10"),
    ]


def test_before_the_start_does_not_count():
    story = group(["p1"]).joins("h1", "09:50").joins("p1", "09:58").joins("unmapped:x", "09:51")
    assert story.signals[0] == raised("unrecognised_people", when="10:01", since=at("10:00"))


def test_nobodys_patient_is_recognised():
    story = group(["p1"]).joins("h1", "09:50").joins("p1", "09:58").joins("unmapped:x", "10:00")
    assert story.identifies("unmapped:x", None, "10:05").signals == [
        raised("unrecognised_people", when="10:01"),
        cleared("unrecognised_people", when="10:05"),
    ]


def test_bots_known_guests_and_hosts_are_no_strangers():
    story = group(["p1"]).joins("h1", "09:50").joins("p1", "09:58")
    story.joins("unmapped:rec", "10:00", role="bot").joins("guest", "10:00")
    story.joins("unmapped:h2", "10:00", role="host")
    assert story.of("unrecognised_people") == []


def test_in_the_room_of_a_group_that_meets_in_person_too_unless_it_is_cancelled():
    story = group(["p1"], modality="in_person").joins("unmapped:x", "10:10")
    assert story.signals[0] == raised("unrecognised_people", when="10:11")
    assert story.cancels("10:05").signals == []
