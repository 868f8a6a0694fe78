"""Session incident: together, at once, enough; what it explains; what is no incident."""

from streams.events import Network
from tests.story import at, cleared, group, raised, updated

TEN = [f"p{number}" for number in range(10)]
ACME = Network("cellular", carrier="Acme")


def running(people=TEN, carriers=0, **plan):
    story = group(people, **plan).joins("h1", "09:58")
    for number, who in enumerate(people):
        story.joins(who, "09:59", network=ACME if number < carriers else None)
    return story


def drop(story, *people: str, when: str):
    for who in people:
        story.drops(who, when)
    return story


def test_five_of_eleven_dropping_within_two_minutes_until_most_are_back():
    story = running(carriers=5)
    for number in range(5):
        story.drops(f"p{number}", f"10:20:{number * 10:02}")
    for number in range(5):
        story.joins(f"p{number}", f"10:30:{number * 10:02}")
    assert story.of("session_incident")[0] == raised(
        "session_incident",
        when="10:20:40",
        since=at("10:20"),
        affected=5,
        people=11,
        carrier="Acme",
        share_limit=0.4,
    )
    assert story.of("session_incident")[0].evidence["who"] == ["p0", "p1", "p2", "p3", "p4"]
    assert story.of("session_incident")[-1] == cleared("session_incident", when="10:32:20")


def test_it_explains_the_single_alerts_of_its_people():
    story = drop(running(["p1", "p2", "p3", "p4"]), "p1", "p2", "p3", when="10:20")
    story.excuses("p4", "09:00").leaves("p4", "10:10")
    singles = story.of("dropped_out")
    assert [one.participant_id for one in singles] == ["p1", "p2", "p3"]
    incident = story.of("session_incident")
    assert incident[:2] == [
        raised("session_incident", when="10:20"),
        updated("session_incident", when="10:22"),
    ]
    assert incident[0].explains is None
    assert sorted(incident[1].explains) == sorted(one.alert_id for one in singles)


def test_that_the_host_is_gone_is_told_beside_it():
    story = drop(running(["p1", "p2", "p3", "p4"]), "h1", "p1", "p2", when="10:20")
    [host_gone] = [one for one in story.of("host_dropped") if one.status == "raised"]
    named = [one.explains for one in story.of("session_incident") if one.explains]
    assert "h1" in story.of("session_incident")[0].evidence["who"]
    assert named
    assert host_gone.alert_id not in named[-1]


def test_an_alert_that_was_raised_before_is_not_explained():
    story = running(["p1", "p2", "p3", "p4"]).drops("p4", "10:13")
    drop(story, "p1", "p2", "p3", when="10:20")
    [p4] = [one for one in story.of("dropped_out") if one.participant_id == "p4"]
    assert p4.alert_id not in story.of("session_incident")[1].explains


def test_a_crash_changes_nothing():
    story = drop(running(["p1", "p2", "p3"]), "p1", "p2", "p3", when="10:20")
    whole = story.of("session_incident")
    again = drop(running(["p1", "p2", "p3"]), "p1", "p2", "p3", when="10:20")
    assert again.crashes_at("10:21").of("session_incident") == whole


def test_in_the_first_ten_minutes_four_and_half_are_asked_for():
    story = drop(running(["p1", "p2", "p3", "p4"]), "p1", "p2", "p3", when="10:05")
    assert story.of("session_incident") == []
    story = drop(running(["p1", "p2", "p3", "p4"]), "p1", "p2", "p3", "p4", when="10:05")
    assert story.of("session_incident")[0] == raised("session_incident", when="10:05")


def test_too_few_too_far_apart_or_too_small_a_share():
    assert drop(running(["p1", "p2"]), "p1", "p2", when="10:20").of("session_incident") == []
    story = running(["p1", "p2", "p3"])
    for minute, who in ((20, "p1"), (23, "p2"), (26, "p3")):
        story.drops(who, f"10:{minute}")
    assert story.of("session_incident") == []
    assert drop(running(), "p0", "p1", "p2", when="10:20").of("session_incident") == []


def test_poor_lines_and_tries_count_waiting_does_not():
    story = running(["p1", "p2", "p3", "p4", "p5"]).line("p1", "10:20", "poor")
    story.line("p2", "10:20:30", "lost").leaves("p3", "10:15").fails("p3", "10:21")
    assert story.of("session_incident")[0] == raised("session_incident", when="10:21", affected=3)
    story = group(["p1", "p2", "p3", "p4"]).joins("h1", "10:00")
    for who in ("p1", "p2", "p3", "p4"):
        story.waits(who, "10:12")
    assert story.of("session_incident") == []


def test_who_had_a_poor_line_long_before_drops_with_the_others():
    story = (
        running(["p1", "p2", "p3", "p4"]).line("p1", "10:12", "poor").line("p2", "10:15", "poor")
    )
    drop(story, "p1", "p2", "p3", when="10:20")
    assert story.of("session_incident")[0] == raised(
        "session_incident", when="10:20", since=at("10:20"), affected=3, people=5
    )


def test_a_line_that_was_poor_since_a_break_hides_no_drop_long_after():
    story = running(["p1", "p2", "p3", "p4"]).taps_break("10:10").taps_break("10:15", "ended")
    story.line("p1", "10:12", "poor")
    drop(story, "p1", "p2", "p3", when="10:30")
    assert story.of("session_incident")[0] == raised(
        "session_incident", when="10:30", affected=3, people=5
    )


def test_everybody_hanging_up_for_a_break_is_none():
    story = running(["p1", "p2", "p3", "p4"]).taps_break("10:20")
    story = drop(story, "p1", "p2", "p3", "p4", when="10:21")
    assert story.of("session_incident") == []


def test_whom_it_touched_was_not_at_fault():
    story = drop(running(["p1", "p2", "p3", "p4"]), "p1", "p2", "p3", when="10:20")
    story.leaves("p4", "10:10")
    faults = {one.participant_id: one.fault for one in story.attended}
    assert faults == {"p1": "room", "p2": "room", "p3": "room", "p4": None}
