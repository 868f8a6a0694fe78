"""Partial attendance: judged at closing, on held time without breaks."""

from tests.story import group, raised


def held(*patients: str, **plan):
    return group(list(patients), **plan).joins("h1", "09:58")


def test_half_of_the_session_is_partial():
    story = held("p1").joins("p1", "10:00").leaves("p1", "10:30")
    assert story.of("partial_attendance") == [
        raised(
            "partial_attendance",
            "p1",
            when="11:15",
            minutes=30,
            held_minutes=60,
            share=0.5,
            reasons=["left"],
            share_limit=0.75,
        )
    ]


def test_three_quarters_count_and_a_minute_is_the_least():
    story = held("p1", "p2", "p3").joins("p1", "10:00").leaves("p1", "10:45")
    story.joins("p2", "10:00").leaves("p2", "10:00:59").joins("p3", "10:16")
    signals = story.of("partial_attendance")
    assert signals == [raised("partial_attendance", "p3", when="11:15", minutes=44)]


def test_breaks_are_left_out():
    story = held("p1", breaks=[("10:20", "10:40")]).joins("p1", "10:00").leaves("p1", "10:20")
    story.joins("p1", "10:40").leaves("p1", "10:55")
    assert story.of("partial_attendance") == []


def test_who_never_came_or_came_in_person_is_not_partial():
    story = held("p1", "p2").joins("p2", "10:00").leaves("p2", "10:20").in_person("p2", "10:30")
    assert story.of("partial_attendance") == []


def test_a_late_fact_after_closing_takes_it_back():
    story = held("p1").joins("p1", "10:00").leaves("p1", "10:30", on="p1-2")
    story.joins("p1", "10:31", on="again", late="12:00")
    story.tell("12:10")
    assert [(one.status, one.evidence.get("reason")) for one in story.of("partial_attendance")] == [
        ("raised", None),
        ("cleared", "late_event"),
    ]
    assert story.outcomes == {"p1": "attended"}
