"""Group tiring: enough of those with an index, until few are left or there is a break."""

from tests.story import at, cleared, group, raised
from tests.streams.session.detectors.test_screen_fatigue import talking, usual

FIVE = [f"p{number}" for number in range(1, 6)]


def tiring(tired: int, **plan):
    story = group(FIVE, ends="12:00", **plan).joins("h1", "10:00")
    for number, who in enumerate(FIVE):
        story.joins(who, "10:00").profiles(who, usual=usual())
        talking(story, who, "10:00", "10:30" if number < tired else "12:00")
    return story


def of(story):
    story.tell("12:20")
    return story.of("group_tiring")


def test_three_of_five_for_five_minutes():
    assert of(tiring(3)) == [
        raised(
            "group_tiring",
            when="10:45",
            since=at("10:40"),
            tired=3,
            people=5,
            since_break_minutes=45,
            told={"host": "info", "clinician": "info"},
        ),
        cleared("group_tiring", when="12:15", reason="closed"),
    ]


def test_a_break_ends_it():
    story = tiring(4).taps_break("11:02").taps_break("11:12", "ended")
    assert of(story)[:2] == [
        raised("group_tiring", when="10:45"),
        cleared("group_tiring", when="11:02"),
    ]


def test_nobody_asks_for_a_break_while_there_is_one():
    assert of(tiring(4, breaks=[("10:45", "10:55")]))[:1] == [
        raised("group_tiring", when="11:05", since=at("11:00"), since_break_minutes=10)
    ]
    assert of(tiring(4, breaks=[("10:42", "10:52")]))[:1] == [
        raised("group_tiring", when="11:00", since=at("10:55"), since_break_minutes=8)
    ]


def test_nothing_is_held_while_nobody_could_be_measured():
    story = group(FIVE, ends="12:00").joins("h1", "10:00")
    for number, who in enumerate(FIVE):
        story.joins(who, "10:00").profiles(who, usual=usual())
        story.drops(who, "10:15").joins(who, "10:45", on="again")
        if number > 2:
            talking(story, who, "10:00", "12:00")
    assert of(story)[0] == raised("group_tiring", when="11:05", since=at("11:00"))


def test_two_are_too_few():
    assert of(tiring(2)) == []


def test_it_ends_when_few_are_left():
    story = tiring(3)
    for who in FIVE[:3]:
        talking(story, who, "11:00", "12:00", ms=45_000)
    assert [one.status for one in of(story)] == ["raised", "cleared"]
    assert of(story)[1].ts < at("12:00")


def test_who_has_no_own_usual_counts_on_neither_side():
    story = group(FIVE, ends="12:00").joins("h1", "10:00")
    for number, who in enumerate(FIVE):
        story.joins(who, "10:00").profiles(who, usual=usual() if number > 2 else [])
        talking(story, who, "10:00", "10:30" if number < 3 else "12:00")
    assert of(story) == []  # three seem tired, each against half an hour of this session only


def test_who_took_consent_back_is_counted_no_more():
    story = tiring(3).consents("p1", "10:32", granted=False)
    assert of(story) == []


def test_who_takes_consent_back_ends_what_was_said_of_three_at_once():
    assert of(tiring(3).consents("p1", "10:56:30", granted=False)) == [
        raised("group_tiring", when="10:45"),
        cleared("group_tiring", when="10:56:30"),
    ]
