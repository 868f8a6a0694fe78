"""Left after crisis: fifteen seconds without any connection after a call for help."""

import pytest

from tests.story import at, cleared, group, raised


def called(kind: str = "crisis"):
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    return story.reports("p1", "10:20", kind)


@pytest.mark.parametrize("kind", ["crisis", "help"])
def test_gone_after_the_call_until_return(kind: str):
    story = called(kind).drops("p1", "10:21").joins("p1", "10:25")
    assert story.of("left_after_crisis") == [
        raised(
            "left_after_crisis",
            "p1",
            when="10:21:15",
            kind=kind,
            reported_at=at("10:20"),
            left_at=at("10:21"),
            left_reason="connection_lost",
            severity="critical",
        ),
        cleared("left_after_crisis", "p1", when="10:25"),
    ]


def test_a_reload_is_waited_for():
    assert called().leaves("p1", "10:21").joins("p1", "10:21:15").of("left_after_crisis") == []


def test_a_break_does_not_stop_it():
    story = called().taps_break("10:20:30").leaves("p1", "10:21")
    assert story.of("left_after_crisis") == [raised("left_after_crisis", "p1", when="10:21:15")]


def test_the_end_of_the_session_explains_it():
    assert called().leaves("p1", "10:50", "ended").of("left_after_crisis") == []
    assert called().ends("10:50").leaves("p1", "10:50").of("left_after_crisis") == []
    assert called().leaves("p1", "11:00").of("left_after_crisis") == []


def test_who_left_before_the_call_or_called_otherwise():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").leaves("p1", "10:10")
    assert story.reports("p1", "10:20").of("left_after_crisis") == []
    assert called("privacy").leaves("p1", "10:21").of("left_after_crisis") == []


def test_a_second_device_keeps_the_person_there():
    story = called().joins("p1", "10:20:30", on="phone").leaves("p1", "10:21", on="p1-3")
    assert story.of("left_after_crisis") == []


def test_a_left_whose_join_was_lost_counts():
    story = group(["p1"]).joins("h1", "09:58").reports("p1", "10:20")
    assert story.leaves("p1", "10:21", on="unseen").of("left_after_crisis") == [
        raised("left_after_crisis", "p1", when="10:21:15")
    ]


def test_an_ending_that_lifts_does_not_explain_that_the_caller_is_gone():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.reports("p1", "10:20").ends("10:21")
    for who in ("h1", "p1", "p2"):
        story.leaves(who, "10:21", "ended")
    assert story.of("left_after_crisis") == []
    story.joins("h1", "10:24").joins("p2", "10:24:10")
    assert story.of("left_after_crisis") == [
        raised("left_after_crisis", "p1", when="10:24:15", left_at=at("10:21"), left_reason="ended")
    ]


def test_who_called_and_comes_in_again_with_the_others_is_not_gone():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").reports("p1", "10:20")
    story.ends("10:21").leaves("h1", "10:21", "ended").leaves("p1", "10:21", "left")
    story.joins("h1", "10:24").joins("p1", "10:24:10")
    assert story.of("left_after_crisis") == []
