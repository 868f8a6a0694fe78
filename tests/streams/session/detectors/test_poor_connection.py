"""Poor connection: the best line counts, held for a minute, urgent after five."""

from tests.story import Story, at, cleared, group, raised, updated


def held() -> Story:
    return group(["p1"]).joins("h1", "09:58").joins("p1", "09:59", on="room-1")


def test_a_bad_line_is_told_after_a_minute_and_urgent_after_five():
    story = held().line("p1", "10:10", "poor").line("p1", "10:20", "fair")
    assert story.signals == [
        raised(
            "poor_connection",
            "p1",
            when="10:11",
            since=at("10:10"),
            state="poor",
            mos=2.5,
            cause="loss",
            held_seconds=60,
            told={"tech": "warning"},
        ),
        updated("poor_connection", "p1", when="10:15", told={"tech": "high"}),
        cleared("poor_connection", "p1", when="10:21"),
    ]


def test_under_a_minute_says_nothing():
    assert held().line("p1", "10:10", "lost").line("p1", "10:10:55", "good").signals == []


def test_short_relief_does_not_end_it():
    story = held().line("p1", "10:10", "poor").line("p1", "10:12", "good")
    story.line("p1", "10:12:50", "lost").line("p1", "10:14", "good")
    assert story.signals == [
        raised("poor_connection", "p1", when="10:11"),
        cleared("poor_connection", "p1", when="10:15"),
    ]


def test_it_ends_with_the_last_connection():
    story = held().line("p1", "10:10", "poor").leaves("p1", "10:12", "removed")
    assert story.of("poor_connection") == [
        raised("poor_connection", "p1", when="10:11"),
        cleared("poor_connection", "p1", when="10:12"),
    ]


def test_the_best_of_two_devices_counts():
    story = held().joins("p1", "10:05", on="room-2").line("p1", "10:06", "good", on="laptop")
    story.line("p1", "10:10", "lost", on="phone")
    assert story.signals == []


def test_a_closed_page_does_not_hide_a_bad_line():
    story = held().line("p1", "10:01", "good", on="first").leaves("p1", "10:05", on="room-1")
    story.joins("p1", "10:04:50", on="room-2").line("p1", "10:10", "poor", on="second")
    assert story.of("poor_connection") == [
        raised("poor_connection", "p1", when="10:11"),
        updated("poor_connection", "p1", when="10:15"),
        cleared("poor_connection", "p1", when="11:15", reason="closed"),
    ]


def test_in_a_break_it_does_not_count():
    story = held().taps_break("10:10").line("p1", "10:11", "poor")
    story.taps_break("10:15", "ended").line("p1", "10:30", "good")
    assert story.of("poor_connection")[0] == raised("poor_connection", "p1", when="10:19")


def test_the_host_and_strangers_are_not_patients():
    story = held().line("h1", "10:10", "poor")
    story.joins("guest", "10:00").line("guest", "10:10", "poor")
    assert story.of("poor_connection") == []


def test_once_a_minute_is_often_enough():
    story = held().line("p1", "10:10", "poor", late="10:10:58").line("p1", "10:14", "good")
    assert story.of("poor_connection") == [
        raised("poor_connection", "p1", when="10:11"),
        cleared("poor_connection", "p1", when="10:15"),
    ]
