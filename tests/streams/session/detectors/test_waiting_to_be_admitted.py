"""Waiting to be admitted: only while a host is there, and tech after five minutes."""

from tests.story import at, cleared, group, raised, updated

HOST = {"host": "warning"}
TECH_TOO = {"host": "warning", "tech": "high"}


def test_the_host_is_told_after_two_minutes_tech_after_five():
    story = group(["p1"]).joins("h1", "09:58").waits("p1", "10:01").joins("p1", "10:09")
    assert story.of("waiting_to_be_admitted") == [
        raised("waiting_to_be_admitted", "p1", when="10:03", since=at("10:01"), told=HOST),
        updated("waiting_to_be_admitted", "p1", when="10:06", told=TECH_TOO),
        cleared("waiting_to_be_admitted", "p1", when="10:09"),
    ]


def test_waiting_counts_from_the_start():
    story = group(["p1"]).joins("h1", "09:50").waits("p1", "09:52").joins("p1", "10:03")
    assert story.of("waiting_to_be_admitted")[0] == raised(
        "waiting_to_be_admitted", "p1", when="10:02", since=at("10:00")
    )


def test_eight_in_the_waiting_room_and_a_late_host():
    people = [f"p{number}" for number in range(8)]
    story = group(people)
    for one in people:
        story.waits(one, "09:55").waits(one, "10:13", state="admitted").joins(one, "10:13:05")
    story.joins("h1", "10:12")
    assert [signal.rule for signal in story.signals] == ["host_missing"] * 2
    assert story.signals[0] == raised("host_missing", when="10:05", waiting=8)


def test_it_counts_anew_when_the_host_goes():
    story = group(["p1", "p2"]).joins("p2", "09:59").joins("h1", "10:00")
    story.waits("p1", "10:01").leaves("h1", "10:02").joins("h1", "10:06").joins("p1", "10:10")
    assert story.of("waiting_to_be_admitted") == [
        raised("waiting_to_be_admitted", "p1", when="10:08", since=at("10:06")),
        cleared("waiting_to_be_admitted", "p1", when="10:10"),
    ]


def test_gone_or_admitted_in_time_says_nothing():
    story = group(["p1", "p2"]).joins("h1", "09:58")
    story.waits("p1", "10:01").waits("p1", "10:02:30", state="admitted").joins("p1", "10:02:40")
    story.waits("p2", "10:01").waits("p2", "10:02:59", state="left")
    assert story.of("waiting_to_be_admitted") == []


def test_still_waiting_at_the_closing_it_ends_with_it():
    story = group(["p1"]).joins("h1", "09:58").waits("p1", "10:30")
    assert story.of("waiting_to_be_admitted")[-1] == cleared(
        "waiting_to_be_admitted", "p1", when="11:15", reason="closed"
    )


def test_who_is_present_by_laptop_is_not_waiting_with_the_phone():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:58").waits("p1", "10:05")
    assert story.of("waiting_to_be_admitted") == []
    story.leaves("p1", "10:20")
    assert story.of("waiting_to_be_admitted")[0] == raised(
        "waiting_to_be_admitted", "p1", when="10:22"
    )


def test_after_the_end_tech_is_not_told_any_more():
    story = group(["p1"]).waits("p1", "10:30").joins("h1", "10:56")
    assert story.of("waiting_to_be_admitted") == [
        raised("waiting_to_be_admitted", "p1", when="10:58", told=HOST),
        cleared("waiting_to_be_admitted", "p1", when="11:15", reason="closed"),
    ]
