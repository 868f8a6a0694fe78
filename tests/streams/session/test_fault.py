"""Whose fault an absence was: only what an incident covers is the platform's."""

import pytest

from streams.events import Device, Network
from tests.story import Story, group

ACME = Network("cellular", "acme", "east")
PHONE = Device("phone", "Android", "Chrome")


def held(**plan):
    return group(["p1", "p2"], platform="zoom", **plan).joins("h1", "09:58").joins("p2", "10:00")


def on_acme(story: Story, *whens: str) -> Story:
    for when in whens:
        story.joins("p1", when, device=PHONE, network=ACME)
    return story


def faults(story: Story, until="11:20"):
    """By person, of the highest revision."""
    return {one.participant_id: one.fault for one in story.tell(until)[1]}


def dropped(story):
    return on_acme(story, "10:00").drops("p1", "10:20")


@pytest.mark.parametrize(
    "trait", ["carrier:acme", "region:east", "platform:zoom", "device:phone", "browser:Chrome"]
)
def test_a_drop_in_an_incident_of_ones_own_is_the_platform_s_fault(trait):
    story = dropped(held()).incident(trait, "10:21", "10:40", late="10:41")
    assert faults(story) == {"p1": "platform", "p2": None}
    assert story.outcomes["p1"] == "partial"


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(dropped(held()), id="no incident"),
        pytest.param(dropped(held()).incident("carrier:bell", "10:21", "10:40"), id="another's"),
        pytest.param(dropped(held()).incident("carrier:acme", "10:26", "10:40"), id="later"),
        pytest.param(dropped(held()).incident("carrier:acme", "10:05", "10:20"), id="over"),
        pytest.param(
            on_acme(held(), "10:00").leaves("p1", "10:20").incident("carrier:acme", "10:10"),
            id="left on purpose",
        ),
        pytest.param(
            on_acme(held(), "10:00")
            .drops("p1", "10:20")
            .joins("p1", "10:22", device=PHONE, network=ACME)
            .leaves("p1", "10:35")
            .incident("carrier:acme", "10:20", "10:30"),
            id="left on purpose, long after",
        ),
    ],
)
def test_it_is_not_where_no_incident_explains_it(story):
    assert faults(story)["p1"] is None


def test_what_was_lost_in_it_would_have_made_up_for_leaving_a_little_early():
    story = on_acme(held(), "10:00").drops("p1", "10:20")
    on_acme(story, "10:30").leaves("p1", "10:50").incident("carrier:acme", "10:20", "10:30")
    assert story.outcomes["p1"] == "partial"
    assert faults(story)["p1"] == "platform"


def failing_together():
    """A room of six, in which three drop from 10:20 to 10:24."""
    story = group([f"p{n}" for n in range(1, 7)]).joins("h1", "09:58")
    for n in range(1, 6):
        story.joins(f"p{n}", "10:00")
    for n in range(1, 4):
        story.drops(f"p{n}", "10:20").joins(f"p{n}", "10:24")
    return story


def test_a_room_s_incident_explains_what_is_lost_in_it_alone():
    story = failing_together().leaves("p1", "10:46").leaves("p2", "10:30")
    story.line("p4", "10:20", "poor").line("p4", "10:26", "good").leaves("p4", "10:30")
    assert {who: story.outcomes[who] for who in ("p1", "p2", "p4")} == dict.fromkeys(
        ("p1", "p2", "p4"), "partial"
    )
    told = {"p1": "room", "p2": None, "p3": None, "p4": None, "p5": None, "p6": None}
    assert faults(story) == told


def test_who_tried_in_a_room_s_incident_could_not_connect_because_of_it():
    story = failing_together().fails("p6", "10:21").fails("p6", "10:22")
    assert story.outcomes["p6"] == "could_not_connect"
    assert faults(story)["p6"] == "room"


def test_who_tried_long_before_it_could_not():
    story = failing_together().fails("p6", "10:02").fails("p6", "10:03")
    assert story.outcomes["p6"] == "could_not_connect"
    assert faults(story)["p6"] is None


def test_who_could_not_connect_is_excused_by_an_incident_that_stands_then():
    story = held().fails("p1", "10:02").fails("p1", "10:04").incident("platform:zoom", "10:01")
    assert story.outcomes["p1"] == "could_not_connect"
    assert faults(story)["p1"] == "platform"


def test_of_who_never_came_only_the_platform_is_known():
    assert faults(held().incident("platform:zoom", "09:57"))["p1"] == "platform"
    assert faults(held().incident("carrier:acme", "09:57"))["p1"] is None


def test_the_room_opened_after_it_was_over():
    assert faults(held().incident("platform:zoom", "09:30", "09:50"))["p1"] is None


def test_who_attended_needs_no_excuse():
    story = on_acme(held(), "10:00").drops("p1", "10:20")
    on_acme(story, "10:21").incident("carrier:acme", "10:20", "10:30")
    assert story.outcomes["p1"] == "attended"
    assert faults(story)["p1"] is None


def test_told_after_the_closing_it_is_a_revision():
    story = dropped(held()).incident("carrier:acme", "10:20", "10:40", late="11:30")
    told = [one for one in story.tell("11:40")[1] if one.participant_id == "p1"]
    assert [(one.revision, one.fault) for one in told] == [(0, None), (1, "platform")]


def test_a_crash_forgets_nothing_of_it():
    story = dropped(held()).incident("carrier:acme", "10:20").crashes_at("10:50")
    assert faults(story)["p1"] == "platform"
