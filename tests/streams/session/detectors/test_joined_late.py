"""Joined late: a fact, with the minutes it was."""

from tests.story import at, group, raised


def test_eleven_minutes_is_late_ten_is_not():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "10:10").joins("p2", "10:11")
    assert story.of("joined_late") == [
        raised(
            "joined_late",
            "p2",
            when="10:11:30",
            at=at("10:11"),
            minutes_late=11,
            tolerance_minutes=10,
            told={"clinician": "info"},
        )
    ]


def test_it_counts_from_the_opening():
    story = group(["p1", "p2", "p3"]).joins("h1", "10:05").joins("p1", "10:14").joins("p2", "10:16")
    assert story.of("joined_late") == [raised("joined_late", "p2", when="10:16:30")]


def test_only_the_first_stay_counts_and_a_look_is_none():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "10:05").leaves("p1", "10:05:10")
    story.joins("p1", "10:20").leaves("p1", "10:22").joins("p1", "10:25")
    assert story.of("joined_late") == [
        raised("joined_late", "p1", when="10:20:30", minutes_late=20)
    ]


def test_announced_lateness_is_none():
    story = group(["p1"]).joins("h1", "09:58").excuses("p1", "09:00", kind="late")
    assert story.joins("p1", "10:30").of("joined_late") == []


def test_after_the_real_end_nobody_is_late():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "10:00").ends("10:30")
    story.leaves("h1", "10:30").leaves("p1", "10:30")
    assert story.of("joined_late") == []


def test_added_during_the_session_is_late_from_then():
    story = group(["p2"]).joins("h1", "09:58").joins("p2", "09:58")
    story.schedules(["p1", "p2"], when="10:20").joins("p1", "10:29")
    assert story.of("joined_late") == []


def test_the_usual_lateness_stands_beside_it():
    story = group(["p1"]).joins("h1", "09:58").profiles("p1", late_last_5=3).joins("p1", "10:20")
    assert story.of("joined_late") == [raised("joined_late", "p1", when="10:20:30", late_last_5=3)]


def test_matched_later_it_is_told_when_matched():
    story = group(["p1"]).joins("h1", "09:58").joins("unmapped:x", "10:12")
    story.identifies("unmapped:x", "p1", "10:30")
    assert story.of("joined_late") == [
        raised("joined_late", "p1", when="10:30", at=at("10:12"), minutes_late=12)
    ]
