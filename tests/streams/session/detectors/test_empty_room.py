"""Empty room: nobody came although the platform is heard."""

from tests.story import at, cleared, group, raised


def test_silence_for_a_whole_session_is_two_alerts_and_no_absence():
    story = group(["p1", "p2"])
    assert story.signals == [
        raised("host_missing", when="10:05"),
        raised("empty_room", when="10:10", delay_minutes=10, told={"on_duty": "warning"}),
        cleared("empty_room", when="11:15", reason="closed"),
        cleared("host_missing", when="11:15", reason="closed"),
    ]
    assert story.outcomes == {"p1": "not_held", "p2": "not_held"}


def test_it_ends_when_anyone_is_present():
    story = group(["p1", "p2"]).joins("p1", "10:15")
    assert story.of("empty_room") == [
        raised("empty_room", when="10:10"),
        cleared("empty_room", when="10:15:30"),
    ]


def test_one_person_waiting_is_not_nobody():
    story = group(["p1"]).waits("p1", "10:05")
    assert story.of("empty_room") == []


def test_a_bot_is_nobody():
    story = group(["p1"]).joins("notes", "09:59", role="bot")
    assert story.of("empty_room")[0] == raised("empty_room", when="10:10")


def test_with_a_living_feed_its_last_event_is_said():
    story = group(["p1"], platform="zoom").feeds("09:50", "10:30", last="09:58")
    assert story.of("empty_room", "feed_silent")[0] == raised(
        "empty_room", when="10:10", last_event_at=at("09:58")
    )


def test_with_a_dead_gateway_nobody_can_tell():
    story = group(["p1"], platform="zoom").feeds("09:30", "09:40", last="09:39")
    assert story.of("empty_room") == []


def test_once_the_feed_lives_again_it_is_told():
    story = group(["p1"], platform="zoom").feeds("09:30", "09:40", last="09:39")
    story.feeds("10:20", "10:30", last="10:19")
    assert story.of("empty_room")[0] == raised("empty_room", when="10:20")


def test_who_was_matched_with_nobody_of_the_roster_is_not_nobody():
    story = group(["p1"]).joins("unmapped:x", "10:02").identifies("unmapped:x", "x9", "10:04")
    assert story.of("empty_room") == []
