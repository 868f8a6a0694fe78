"""Session short: judged at the scheduled end."""

from tests.story import at, group, raised


def test_ended_half_an_hour_early():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").ends("10:30")
    story.leaves("p1", "10:30", "ended").leaves("h1", "10:30", "ended")
    assert story.of("session_short") == [
        raised(
            "session_short",
            when="11:00",
            ended_at=at("10:30"),
            minutes_short=30,
            minutes_held=30,
            tolerance_minutes=15,
        )
    ]


def test_within_tolerance_or_never_opened_is_not_short():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").ends("10:45")
    assert story.of("session_short") == []
    assert group(["p1"]).of("session_short") == []


def test_everybody_hanging_up_is_an_end_unless_the_host_comes_back():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    story.leaves("h1", "10:20").leaves("p1", "10:20")
    assert len(story.of("session_short")) == 1
    assert story.joins("h1", "10:40").joins("p1", "10:40").of("session_short") == []
