"""Missed session: who is told missing, when, and what ends it."""

from streams.rules import Rules, load
from tests.story import Story, at, cleared, group, individual, raised


def held(*roster: str) -> Story:
    """A group whose host is there from before the start."""
    return group(roster).joins("h1", "09:58").leaves("h1", "11:00", "ended")


def test_an_absent_person_is_told_ten_minutes_after_the_opening():
    story = held("p1", "p2").joins("p1", "09:59")
    assert story.signals == [
        raised(
            "missed_session",
            "p2",
            when="10:10",
            minutes=10,
            grace_minutes=10,
            unmatched=0,
            told={"outreach": "high", "clinician": "high"},
            clinician_id="c-p2",
        )
    ]


def test_individual_sessions_wait_five_minutes_and_tell_the_host():
    story = individual("p1").joins("h1", "09:59")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:05", told={"host": "high", "clinician": "high"})
    ]


def test_grace_counts_from_a_late_hosts_coming():
    story = group(["p1"]).joins("h1", "10:04")
    assert story.of("missed_session") == [raised("missed_session", "p1", when="10:14")]


def test_half_of_the_patients_open_a_room_without_a_host():
    story = group(["p1", "p2"]).joins("p1", "10:03")
    assert story.of("missed_session") == [raised("missed_session", "p2", when="10:13")]


def test_in_a_session_that_never_opened_nobody_was_absent():
    story = group(["p1", "p2", "p3"]).joins("p1", "10:00")
    assert story.of("missed_session") == []
    assert set(story.outcomes.values()) == {"partial", "not_held"}


def test_coming_after_all_clears_it_when_the_connection_counts():
    story = held("p1").joins("p1", "10:12")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:12:30", minutes=10),
    ]


def test_a_pending_connection_postpones_it_to_its_thirtieth_second():
    story = held("p1").joins("p1", "10:09:50")
    assert story.of("missed_session") == []


def test_who_looked_in_and_left_is_missing_from_the_end_of_it():
    story = held("p1").joins("p1", "10:09:50").leaves("p1", "10:10:05")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10:05", looked_in_at=at("10:09:50"))
    ]


def test_an_opened_link_postpones_it_and_then_counts_as_a_try():
    story = held("p1").opens_link("p1", "10:09:30")
    assert [signal.rule for signal in story.signals] == ["could_not_connect"]


def test_somebody_in_the_waiting_room_is_not_missing_until_they_go():
    story = held("p1").waits("p1", "10:05").waits("p1", "10:12", state="left")
    assert story.of("missed_session") == [raised("missed_session", "p1", when="10:12")]


def test_an_admission_is_on_its_way_for_a_minute():
    story = held("p1").waits("p1", "10:05").waits("p1", "10:12", state="admitted")
    assert story.joins("p1", "10:12:04").of("missed_session") == []


def test_a_headset_test_before_the_start_is_no_presence():
    story = held("p1").joins("p1", "09:40").leaves("p1", "09:50")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10", looked_in_at=at("09:40"))
    ]


def test_who_was_there_at_the_start_is_not_missing_whatever_comes_later():
    story = held("p1").joins("p1", "09:50").leaves("p1", "10:00")
    assert story.of("missed_session") == []


def test_somebody_unmatched_in_the_room_gives_five_minutes_more():
    story = held("p1").joins("unmapped:x", "10:02")
    assert story.of("missed_session") == [raised("missed_session", "p1", when="10:15", unmatched=1)]


def test_the_extra_time_ends_when_the_unmatched_one_goes():
    story = held("p1").joins("unmapped:x", "10:02").leaves("unmapped:x", "10:12")
    assert story.of("missed_session") == [raised("missed_session", "p1", when="10:12", unmatched=0)]


def test_the_unmatched_one_turns_out_to_be_the_missing_one():
    story = held("p1").joins("unmapped:x", "10:02").identifies("unmapped:x", "p1", "10:20")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:15"),
        cleared("missed_session", "p1", when="10:20"),
    ]
    assert story.outcomes == {"p1": "attended"}


def test_matched_before_the_grace_is_over_nothing_is_said():
    story = held("p1").joins("unmapped:x", "10:02").identifies("unmapped:x", "p1", "10:08")
    assert story.of("missed_session", "unrecognised_people")[1:] == [
        cleared("unrecognised_people", when="10:08")
    ]


def test_excused_in_person_and_present_with_another_are_not_missing():
    story = held("p1", "p2", "p3", "p4").joins("p4", "09:59")
    story.excuses("p1", "09:30").in_person("p2", "09:55").present_with("p3", "p4", "10:03")
    assert story.of("missed_session") == []
    assert story.outcomes == {
        "p1": "excused",
        "p2": "in_person",
        "p3": "attended",
        "p4": "attended",
    }


def test_each_of_them_later_clears_it_and_says_why():
    story = held("p1", "p2", "p3", "p4").joins("p4", "09:59")
    story.excuses("p1", "10:20").in_person("p2", "10:21").present_with("p3", "p4", "10:22")
    assert story.of("missed_session")[3:] == [
        cleared("missed_session", "p1", when="10:20", reason="excused"),
        cleared("missed_session", "p2", when="10:21", reason="in_person"),
        cleared("missed_session", "p3", when="10:22", reason="present_with"),
    ]


def test_announced_lateness_is_no_miss():
    story = held("p1").excuses("p1", "09:00", kind="late").joins("p1", "10:25")
    assert story.of("missed_session") == []


def test_cancelled_then_reinstated_everybody_has_the_grace_anew():
    story = held("p1").cancels("10:20").schedules(["p1"], when="10:30")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:20", reason="cancelled"),
        raised("missed_session", "p1", when="10:40", minutes=40),
    ]


def test_a_session_reinstated_before_its_start_is_as_any():
    story = held("p1").cancels("09:20").schedules(["p1"], when="09:30")
    assert story.of("missed_session") == [raised("missed_session", "p1", when="10:10")]


def test_a_move_clears_it_and_sets_a_new_deadline():
    story = held("p1").schedules(["p1"], when="10:15", starts="10:30", ends="11:30")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:15", reason="moved"),
        raised("missed_session", "p1", when="10:40"),
    ]


def test_a_late_word_of_the_move_says_so_too():
    story = held("p1").schedules(["p1"], "10:15", late="10:21", starts="10:30", ends="11:30")
    assert story.of("missed_session")[:2] == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:15", reason="moved"),
    ]


def test_taken_off_the_roster():
    story = held("p1", "p2").joins("p2", "09:59").schedules(["p2"], when="10:30")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:30", reason="off_roster"),
    ]


def test_somebody_added_late_gets_their_own_grace():
    story = held("p1").joins("p1", "09:59").schedules(["p1", "p2"], when="10:15")
    assert story.of("missed_session") == [raised("missed_session", "p2", when="10:25")]


def test_a_break_does_not_count():
    story = held("p1").taps_break("10:05").taps_break("10:09", "ended")
    assert story.of("missed_session") == [raised("missed_session", "p1", when="10:17")]


def test_a_late_webhook_ends_it_and_says_so():
    story = held("p1").joins("p1", "10:04", late="10:16")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:10:00.001", reason="late_event"),
    ]


def test_a_late_webhook_about_a_later_join_keeps_its_own_instant():
    story = held("p1").joins("p1", "10:12", late="10:20")
    assert story.of("missed_session", "joined_late") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:12:30", reason="late_event"),
        raised("joined_late", "p1", when="10:12:30", minutes_late=12),
    ]


def test_a_late_left_shows_that_it_stands_after_all():
    story = held("p1").joins("p1", "10:04", late="10:16").leaves("p1", "10:04:20", late="10:25")
    story = story.of("missed_session")
    assert story == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:10:00.001", reason="late_event"),
        raised("missed_session", "p1", when="10:10:00.001"),
    ]
    assert story[2].alert_id != story[0].alert_id
    assert story[2].raised_at == story[1].ts


def test_the_profile_adds_what_is_usual_for_the_person():
    story = held("p1").profiles("p1", missed_14d=2, last_attended_at=at("-1d 10:00"))
    assert story.of("missed_session") == [
        raised(
            "missed_session",
            "p1",
            when="10:10",
            missed_14d=2,
            last_attended_at=at("-1d 10:00"),
        )
    ]


def test_a_program_may_have_its_own_grace():
    tables = load()._tables
    own = {"prog": {"rule": {"missed_session": {"grace_minutes": 20}}}}
    story = group(["p1"], rules=Rules({**tables, "program": own})).joins("h1", "09:59")
    assert story.of("missed_session") == [raised("missed_session", "p1", when="10:20")]


def everybody_moves(story: Story) -> Story:
    """The platform ends the room at 10:08, and lets everybody in again at 10:12."""
    story.leaves("h1", "10:08", "ended").leaves("p1", "10:08", "ended").ends("10:08")
    return story.joins("h1", "10:12").joins("p1", "10:12:20")


def test_what_falls_due_in_an_ending_is_judged_when_the_ending_lifts():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59")
    assert everybody_moves(story).of("missed_session") == [
        raised("missed_session", "p2", when="10:15", minutes=15)
    ]


def test_who_comes_with_the_others_after_an_ending_was_not_missing():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "10:14")
    assert everybody_moves(story).of("missed_session") == []


def test_an_ending_that_stands_makes_nobody_absent():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59")
    story.leaves("h1", "10:08", "ended").leaves("p1", "10:08", "ended").ends("10:08")
    assert story.of("missed_session") == []


def test_an_ending_that_lifts_twice_is_waited_for_twice():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59")
    everybody_moves(story).ends("10:14").joins("h1", "10:20", on="third")
    assert story.of("missed_session") == [raised("missed_session", "p2", when="10:23")]


def test_a_lifted_ending_heard_of_late_keeps_its_instants():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59")
    story.leaves("h1", "10:08", "ended").leaves("p1", "10:08", "ended").ends("10:08")
    story.joins("h1", "10:12", late="10:30")
    assert story.of("missed_session") == [raised("missed_session", "p2", when="10:15")]


def test_the_evidence_says_what_made_the_grace_longer_or_later():
    story = held("p1").joins("unmapped:x", "10:05").of("missed_session")
    assert story == [
        raised("missed_session", "p1", when="10:15", grace_minutes=10, unmatched_extra_minutes=5)
    ]
    added = held("p1").joins("p1", "10:00").schedules(["p1", "p2"], when="10:20")
    assert added.of("missed_session") == [
        raised(
            "missed_session",
            "p2",
            when="10:30",
            minutes=30,
            added_at=at("10:20"),
            unmatched_extra_minutes=None,
        )
    ]


def test_an_excuse_that_comes_late_is_still_the_reason():
    story = held("p1").excuses("p1", "10:20", "late", late="10:25")
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:20", reason="excused"),
    ]


def test_when_the_unmatched_one_is_somebody_else_it_is_judged_by_what_is_known_by_then():
    story = held("p1", "p2", "p3", "p4").joins("unmapped:x", "10:02")
    story.waits("p1", "10:11").fails("p2", "10:11").identifies("unmapped:x", "p4", "10:12")
    assert story.of("missed_session") == [raised("missed_session", "p3", when="10:12", unmatched=0)]
