"""Break due: 75 minutes without one, most people being there."""

from tests.story import at, cleared, group, raised


def long(*patients: str, **plan):
    story = group(list(patients), ends="13:00", **plan).joins("h1", "10:00")
    for who in patients:
        story.joins(who, "10:00")
    return story


def of(story):
    story.tell("13:20")
    return story.of("break_due")


def test_after_75_minutes_until_the_break():
    assert of(long("p1", "p2").taps_break("11:30").taps_break("11:40", "ended"))[:2] == [
        raised("break_due", when="11:15", since=at("10:00"), minutes=75, present=2, expected=2),
        cleared("break_due", when="11:30"),
    ]


def test_counted_anew_after_each_break():
    assert of(long("p1", "p2", breaks=[("11:00", "11:10")])) == [
        raised("break_due", when="12:25", since=at("11:10")),
        cleared("break_due", when="13:15", reason="closed"),
    ]


def test_not_while_most_are_away():
    story = long("p1", "p2", "p3", "p4").leaves("p1", "11:00").leaves("p2", "11:00")
    assert of(story) == []
    assert of(story.joins("p1", "11:30"))[0] == raised("break_due", when="11:30", present=3)
