"""Feed silent: one alert about the platform in place of ten about people."""

from tests.story import at, cleared, group, raised


def test_a_platform_that_is_not_heard_is_told_to_tech_and_nothing_else_is():
    story = group(["p1", "p2"], platform="zoom").feeds("09:30", "11:20", last="09:31")
    assert story.signals == [
        raised(
            "feed_silent",
            when="10:05",
            platform="zoom",
            last_event_at=at("09:31"),
            since=at("10:00"),
            delay_minutes=5,
            subject="platform:zoom",
            told={"tech": "high", "host": "info", "clinician": "info"},
        ),
        cleared("feed_silent", when="11:15", reason="closed"),
    ]
    assert story.outcomes == {"p1": "unknown", "p2": "unknown"}


def test_any_event_of_the_platform_ends_it():
    story = group(["p1"], platform="zoom").feeds("09:30", "10:20", last="09:31")
    story.feeds("10:20", "11:20", last="10:19:30")
    assert story.of("feed_silent") == [
        raised("feed_silent", when="10:05"),
        cleared("feed_silent", when="10:20"),
    ]


def test_an_event_in_the_room_ends_it_too():
    story = group(["p1"], platform="zoom").feeds("09:30", "10:20", last="09:31")
    assert story.joins("p1", "10:11").of("feed_silent")[1] == cleared("feed_silent", when="10:11")


def test_a_feed_that_dies_in_mid_session_means_nothing():
    story = group(["p1"], platform="zoom").joins("h1", "09:58").joins("p1", "09:58")
    story.feeds("09:30", "11:20", last="09:58")
    assert story.signals == []


def test_without_the_gateways_own_word_silence_means_nothing():
    story = group(["p1"], platform="zoom").joins("h1", "09:58")
    assert story.of("feed_silent") == []


def test_another_platforms_feed_does_not_matter():
    story = group(["p1"], platform="livekit").feeds("09:30", "11:20", last="09:31")
    assert story.of("feed_silent") == []


def test_silence_seen_later_takes_the_others_place():
    story = group(["p1"], platform="zoom").feeds("10:06", "11:20", last="09:31")
    assert story.signals[:3] == [
        raised("host_missing", when="10:05"),
        raised("feed_silent", when="10:06"),
        cleared("host_missing", when="10:06"),
    ]
