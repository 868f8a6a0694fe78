"""What a session came to, for each patient: the first outcome that fits, and its figures."""

import pytest

from streams.events import MINUTE, Device, RosterEntry
from tests.story import Story, at, group


def held(*roster: str, **plan: object) -> Story:
    return group(roster, **plan).joins("h1", "09:58").leaves("h1", "11:00", "ended")


def one(story: Story):
    return story.attended[-1]


def test_three_quarters_of_the_held_time_is_attended():
    story = held("p1", "p2").joins("p1", "10:15").joins("p2", "10:15:01")
    assert story.outcomes == {"p1": "attended", "p2": "partial"}


def test_breaks_do_not_count_towards_it():
    story = held("p1", breaks=[("10:20", "10:40")]).joins("p1", "10:00").leaves("p1", "10:20")
    story.joins("p1", "10:50")
    assert story.outcomes == {"p1": "attended"}
    assert one(story).present_ms == 30 * MINUTE


def test_it_is_the_held_time_that_counts_not_the_scheduled():
    story = group(["p1", "p2"]).joins("h1", "10:20").joins("p1", "10:20").joins("p2", "10:20")
    for who in ("h1", "p1", "p2"):
        story.leaves(who, "10:40")
    assert story.outcomes == {"p1": "attended", "p2": "attended"}
    assert one(story).held_ms == 20 * MINUTE
    assert one(story).scheduled_ms == 60 * MINUTE


def test_two_devices_count_once():
    story = held("p1").joins("p1", "10:00", on="a").joins("p1", "10:10", on="b")
    story.leaves("p1", "10:30", on="a").leaves("p1", "10:50", on="b")
    assert one(story).present_ms == 50 * MINUTE


def test_a_minute_since_the_start_is_partial_less_is_not():
    story = held("p1", "p2").joins("p1", "10:00").leaves("p1", "10:01")
    story.joins("p2", "10:00").leaves("p2", "10:00:59", "removed")
    assert story.outcomes == {"p1": "partial", "p2": "missed"}


def test_what_kind_of_marked_presence_it_was():
    story = held("p1", "p2", "p3").in_person("p1", "10:00").in_person("p2", "10:00", "phone")
    story.in_person("p3", "10:00", "other_group")
    assert story.outcomes == {"p1": "in_person", "p2": "attended", "p3": "attended"}


def test_in_person_by_the_roster():
    story = group([RosterEntry("p1", modality="in_person"), "p2"], modality="hybrid")
    story.joins("h1", "09:58").joins("p2", "09:58")
    assert story.outcomes == {"p1": "in_person", "p2": "attended"}
    assert story.signals == []


def test_excused_unless_they_came_after_all():
    story = held("p1", "p2").excuses("p1", "09:00").excuses("p2", "09:00").joins("p2", "10:00")
    assert story.outcomes == {"p1": "excused", "p2": "attended"}


def test_present_with_another_is_what_the_other_was():
    story = held("p1", "p2").present_with("p1", "p2", "10:05").joins("p2", "10:40")
    assert story.outcomes == {"p1": "partial", "p2": "partial"}


def test_cancelled_was_not_held():
    assert group(["p1"]).cancels("09:30").outcomes == {"p1": "not_held"}


def test_tried_and_failed_is_not_missed():
    story = held("p1", "p2").fails("p1", "10:01")
    assert story.outcomes == {"p1": "could_not_connect", "p2": "missed"}


def test_times_of_lateness_leaving_drops_and_a_poor_line():
    story = held("p1").joins("p1", "10:05").line("p1", "10:10", "poor")
    story.line("p1", "10:12", "good").drops("p1", "10:20").joins("p1", "10:23")
    story.leaves("p1", "10:50")
    attended = one(story)
    assert attended.joined_late_ms == 5 * MINUTE
    assert attended.left_early_ms == 10 * MINUTE
    assert (attended.drops, attended.lost_ms, attended.reconnects) == (1, 3 * MINUTE, 1)
    assert attended.poor_ms == 2 * MINUTE
    assert (attended.ts, attended.clinician_id) == (at("11:00"), "c-p1")


@pytest.mark.parametrize(
    ("kind", "late", "early"),
    [("late", None, 10), ("leaves_early", 15, None), ("absent", None, None)],
)
def test_what_was_excused_is_no_lateness_and_no_leaving_early(kind, late, early):
    story = held("p1").excuses("p1", "09:00", kind).joins("p1", "10:15").leaves("p1", "10:50")
    attended = one(story)
    assert attended.joined_late_ms == (late and late * MINUTE)
    assert attended.left_early_ms == (early and early * MINUTE)


def test_family_and_interpreters_have_no_attendance():
    story = held("p1", RosterEntry("aunt", member="family")).joins("p1", "10:00")
    assert story.outcomes == {"p1": "attended"}


@pytest.mark.parametrize("delay", ["10:30", "11:10", "11:40", "16:00"])
def test_whenever_a_late_join_comes_the_end_is_the_same(delay: str):
    story = held("p1").joins("p1", "10:00", late=delay)
    story.tell("16:10")
    assert story.outcomes == {"p1": "attended"}


def test_who_waited_and_was_never_let_in_did_not_miss_it():
    story = held("p1", "p2", "p3").waits("p1", "09:55").waits("p2", "10:10")
    story.waits("p2", "10:10:59", state="left").waits("p3", "09:40")
    story.waits("p3", "09:50", state="left")
    assert story.outcomes == {"p1": "unknown", "p2": "missed", "p3": "missed"}
    known = {told.participant_id: told for told in story.attended}
    assert known["p1"].waited_ms == 60 * MINUTE
    assert known["p2"].waited_ms == 59_000
    assert known["p3"].waited_ms is None
    assert known["p1"].present_ms == 0


def test_who_tried_and_then_waited_could_not_connect():
    story = held("p1").fails("p1", "10:01").waits("p1", "10:05")
    assert story.outcomes == {"p1": "could_not_connect"}


def test_who_was_let_in_after_waiting_attended():
    story = held("p1").waits("p1", "09:55").joins("p1", "10:02")
    assert story.outcomes == {"p1": "attended"}
    assert one(story).waited_ms == 2 * MINUTE


def test_how_long_somebody_was_there_without_a_picture():
    story = held("p1", "p2", "p3").joins("p1", "10:00").joins("p2", "10:00").joins("p3", "10:00")
    story.switches("p1", "10:05", camera="on").switches("p1", "10:20", camera="off")
    story.switches("p1", "10:30", camera="on").drops("p1", "10:40").joins("p1", "10:41")
    story.switches("p2", "10:00", camera="off").switches("p3", "10:00", microphone="on")
    known = {told.participant_id: told.audio_only_ms for told in story.attended}
    assert known == {"p1": 10 * MINUTE, "p2": 60 * MINUTE, "p3": None}


def test_who_dials_in_is_there_by_sound_alone():
    telephone = Device(kind="landline")
    story = held("p1", "p2").joins("p1", "10:00", device=telephone)
    story.joins("p2", "10:00", device=telephone, on="a").joins("p2", "10:30", on="b")
    known = {told.participant_id: told.audio_only_ms for told in story.attended}
    assert known == {"p1": 60 * MINUTE, "p2": None}


def test_a_camera_that_was_always_on_leaves_no_time_by_sound_alone():
    story = held("p1").joins("p1", "10:00").switches("p1", "10:00", camera="on")
    assert one(story).audio_only_ms == 0


def test_who_is_marked_in_person_was_there_though_it_was_cancelled_later():
    story = held("p1").in_person("p1", "10:05").cancels("10:10")
    assert story.outcomes == {"p1": "in_person"}


def test_who_sits_beside_somebody_unknown_here_did_not_miss_it():
    story = held("p1").present_with("p1", "somebody", "10:05")
    assert story.outcomes == {"p1": "unknown"}
