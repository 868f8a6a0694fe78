"""Quieter than usual: own gaps, the others, a good line; and who is only quiet."""

import pytest

from tests.story import at, cleared, clock_of, group, raised

PEOPLE = ["p1", "p2", "p3"]


def speaking(story, *people: str, first: str = "10:00", until: str = "12:00"):
    for who in people:
        for ts in range(at(first), at(until), 10 * 60_000):
            story.shows(who, clock_of(ts + 30_000), "spoke", 5_000)
    return story


def quiet(gap: float | None = 20.0, **plan):
    """p1 says something until 10:20, then nothing; the others go on."""
    story = group(PEOPLE, **{"ends": "12:00", **plan}).joins("h1", "10:00")
    for who in PEOPLE:
        story.joins(who, "10:00")
    story.profiles("p1", gap_p90_minutes=gap)
    speaking(story, "p2", "p3")
    return speaking(story, "p1", until="10:21")


def of(story):
    story.tell("12:20")
    return story.of("withdrawn")


def test_no_sign_for_three_quarters_of_an_hour_until_one():
    assert of(quiet().shows("p1", "11:31:10", "reaction")) == [
        raised(
            "withdrawn",
            "p1",
            when="11:10",
            since=at("10:21"),
            minutes=49,
            usual_gap_minutes=20.0,
            others=2,
            others_with_sign=2,
            stretch_minutes=45,
            told={"clinician": "info"},
        ),
        cleared("withdrawn", "p1", when="11:35"),
    ]


def test_longer_than_nine_of_ten_of_the_own_gaps():
    assert of(quiet(gap=60.0))[0] == raised("withdrawn", "p1", when="11:25")
    assert of(quiet(gap=None)) == []


@pytest.mark.parametrize("kind", ["chat", "reaction", "hand_raised", "poll_answered"])
def test_any_sign_will_do(kind: str):
    assert of(quiet().shows("p1", "10:50", kind).shows("p1", "11:20", kind)) == []


def test_a_missed_poll_is_no_sign_and_a_camera_is():
    assert len(of(quiet().shows("p1", "10:50", "poll_missed"))) == 2
    assert of(quiet().switches("p1", "10:01", camera="on")) == []


def test_listening_in_psychoeducation_is_what_one_does():
    assert of(quiet(kind="psychoeducation")) == []


def test_while_the_others_are_quiet_too_nothing_is_said():
    story = group(PEOPLE, ends="12:00").joins("h1", "10:00")
    for who in PEOPLE:
        story.joins(who, "10:00")
    story.profiles("p1", gap_p90_minutes=20.0)
    assert of(speaking(story, *PEOPLE, until="10:21")) == []


def test_a_bad_line_and_a_break_are_not_counted():
    assert of(quiet().line("p1", "10:30", "poor").line("p1", "10:40", "good")) == [
        raised("withdrawn", "p1", when="11:25", since=at("10:40")),
        cleared("withdrawn", "p1", when="12:15", reason="closed"),
    ]
    assert of(quiet(breaks=[("10:30", "10:45")]))[0] == raised("withdrawn", "p1", when="11:25")


def test_leaving_ends_it():
    assert of(quiet().leaves("p1", "11:20"))[1] == cleared("withdrawn", "p1", when="11:20")


def test_silence_after_a_no_to_being_counted_is_none():
    assert of(quiet().consents("p1", "10:25", granted=False)) == []


@pytest.mark.parametrize("when", ["11:20", "11:21:30"])
def test_a_no_ends_what_was_inferred_at_once(when: str):
    assert of(quiet().consents("p1", when, granted=False)) == [
        raised("withdrawn", "p1", when="11:10"),
        cleared("withdrawn", "p1", when=when, reason="consent_withdrawn"),
    ]


def test_after_a_new_yes_silence_counts_from_there():
    story = quiet().consents("p1", "10:25", granted=False).consents("p1", "10:57")
    assert of(story) == [
        raised("withdrawn", "p1", when="11:45", since=at("11:00")),
        cleared("withdrawn", "p1", when="12:15", reason="closed"),
    ]


def test_who_took_consent_back_is_no_measure_of_the_others():
    story = quiet().consents("p2", "10:30", granted=False).consents("p3", "10:30", granted=False)
    assert of(story) == []
