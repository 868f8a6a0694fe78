"""One partition's people: profiles, offsets, state, parking, forgetting, and what it costs."""

import gc
import random
import tracemalloc

import pytest

from streams.events import HOUR, MINUTE, ParticipantProfiled, UsualPart
from streams.participant.detectors import not_seen
from streams.participant.monitor import PARTITION, Monitor
from tests.participant_story import (
    RULES,
    WHO,
    Weeks,
    logged,
    ms,
    play,
    raised,
    starts,
    tick_at,
    when,
)

PARTS = ("camera", "speaking", "poll_latency", "polls_missed", "chat", "reactions")


def profiles(weeks, until="2026-11-01"):
    return [profile for step in weeks.play(until) for profile in step.profiles]


# --- profiles ----------------------------------------------------------------------------------


def test_a_profile_is_written_an_hour_before_each_session_once():
    weeks = Weeks().history("2026-08-31", "AA").expects("2026-08-31 10:00", told="2026-08-30 12:00")
    told = profiles(weeks, "2026-09-03")
    assert [(one.session_id, when(one.ts)) for one in told] == [
        ("s-2026-08-31-1000", "2026-08-31 09:00"),
        ("s-2026-09-02-1000", "2026-09-02 09:00"),
    ]
    assert told[0].id == f"s-2026-08-31-1000|{WHO}|profile"


def test_it_says_what_came_before():
    weeks = Weeks().history("2026-08-17", "AAAAAAMEA")
    weeks.session("2026-09-07 10:00", joined_late_ms=15 * MINUTE, privacy_reports=1)
    weeks.session("2026-09-09 10:00", "M").expects("2026-09-11 10:00")
    last = profiles(weeks, "2026-09-12")[-1]
    assert last == ParticipantProfiled(
        id=f"s-2026-09-11-1000|{WHO}|profile",
        ts=ms("2026-09-11 09:00"),
        session_id="s-2026-09-11-1000",
        participant_id=WHO,
        sessions=8,
        missed_14d=2,
        late_last_5=1,
        privacy_30d=1,
        minutes_week=180.0,
        last_attended_at=ms("2026-09-07 13:00"),
        usual_minutes_week=540.0,
    )


def test_usual_parts_and_gaps_by_half_hour():
    weeks = Weeks()
    speaking = (0.10, 0.20, 0.40, 0.30, 0.30)
    for start, share in zip(starts("2026-08-31"), speaking, strict=False):
        parts = [{"speaking": share, "chat": 1.0}, {"speaking": share / 2}]
        weeks.session(start, parts=parts, gap_minutes=[1.0, 2.0, 3.0, 30.0])
    last = profiles(weeks.expects("2026-09-14 10:00"), "2026-09-15")[-1]
    assert last.usual == [
        UsualPart(0, "chat", 1.0, 0.0, 5),
        UsualPart(0, "speaking", 0.3, 0.1, 5),
        UsualPart(1, "speaking", 0.15, 0.05, 5),
    ]
    assert last.gap_p90_minutes == 30.0


def test_without_consent_a_profile_has_nothing_about_engagement():
    weeks = Weeks()
    for start, _ in zip(starts("2026-08-31"), range(6), strict=False):
        weeks.session(start, parts=[{"speaking": 0.2}], gap_minutes=[5.0] * 5)
    weeks.consents(False, "2026-09-12 12:00").expects("2026-09-14 10:00")
    last = profiles(weeks, "2026-09-15")[-1]
    assert (last.usual, last.gap_p90_minutes, last.sessions) == ([], None, 6)


def test_a_new_episode_of_care_starts_at_zero():
    weeks = Weeks().enrolled("2026-08-24").history("2026-08-31", "AAA")
    weeks.enrolled("2026-09-06", "discharged").enrolled("2026-09-10").expects("2026-09-11 10:00")
    last = profiles(weeks, "2026-09-12")[-1]
    assert (last.sessions, last.last_attended_at, last.missed_14d) == (0, None, 0)


@pytest.mark.parametrize("status", ["cancelled", "removed"])
def test_what_is_off_has_no_profile(status):
    weeks = Weeks().expects("2026-08-31 10:00")
    weeks.expects("2026-08-31 10:00", status=status, told="2026-08-31 08:00")
    assert profiles(weeks, "2026-09-02") == []


def test_a_session_told_of_at_the_last_moment_has_one_at_once():
    weeks = Weeks().expects("2026-08-31 10:00", told="2026-08-31 09:40")
    assert [when(one.ts) for one in profiles(weeks, "2026-09-02")] == ["2026-08-31 09:40"]


def test_a_moved_session_has_one_an_hour_before_its_new_start():
    weeks = Weeks().expects("2026-08-31 10:00")
    weeks.expects("2026-08-31 10:00", moved_to="2026-08-31 15:00", told="2026-08-30 08:00")
    assert [when(one.ts) for one in profiles(weeks, "2026-09-02")] == ["2026-08-31 14:00"]


def test_after_an_outage_no_profile_is_written_of_what_is_over():
    weeks = Weeks().history("2026-08-31", "AA")
    events = [event for at, event in sorted(weeks.log, key=lambda one: one[0])]
    steps = play([*events, tick_at(ms("2026-09-05"))])
    assert [profile for step in steps for profile in step.profiles] == []


def test_on_leave_no_profile_is_written():
    weeks = Weeks().enrolled("2026-08-01").expects("2026-08-31 10:00")
    assert profiles(weeks.enrolled("2026-08-30", "on_leave"), "2026-09-02") == []


# --- time --------------------------------------------------------------------------------------


def test_the_clock_runs_five_seconds_behind_the_ticks():
    monitor = Monitor(0, RULES)
    weeks = Weeks().history("2026-08-31", "AAA")
    for offset, event in enumerate(weeks.events(ms("2026-09-10"))):
        monitor.apply(event, offset)
    due = ms("2026-09-11 13:00")
    assert monitor.apply(tick_at(due + 4_999), 10_000).signals == []
    assert monitor.apply(tick_at(due + 5_000), 10_001).signals == [
        raised("not_seen", "2026-09-11 13:00")
    ]


def test_a_few_large_ticks_equal_many_small_ones():
    weeks = Weeks().history("2026-08-31", "AAMMEMAAMMMA", every=(0, 3))
    told = [
        [(one.id, one.evidence) for step in weeks.play("2026-10-20", tick) for one in step.signals]
        for tick in (10 * MINUTE, HOUR, 40 * HOUR)
    ]
    assert told[0] == told[1] == told[2]
    assert len(told[0]) > 6


# --- offsets and state ---------------------------------------------------------------------------


def test_what_was_applied_before_is_skipped():
    monitor = Monitor(0, RULES)
    events = Weeks().history("2026-08-31", "AMM").events(ms("2026-09-10"))
    for offset, event in enumerate(events):
        monitor.apply(event, offset)
    for offset, event in enumerate(events):
        step = monitor.apply(event, offset)
        assert not step.signals
        assert not step.changed


def test_one_tick_touches_only_those_who_are_due():
    people = [Weeks(who=f"p{n}").history("2026-08-31", "AAA") for n in range(3)]
    people[1].session("2026-09-07 10:00")
    log = [one for person in people for one in person.log]
    monitor = Monitor(0, RULES)
    for offset, event in enumerate(logged(log, ms("2026-09-10"), HOUR)):
        monitor.apply(event, offset)
    step = monitor.apply(tick_at(ms("2026-09-11 13:01")), 10_000)
    assert step.changed == {"p0", "p2", PARTITION}
    assert monitor.overdue == 0


def test_whoever_fails_is_parked_and_the_others_go_on(monkeypatch):
    people = [Weeks(who=f"p{n}").history("2026-08-31", "AMM") for n in range(2)]
    events = logged([one for p in people for one in p.log], ms("2026-09-10"), HOUR)
    whole = not_seen.episodes

    def fails(person, limits):
        if broken and any(session.outcome == "missed" for session in person.judged):
            broken.pop()
            raise ZeroDivisionError
        return whole(person, limits)

    broken = [True]
    monkeypatch.setattr(not_seen, "episodes", fails)
    monitor, said, failed, kept = Monitor(0, RULES), [], [], {}
    for offset, event in enumerate(events):
        step = monitor.apply(event, offset)
        said += [one.participant_id for one in step.signals if one.rule == "missed_in_a_row"]
        failed += step.failed
        kept |= {key: monitor.stored(key) for key in step.changed}
    assert failed == [("p0", "step_failed")]
    assert said == ["p1"]
    monitor = Monitor(0, RULES)
    monitor.restore(kept)
    again = monitor.apply(tick_at(ms("2026-09-10 01:00")), 100_000)
    assert [one.participant_id for one in again.signals if one.rule == "missed_in_a_row"] == ["p0"]


def test_who_was_not_heard_of_for_as_long_as_the_log_goes_is_forgotten():
    weeks = Weeks().history("2025-08-31", "AAA")
    steps = weeks.play("2026-11-01", 24 * HOUR)
    assert [key for step in steps for key in step.dropped] == [WHO]


# --- a year --------------------------------------------------------------------------------------


def a_year(seed=3):
    """Four sessions a week with everything that can be measured, and a good deal of trouble."""
    chance = random.Random(seed)  # noqa: S311 - a seeded year, no secret
    weeks = Weeks(who="p" * 26).enrolled("2025-09-01")
    for start, _ in zip(starts("2025-09-01", (0, 2, 3, 4)), range(208), strict=False):
        how = chance.choices("AMECP", (75, 14, 4, 4, 3))[0]
        if how not in "AP":
            weeks.session(start, how)
            continue
        weeks.session(
            start,
            how,
            joined_late_ms=chance.choice([None, None, 5 * MINUTE, 15 * MINUTE]),
            drops=chance.choice([0, 0, 0, 1, 3]),
            lost_ms=chance.choice([0, 0, 2 * MINUTE]),
            poor_ms=chance.choice([0, 0, 20 * MINUTE]),
            fatigue_index=chance.random(),
            parts=[{part: round(chance.random(), 3) for part in PARTS} for _ in range(6)],
            gap_minutes=[chance.random() * 40 for _ in range(8)],
            privacy_reports=int(chance.random() < 0.03),
        )
    return weeks


@pytest.fixture(scope="module")
def year():
    """What is stored after that year: the largest state of it, and the last."""
    weeks, monitor, largest = a_year(), Monitor(0, RULES), 0
    for offset, event in enumerate(weeks.events(ms("2026-09-01"), 12 * HOUR)):
        if weeks.who in monitor.apply(event, offset).changed:
            largest = max(largest, len(monitor.stored(weeks.who)))
    return largest, {key: monitor.stored(key) for key in (weeks.who, PARTITION)}


def test_a_year_of_one_person_is_stored_in_4_kb(year):
    print(f"largest state of a year: {year[0]} bytes")
    assert 1_000 < year[0] <= 4_096


def test_a_year_of_one_person_takes_4_kb_of_memory(year):
    last, own = year[1]["p" * 26], year[1][PARTITION]
    gc.collect()
    tracemalloc.start()
    try:
        monitor = Monitor(0, RULES)
        monitor.restore({f"{n:026}": bytes(bytearray(last)) for n in range(200)} | {PARTITION: own})
        gc.collect()
        each = tracemalloc.get_traced_memory()[0] / monitor.people
    finally:
        tracemalloc.stop()
    print(f"memory of a person with a year's history: {each:.0f} bytes")
    assert each <= 4_096


def test_it_goes_on_as_if_it_had_never_stopped(year):
    monitor = Monitor(0, RULES)
    monitor.restore(year[1])
    assert {key: monitor.stored(key) for key in year[1]} == year[1]


def test_a_partition_saved_before_its_first_tick_is_read_again():
    again = Monitor(0, RULES)
    again.restore({PARTITION: Monitor(0, RULES).stored(PARTITION)})
    assert again.stored(PARTITION) == Monitor(0, RULES).stored(PARTITION)
