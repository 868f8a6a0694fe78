"""Host dropped: a minute without the host whose line broke, others being there."""

from streams.events import RosterEntry
from tests.story import at, cleared, group, raised


def running():
    return group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "10:00")


def test_a_minute_without_the_host_until_return():
    story = running().drops("h1", "10:20").joins("h1", "10:24")
    assert story.of("host_dropped") == [
        raised("host_dropped", when="10:21", since=at("10:20"), waiting=2, return_minutes=1),
        cleared("host_dropped", when="10:24:30"),
    ]


def test_back_within_a_minute_or_another_host_there_is_no_drop():
    assert running().drops("h1", "10:20").joins("h1", "10:21").of("host_dropped") == []
    story = running().joins("h2", "10:10", role="host").drops("h1", "10:20")
    assert story.of("host_dropped") == []


def test_leaving_on_purpose_and_an_empty_room_are_no_drops():
    assert running().leaves("h1", "10:20").of("host_dropped") == []
    story = running().leaves("p1", "10:19").leaves("p2", "10:19").drops("h1", "10:20")
    assert story.of("host_dropped") == []


def test_who_comes_after_the_line_of_a_lone_host_broke_is_not_left_alone():
    def alone():
        return group(["p1", "p2"]).joins("h1", "09:58").drops("h1", "10:00:30").joins("p1", "10:03")

    assert alone().joins("h1", "10:20").of("host_dropped") == [
        raised("host_dropped", when="10:03:30", since=at("10:00:30"), waiting=1),
        cleared("host_dropped", when="10:20:30"),
    ]
    assert alone().joins("h1", "10:03:20").of("host_dropped") == []
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").leaves("p1", "10:20")
    assert story.drops("h1", "10:20:10").joins("p1", "10:40").of("host_dropped") == []


def test_a_host_who_is_just_coming_back_is_waited_for():
    story = running().drops("h1", "10:20").joins("h1", "10:20:50").drops("h1", "10:21:10")
    assert story.of("host_dropped")[0] == raised("host_dropped", when="10:21:10")


def test_those_who_come_by_video_to_a_group_that_meets_in_person_sit_alone_as_well():
    there = RosterEntry("p1", modality="virtual")
    story = group([there, "p2"], modality="in_person").joins("h1", "09:58").joins("p1", "09:59")
    assert story.drops("h1", "10:20").of("host_dropped")[0] == raised("host_dropped", when="10:21")
    assert story.cancels("10:15").of("host_dropped") == []
