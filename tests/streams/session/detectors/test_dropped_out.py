"""Dropped out: broken lines, returns, devices, breaks, and everybody going at once."""

from tests.story import at, cleared, group, individual, raised


def test_a_broken_line_is_told_after_two_minutes_until_return():
    story = group(["p1"]).joins("p1", "10:00").drops("p1", "10:20").joins("p1", "10:31")
    assert story.of("dropped_out") == [
        raised(
            "dropped_out",
            "p1",
            when="10:22",
            at=at("10:20"),
            left_reason="connection_lost",
            minutes_left=40,
            return_minutes=2,
        ),
        cleared("dropped_out", "p1", when="10:31:30", minutes_left=40),
    ]


def test_a_crash_of_the_worker_changes_nothing():
    story = group(["p1"]).joins("p1", "10:00").drops("p1", "10:20").crashes_at("10:21")
    assert story.of("dropped_out") == [raised("dropped_out", "p1", when="10:22")]


def test_back_within_two_minutes_is_no_drop():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00")
    assert story.drops("p1", "10:20").joins("p1", "10:22").signals == []


def test_a_return_that_is_pending_at_the_deadline_is_waited_for():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00").drops("p1", "10:20")
    story.joins("p1", "10:21:50").drops("p1", "10:22:10")
    assert story.of("dropped_out") == [raised("dropped_out", "p1", when="10:22:10")]


def test_left_on_a_bad_line_is_a_drop_on_a_good_one_not():
    story = group(["p1", "p2"]).joins("h1", "09:59").joins("p1", "10:00").joins("p2", "10:00")
    story.line("p1", "10:10", "poor").line("p2", "10:10", "poor").line("p2", "10:15", "good")
    story.leaves("p1", "10:20").leaves("p2", "10:20", "unknown")
    assert story.of("dropped_out", "left_early") == [
        raised("dropped_out", "p1", when="10:22", left_reason="left", line_before="poor"),
        raised("left_early", "p2", when="10:25", left_reason="unknown", line_before="good"),
    ]


def test_phone_and_laptop_at_once_one_may_break():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00", on="laptop")
    story.joins("p1", "10:10", on="phone").drops("p1", "10:20", on="laptop")
    assert story.signals == []


def test_an_exclusive_join_ends_the_earlier_connection_and_its_own_left_is_passed_over():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00", on="laptop")
    story.joins("p1", "10:10", on="phone", exclusive=True).drops("p1", "10:10:03", on="laptop")
    assert story.signals == []


def test_in_the_last_ten_minutes_nobody_calls():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00").drops("p1", "10:50")
    assert story.signals == []


def test_after_the_real_end_nobody_dropped_out():
    story = group(["p1", "p2"]).joins("h1", "09:59").joins("p1", "10:00").joins("p2", "10:00")
    story.leaves("h1", "10:30").drops("p1", "10:30:01").drops("p2", "10:30:01")
    assert story.of("dropped_out") == []


def test_it_needs_no_opening():
    story = group(["p1", "p2", "p3"]).joins("p1", "10:00").drops("p1", "10:05")
    assert story.of("dropped_out") == [raised("dropped_out", "p1", when="10:07")]


def test_a_left_without_a_join_is_a_stay_of_no_length():
    story = group(["p1"]).joins("h1", "09:59").drops("p1", "10:05")
    assert story.of("dropped_out", "missed_session") == [raised("dropped_out", "p1", when="10:07")]
    assert story.outcomes == {"p1": "unknown"}


def test_a_drop_in_a_break_is_told_three_minutes_after_it_at_the_earliest():
    story = group(["p1"], breaks=[("10:20", "10:30")]).joins("h1", "09:59").joins("p1", "10:00")
    story.drops("p1", "10:25")
    assert story.of("dropped_out") == [raised("dropped_out", "p1", when="10:35")]


def test_waiting_to_be_let_in_again_postpones_it():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00").drops("p1", "10:20")
    story.waits("p1", "10:21").waits("p1", "10:24", state="admitted").joins("p1", "10:24:05")
    assert story.of("dropped_out") == []


def test_individual_sessions_tell_the_host_instead_of_outreach():
    story = individual("p1").joins("h1", "09:59").joins("p1", "10:00").drops("p1", "10:20")
    assert story.of("dropped_out") == [
        raised(
            "dropped_out",
            "p1",
            when="10:22",
            told={"tech": "high", "host": "high", "clinician": "info"},
        )
    ]


def test_every_drop_is_an_episode_of_its_own():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00").drops("p1", "10:10")
    story.joins("p1", "10:15").drops("p1", "10:20").joins("p1", "10:30")
    assert story.of("dropped_out") == [
        raised("dropped_out", "p1", when="10:12"),
        cleared("dropped_out", "p1", when="10:15:30"),
        raised("dropped_out", "p1", when="10:22"),
        cleared("dropped_out", "p1", when="10:30:30"),
    ]


def test_a_late_return_shows_an_episode_already_over():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00")
    story.drops("p1", "10:20", late="10:40").joins("p1", "10:25", on="new", late="10:40")
    assert story.of("dropped_out") == [
        raised("dropped_out", "p1", when="10:22"),
        cleared("dropped_out", "p1", when="10:25:30", reason="late_event"),
    ]
    assert story.attended[-1].drops == 1


def test_a_late_left_raises_it_with_the_instant_it_speaks_of():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00")
    story.drops("p1", "10:20", late="10:33")
    assert story.of("dropped_out") == [raised("dropped_out", "p1", when="10:22")]


def test_a_late_return_in_the_middle_makes_two_of_one():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00", on="a")
    story.drops("p1", "10:10", on="a")
    story.joins("p1", "10:15", on="b", late="10:40").drops("p1", "10:20", on="b", late="10:40")
    assert story.of("dropped_out") == [
        raised("dropped_out", "p1", when="10:12"),
        cleared("dropped_out", "p1", when="10:15:30", reason="late_event"),
        raised("dropped_out", "p1", when="10:22"),
    ]


def test_excused_people_are_not_called():
    story = group(["p1"]).joins("h1", "09:59").joins("p1", "10:00").drops("p1", "10:20")
    assert story.excuses("p1", "10:30").of("dropped_out") == [
        raised("dropped_out", "p1", when="10:22"),
        cleared("dropped_out", "p1", when="10:30", reason="excused"),
    ]


def test_who_does_not_come_back_with_the_others_after_an_ending_is_told():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.ends("10:20").leaves("h1", "10:20", "ended").drops("p1", "10:20").drops("p2", "10:20:01")
    story.joins("h1", "10:24").joins("p1", "10:25")
    assert story.of("dropped_out") == [raised("dropped_out", "p2", when="10:27", at=at("10:20:01"))]


def test_who_dropped_out_of_a_session_then_cancelled_has_time_to_come_again():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "10:00").drops("p1", "10:10")
    story.cancels("10:15").schedules(["p1"], when="10:20")
    assert story.of("dropped_out") == [
        raised("dropped_out", "p1", when="10:12"),
        cleared("dropped_out", "p1", when="10:15", reason="cancelled"),
        raised("dropped_out", "p1", when="10:22"),
    ]
