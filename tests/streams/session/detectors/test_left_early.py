"""Left early: gone before the real end, and the many ways that is not so."""

from tests.story import Story, at, cleared, group, raised

TEN = [f"p{number}" for number in range(10)]


def full(*people: str) -> Story:
    story = group(people).joins("h1", "09:58")
    for one in people:
        story.joins(one, "09:59")
    return story


def test_gone_for_five_minutes_is_told_until_return():
    story = full("p1", "p2").leaves("p1", "10:20").joins("p1", "10:31")
    assert story.signals == [
        raised(
            "left_early",
            "p1",
            when="10:25",
            at=at("10:20"),
            minutes_left=40,
            minutes_present=20,
            left_reason="left",
            return_minutes=5,
            tolerance_minutes=15,
            told={"clinician": "warning", "outreach": "warning"},
        ),
        cleared("left_early", "p1", when="10:31:30"),
    ]


def test_five_minutes_at_the_door_are_not_early():
    assert full("p1", "p2").leaves("p1", "10:20").joins("p1", "10:24").of("left_early") == []


def test_the_last_quarter_of_an_hour_is_the_end():
    assert full("p1", "p2").leaves("p1", "10:45").of("left_early") == []


def test_removed_or_ended_is_not_leaving():
    story = full("p1", "p2").leaves("p1", "10:20", "removed").leaves("p2", "10:20", "ended")
    assert story.of("left_early") == []


def test_a_host_who_closes_early_without_reasons_takes_everybody_along():
    story = full(*TEN)
    for number, one in enumerate(["h1", *TEN]):
        story.leaves(one, f"10:30:{number:02}", "unknown")
    assert story.of("left_early") == []
    assert {one.held_ms for one in story.attended} == {30 * 60_000 + 9_000 - 1_000}


def test_everybody_hanging_up_for_the_break_is_a_break():
    story = full(*TEN[:5])
    for number, one in enumerate(TEN[:5]):
        story.leaves(one, f"10:20:{number * 5:02}").joins(one, f"10:32:{number * 5:02}")
    assert story.of("left_early") == []


def test_who_does_not_come_back_from_it_left_early():
    story = full(*TEN[:5])
    for number, one in enumerate(TEN[:5]):
        story.leaves(one, f"10:20:{number * 5:02}")
        if one != "p4":
            story.joins(one, f"10:32:{number * 5:02}")
    assert story.of("left_early") == [raised("left_early", "p4", when="10:40:10")]


def test_the_scheduled_break_does_not_count():
    story = group(["p1", "p2"], breaks=[("10:20", "10:35")]).joins("h1", "09:58")
    story.joins("p1", "09:59").joins("p2", "09:59").leaves("p1", "10:21").joins("p1", "10:42")
    assert story.of("left_early") == []


def test_leaving_early_was_announced():
    story = full("p1", "p2").excuses("p1", "09:00", kind="leaves_early").leaves("p1", "10:20")
    assert story.of("left_early") == []


def test_a_session_that_ended_early_by_the_platform():
    story = full("p1", "p2").leaves("p1", "10:28").leaves("p2", "10:30").leaves("h1", "10:30")
    assert story.ends("10:30:05").of("left_early") == []


def test_a_late_return_ends_it():
    story = full("p1", "p2").leaves("p1", "10:20").joins("p1", "10:23", late="10:40")
    assert story.of("left_early") == [
        raised("left_early", "p1", when="10:25"),
        cleared("left_early", "p1", when="10:25:00.001", reason="late_event"),
    ]


def test_who_left_before_an_ending_that_lifts_left_early_after_all():
    story = group(["p1", "p2"], ends="12:00").joins("h1", "09:58").joins("p1", "09:59")
    story.joins("p2", "09:59").leaves("p2", "10:38").ends("10:40")
    story.leaves("h1", "10:40", "ended").leaves("p1", "10:40", "ended")
    story.joins("h1", "10:50").joins("p1", "10:50")
    story.tell("11:00")
    assert story.of("left_early") == [raised("left_early", "p2", when="10:53", minutes_left=82)]


def test_who_looks_in_again_after_the_end_makes_nobody_leave_early():
    story = group(["p1", "p2"], ends="12:00").joins("h1", "09:58").joins("p1", "09:59")
    story.joins("p2", "09:59").leaves("p2", "11:40").leaves("p1", "11:41").leaves("h1", "11:42")
    story.joins("p1", "11:48").leaves("p1", "11:49")
    story.tell("12:20")
    assert story.of("left_early") == []


def test_whom_a_lifted_ending_sent_out_and_who_does_not_come_back_is_told():
    story = group(["p1", "p2"], ends="12:00").joins("h1", "09:58").joins("p1", "09:59")
    story.joins("p2", "09:59").ends("10:40")
    for who in ("h1", "p1", "p2"):
        story.leaves(who, "10:40", "ended")
    story.joins("h1", "10:41").joins("p1", "10:42")
    story.tell("11:10")
    assert story.of("left_early") == [
        raised("left_early", "p2", when="10:45", left_reason="ended", minutes_left=80)
    ]


def test_whom_an_ending_that_stands_sent_out_did_not_leave_early():
    story = group(["p1"], ends="12:00").joins("h1", "09:58").joins("p1", "09:59").ends("10:40")
    story.leaves("h1", "10:40", "ended").leaves("p1", "10:40", "ended")
    story.tell("12:20")
    assert story.of("left_early") == []


def test_who_stays_on_after_the_host_is_gone_does_not_leave_early():
    story = group(["p1", "p2", "p3"]).joins("h1", "09:58")
    for who in ("p1", "p2", "p3"):
        story.joins(who, "09:59").leaves(who, "10:38")
    story.leaves("h1", "10:32")
    assert [one.rule for one in story.signals] == ["session_short"]
    assert set(story.outcomes.values()) == {"attended"}


def test_the_minutes_to_come_back_count_for_what_falls_due_in_them_too():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.drops("h1", "10:20").leaves("p1", "10:26").leaves("p2", "10:26")
    story.joins("h1", "10:30").joins("p1", "10:32")
    assert story.of("left_early") == [raised("left_early", "p2", when="10:33", at=at("10:26"))]
