"""The words of the rules: connections, stays, breaks, opening, real end, timers."""

import pytest

from streams.episodes import NEVER
from streams.events import MINUTE
from streams.session import breaks, presence
from streams.session.facts import Room
from streams.session.ledger import Joined, Wire
from streams.session.monitor import Monitor
from tests.story import RULES, Story, at, clock_of, group, tick


def room(story: Story, now: str) -> Room:
    """What is known of the story's room at that instant."""
    monitor = Monitor(0, RULES, boards=False)
    for offset, event in enumerate([*story.events, tick(at(now) + 5_000)]):
        monitor.apply(event, offset)
    known = monitor._watches["s1"].room
    assert known is not None
    return known


def spans(pairs) -> list[tuple[str, str]]:
    return [(clock_of(start), "open" if end == NEVER else clock_of(end)) for start, end in pairs]


def stays(story: Story, who: str = "p1") -> list[tuple[str, str]]:
    return spans((one.start, one.end) for one in room(story, "10:59").people[who].stays)


def real_end(story: Story, now: str) -> str:
    return clock_of(room(story, now).real_end(at(now)))


# --- connections and stays -----------------------------------------------------------------------


def test_a_left_closes_its_own_connection_only():
    story = group(["p1"]).joins("p1", "10:00", on="a").joins("p1", "10:05", on="b")
    assert stays(story.leaves("p1", "10:10", on="b")) == [("10:00", "open")]


def test_the_union_of_overlapping_connections_is_one_stay():
    story = group(["p1"]).joins("p1", "10:00", on="a").joins("p1", "10:05", on="b")
    story.leaves("p1", "10:10", on="a").leaves("p1", "10:20", on="b").joins("p1", "10:30")
    assert stays(story) == [("10:00", "10:20"), ("10:30", "open")]


def test_under_thirty_seconds_is_no_stay():
    story = group(["p1"]).joins("p1", "10:00").leaves("p1", "10:00:29")
    assert stays(story.joins("p1", "10:01").leaves("p1", "10:01:30")) == [("10:01", "10:01:30")]


def test_a_missing_left_is_made_up_for_by_an_exclusive_join():
    story = group(["p1"]).joins("p1", "10:00", on="a").joins("p1", "10:20", on="b", exclusive=True)
    assert stays(story.leaves("p1", "10:30", on="b")) == [("10:00", "10:30")]


def test_a_join_that_is_told_again_of_another_instant_does_not_end_itself():
    story = group(["p1"]).joins("p1", "10:00:00.400", on="a", exclusive=True)
    story.joins("p1", "10:00:01", on="a", exclusive=True)
    assert stays(story) == [("10:00:00.400", "open")]
    assert story.of("could_not_connect", "missed_session") == []


def test_the_same_connection_may_come_back():
    story = group(["p1"]).joins("p1", "10:00", on="a").leaves("p1", "10:05", on="a")
    assert stays(story.joins("p1", "10:10", on="a")) == [("10:00", "10:05"), ("10:10", "open")]


def test_who_comes_after_the_end_is_not_present():
    story = group(["p1"]).joins("p1", "11:00")
    assert room(story, "11:05").people["p1"].stays == ()


def test_a_join_as_a_stranger_pairs_with_the_known_persons_left():
    story = group(["p1"]).joins("unmapped:x", "10:00", on="a")
    story.identifies("unmapped:x", "p1", "10:10").leaves("p1", "10:30", on="a")
    assert stays(story) == [("10:00", "10:30")]


def test_a_second_left_of_a_connection_says_nothing():
    joins = (Joined(0, "participant", False, None, None),)
    wire = Wire("a", joins, ((60_000, "left"), (61_000, "ended")))
    found = presence.pair([wire], 100_000, NEVER)
    assert [(one.start, one.end, one.reason) for one in found] == [(0, 60_000, "left")]


@pytest.mark.parametrize(
    ("whole", "holes", "rest"),
    [
        ([(0, 10)], [(2, 4), (6, 7)], ((0, 2), (4, 6), (7, 10))),
        ([(0, 10)], [(-5, 3), (8, 20)], ((3, 8),)),
        ([(0, 10)], [(0, 10)], ()),
        ([(0, 10), (20, 30)], [(10, 20)], ((0, 10), (20, 30))),
    ],
)
def test_minus(whole, holes, rest):
    assert presence.minus(whole, holes) == rest


# --- breaks and timers ---------------------------------------------------------------------------


def test_a_tapped_break_ends_after_twenty_minutes_by_itself():
    assert spans(room(group(["p1"]).taps_break("10:10"), "10:59").breaks) == [("10:10", "10:30")]


def test_a_break_is_seen_when_most_hang_up_and_the_host_stays():
    story = group(["p1", "p2", "p3"]).joins("h1", "09:58")
    for who in ("p1", "p2", "p3"):
        story.joins(who, "09:59")
    story.leaves("p1", "10:20").leaves("p2", "10:20:30").joins("p2", "10:27")
    assert spans(room(story, "10:59").breaks) == [("10:20:30", "10:27")]


def test_drops_are_no_break():
    story = group(["p1", "p2", "p3"]).joins("h1", "09:58")
    for who in ("p1", "p2", "p3"):
        story.joins(who, "09:59").drops(who, "10:20")
    assert room(story, "10:59").breaks == ()


def test_without_a_host_or_with_two_people_no_break_is_seen():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    assert room(story.leaves("p1", "10:20").leaves("p2", "10:20"), "10:59").breaks == ()


def test_a_timer_skips_breaks_and_three_minutes_after_each():
    stopped = breaks.stopped([(10 * MINUTE, 20 * MINUTE)])
    assert breaks.timer(0, 10 * MINUTE, stopped) == 10 * MINUTE
    assert breaks.timer(0, 11 * MINUTE, stopped) == 24 * MINUTE
    assert breaks.timer(15 * MINUTE, 2 * MINUTE, stopped) == 25 * MINUTE
    assert breaks.timer(23 * MINUTE, 2 * MINUTE, stopped) == 25 * MINUTE


# --- opening and real end ------------------------------------------------------------------------


def opened(story: Story) -> str | None:
    opening = room(story, "10:59").opening
    return None if opening is None else clock_of(opening)


def test_the_opening_is_the_start_when_the_host_is_early():
    assert opened(group(["p1"]).joins("h1", "09:50")) == "10:00"


def test_a_host_who_was_gone_before_the_start_opens_nothing():
    assert opened(group(["p1", "p2", "p3"]).joins("h1", "09:50").leaves("h1", "09:55")) is None


def test_a_glance_opens_nothing():
    assert opened(group(["p1"]).joins("h1", "10:05").leaves("h1", "10:05:20")) is None


def test_half_of_the_patients_then_on_the_roster():
    story = group(["p1", "p2"]).joins("p1", "10:05")
    assert opened(story) == "10:05"
    story = group(["p1", "p2", "p3"]).joins("p1", "10:05").joins("p2", "10:09")
    assert opened(story) == "10:09"


def test_the_platforms_end_counts_until_somebody_joins():
    story = group(["p1"]).joins("h1", "09:58").ends("10:30").joins("h1", "10:40")
    assert real_end(story, "10:35") == "10:30"
    assert real_end(story, "10:45") == "11:00"


def test_half_is_of_the_patients_on_the_roster_at_that_instant():
    story = group(["p1", "p2", "p3"]).joins("p1", "10:01")
    assert opened(story) is None
    assert opened(story.schedules(["p1", "p2"], when="10:09")) == "10:09"
    assert opened(story.schedules(["p1", "p2", "p3"], when="10:10")) == "10:09"


def test_an_end_before_the_opening_is_none():
    story = group(["p1"]).ends("10:05").joins("h1", "10:10")
    assert real_end(story, "10:30") == "11:00"


def test_host_and_most_others_gone_is_the_end_after_two_quiet_minutes():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.leaves("h1", "10:30").leaves("p1", "10:30").leaves("p2", "10:31")
    assert real_end(story, "10:32:59") == "11:00"
    assert real_end(story, "10:33") == "10:31"


def test_a_host_who_comes_back_goes_on():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    story.leaves("p1", "10:30").leaves("h1", "10:30").joins("h1", "10:36")
    assert real_end(story, "10:33") == "10:30"
    assert real_end(story, "10:40") == "11:00"


def test_most_gone_while_the_host_stays_is_no_end():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.leaves("p1", "10:30").leaves("p2", "10:30")
    assert real_end(story, "10:40") == "11:00"


def test_going_into_a_tapped_break_is_no_end():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").taps_break("10:30")
    story.leaves("p1", "10:31").leaves("h1", "10:31")
    assert real_end(story, "10:40") == "11:00"


def test_bots_are_not_counted():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").joins("b", "09:59", role="bot")
    story.leaves("p1", "10:30").leaves("h1", "10:30")
    assert real_end(story, "10:40") == "10:30"
