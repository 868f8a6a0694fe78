"""The monitor of one partition: opening, closing, keeping, parking, skipping, dating."""

from uuid import NAMESPACE_URL, uuid5

import msgspec
import pytest

from streams.events import (
    HOUR,
    MINUTE,
    SECOND,
    ParticipantJoined,
    ParticipantJoinStarted,
    ParticipantLeft,
    ParticipantReported,
    PresenceCounted,
    RosterEntry,
    SessionScheduled,
    SessionStarted,
)
from streams.rules import Rules, load
from streams.session.detectors import missed_session
from streams.session.monitor import PARTITION, Monitor, Step
from tests.story import RULES, Story, at, cleared, group, play, raised, tick


def joined(who: str, when: str, session: str = "s1", **more: object) -> ParticipantJoined:
    return ParticipantJoined(
        id=f"{session}-{who}-{when}",
        session_id=session,
        participant_id=who,
        ts=at(when),
        role="host" if who.startswith("h") else "participant",
        connection_id=f"{who}-{when}",
        **more,
    )


def scheduled(*roster: str, session: str = "s1", when: str = "09:00", **more) -> SessionScheduled:
    return SessionScheduled(
        id=f"plan-{session}-{when}",
        session_id=session,
        ts=at(when),
        program_id="prog",
        track="morning",
        kind="group",
        starts_at=at("10:00"),
        ends_at=at("11:00"),
        host_id="h1",
        modality="virtual",
        roster=[RosterEntry(one) for one in roster],
        **more,
    )


def linked(who: str, when: str) -> ParticipantJoinStarted:
    return ParticipantJoinStarted(
        id=f"link-{who}-{when}", session_id="s1", participant_id=who, ts=at(when)
    )


class Log:
    """Applies records with growing offsets and keeps what they caused."""

    def __init__(self) -> None:
        self.monitor = Monitor(0, RULES)
        self.offset = -1

    def __call__(self, *events) -> Step:
        whole = Step()
        for event in events:
            self.offset += 1
            step = self.monitor.apply(event, self.offset)
            for name in ("signals", "attended", "boards", "rejected", "failed"):
                getattr(whole, name).extend(getattr(step, name))
            whole.changed |= step.changed
            whole.dropped |= step.dropped
        whole.signals = [one for one in whole.signals if not isinstance(one, PresenceCounted)]
        return whole


# --- sessions not yet scheduled ------------------------------------------------------------------


def test_events_before_the_schedule_are_kept_and_applied_when_it_comes():
    arrivals = [
        (at("09:58"), joined("h1", "09:58")),
        (at("09:59"), joined("p1", "09:59")),
        (at("10:20"), scheduled("p1", "p2", when="10:20")),
    ]
    signals, attended, _ = play(arrivals, at("11:20"))
    assert signals == [raised("missed_session", "p2", when="10:30")]
    assert {one.participant_id: one.outcome for one in attended} == {
        "p1": "attended",
        "p2": "missed",
    }


def test_an_unscheduled_session_raises_nothing_but_crisis_and_help():
    report = ParticipantReported(
        id="r1", session_id="s1", participant_id="p1", ts=at("10:20"), kind="help"
    )
    arrivals = [(at("10:01"), joined("p1", "10:01")), (at("10:20"), report)]
    signals, _, boards = play(arrivals, at("11:20"))
    assert signals == [raised("help_requested", "p1", when="10:20", connected=True)]
    assert boards == []


def test_a_thousand_events_are_kept_and_no_more():
    log = Log()
    log(tick(at("10:00")))
    events = [joined(f"p{number}", "10:00:01", session="unknown") for number in range(1_002)]
    step = log(*events)
    assert step.rejected == ["unscheduled_overflow"] * 2
    urgent = ParticipantReported(
        id="r1", session_id="unknown", participant_id="p1", ts=at("10:00:02"), kind="crisis"
    )
    assert log(urgent).signals == [raised("crisis_reported", "p1", when="10:00:02")]


def test_one_client_cannot_fill_a_session_nor_many_the_memory():
    limits = {"person_events": 50, "session_events": 120}
    tables = load()._tables
    log = Log()
    log.monitor = Monitor(0, Rules({**tables, "general": {**tables["general"], **limits}}))
    log(tick(at("09:00")), scheduled("p1", "p2"))
    flood = [linked("p1", f"10:00:{second:02}") for second in range(60)]
    assert log(*flood).rejected == ["session_overflow"] * 10
    assert log(linked("p2", "10:00")).rejected == []
    others = [linked(f"x{number}", "10:00") for number in range(100)]
    assert log(*others).rejected == ["session_overflow"] * 32
    moves = [joined("p1", f"10:00:{second:02}") for second in range(60)]
    assert log(*moves).rejected == ["session_overflow"] * 10
    moves = [joined(f"x{number}", "10:00") for number in range(100)]
    assert log(*moves).rejected == ["session_overflow"] * 30
    urgent = ParticipantReported(
        id="r1", session_id="s1", participant_id="p1", ts=at("10:00:02"), kind="crisis"
    )
    assert log(urgent).signals == [raised("crisis_reported", "p1", when="10:00:02")]
    assert log(scheduled("p1", when="10:01")).rejected == []


def test_strangers_cannot_crowd_out_whom_a_session_awaits():
    tables = load()._tables
    log = Log()
    crowded = {**tables["general"], "session_people": 20}
    log.monitor = Monitor(0, Rules({**tables, "general": crowded}))
    log(tick(at("09:00")), scheduled("p1", "p2"))
    strangers = [joined(f"unmapped:{number}", "10:00") for number in range(30)]
    assert log(*strangers).rejected == ["session_overflow"] * 10
    assert log(joined("h1", "10:00"), joined("p1", "10:00")).rejected == []
    urgent = ParticipantReported(
        id="r1", session_id="s1", participant_id="x1", ts=at("10:00:02"), kind="crisis"
    )
    assert log(urgent).signals == [raised("crisis_reported", "x1", when="10:00:02")]
    assert log(joined("unmapped:3", "10:01")).rejected == []


def test_who_leaves_after_a_call_for_help_is_missed_in_a_room_that_is_full():
    tables = load()._tables
    log = Log()
    full = {**tables["general"], "person_events": 20}
    log.monitor = Monitor(0, Rules({**tables, "general": full}))
    log(tick(at("09:00")), scheduled("p1"), joined("h1", "10:00"), joined("p1", "10:00"))
    assert log(*[linked("p1", f"10:01:{second:02}") for second in range(60)]).rejected
    log(
        ParticipantReported(
            id="r1", session_id="s1", participant_id="p1", ts=at("10:05"), kind="crisis"
        )
    )
    left = ParticipantLeft(
        id="l1",
        session_id="s1",
        participant_id="p1",
        ts=at("10:06"),
        connection_id="p1-10:00",
        reason="left",
    )
    assert log(left).rejected == []
    told = log(tick(at("10:07"))).signals
    assert raised("left_after_crisis", "p1", when="10:06:15") in told


def test_after_a_day_what_was_never_scheduled_is_dropped():
    log = Log()
    log(tick(at("10:00")), joined("p1", "10:00:01"))
    assert log(tick(at("10:00") + 23 * HOUR)).dropped == set()
    assert log(tick(at("10:00") + 24 * HOUR + 6 * SECOND)).dropped == {"s1"}


# --- closing -------------------------------------------------------------------------------------


def test_a_session_closes_a_quarter_of_an_hour_after_its_end_whatever_the_platform_says():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    assert [one.present_ms for one in story.attended] == [HOUR]
    early = play([(one.ts, one) for one in story.events], at("11:14:59"))
    assert early[1] == []


def test_late_facts_write_the_attendance_again_with_the_next_revision():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "10:00", late="12:00")
    story.tell("12:10")
    assert [(one.revision, one.outcome) for one in story.attended] == [
        (0, "missed"),
        (1, "attended"),
    ]
    assert story.of("missed_session") == [
        raised("missed_session", "p1", when="10:10"),
        cleared("missed_session", "p1", when="10:10:00.001", reason="late_event"),
    ]


def test_facts_that_change_nothing_write_no_revision():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    story.line("p1", "10:30", "good", late="12:00").tell("12:10")
    assert [one.revision for one in story.attended] == [0]


def test_six_hours_after_closing_the_state_is_dropped_and_what_comes_is_too_late():
    log = Log()
    log(tick(at("09:00")), scheduled("p1", when="09:00:01"), tick(at("11:16")))
    assert log(tick(at("17:15"))).dropped == set()
    assert log(tick(at("17:15:05"))).dropped == {"s1"}
    assert log(joined("p1", "10:00")).rejected == ["too_late"]
    assert log(scheduled("p1", when="17:16")).rejected == ["too_late"]


# --- time ----------------------------------------------------------------------------------------


def test_only_ticks_move_the_clock():
    log = Log()
    log(tick(at("09:59")), scheduled("p1", when="09:59:01"), joined("h1", "09:59:02"))
    assert log(joined("p2", "12:00")).signals == []
    assert log(tick(at("10:10:04"))).signals == []
    assert log(tick(at("10:10:05"))).signals == [raised("missed_session", "p1", when="10:10")]


def test_a_tick_that_comes_again_or_goes_back_changes_nothing():
    log = Log()
    log(tick(at("10:00")))
    assert log(tick(at("10:00")), tick(at("09:00"))) == Step()


def test_one_large_tick_steps_through_everything_in_order():
    log = Log()
    log(tick(at("09:00")), scheduled("p2", "p1", when="09:00:01"))
    log(scheduled("p3", session="s0", when="09:00:01"))
    log(joined("h1", "09:58"), joined("h1", "10:00", session="s0"))
    signals = log(tick(at("12:00"))).signals
    assert [(one.session_id, one.participant_id) for one in signals] == [
        ("s0", "p3"),
        ("s1", "p1"),
        ("s1", "p2"),
    ]


@pytest.mark.parametrize(
    ("ahead", "result"),
    [
        pytest.param(0, [], id="on time"),
        pytest.param(5 * MINUTE, [], id="five minutes ahead: as of its arrival"),
        pytest.param(5 * MINUTE + 1, ["future_timestamp"], id="further ahead"),
    ],
)
def test_events_from_the_future(ahead: int, result: list[str]):
    log = Log()
    event = msgspec.structs.replace(
        joined("p1", "10:00"), ts=at("10:00") + ahead, received_at=at("10:00")
    )
    step = log(tick(at("09:59")), scheduled("p1", when="09:59:01"), event, tick(at("10:00:05")))
    assert step.rejected == result
    if not result:
        assert {one.since for one in step.boards[-1].people if one.participant_id == "p1"} == {
            at("10:00")
        }


# --- states --------------------------------------------------------------------------------------


def test_an_event_at_or_below_the_states_offset_is_skipped():
    log = Log()
    log(tick(at("10:00")), scheduled("p1", when="10:00:01"))
    report = ParticipantReported(
        id="r1", session_id="s1", participant_id="p1", ts=at("10:00:02"), kind="crisis"
    )
    assert len(log(report).signals) == 1
    again = Monitor(0, RULES)
    again.restore({key: log.monitor.stored(key) for key in ("s1", PARTITION)})
    other = msgspec.structs.replace(report, id="r2", ts=at("10:00:03"))
    assert again.apply(other, log.offset).signals == []
    assert len(again.apply(other, log.offset + 1).signals) == 1


def test_a_room_that_a_crash_left_behind_the_clock_catches_up_at_the_same_tick():
    """The partition's record was saved, the room's was not."""
    log = Log()
    log(tick(at("09:00")), scheduled("p1", when="09:00:01"), joined("h1", "09:58"))
    room = log.monitor.stored("s1")
    told = log(tick(at("10:10:05")))
    again = Monitor(0, RULES)
    again.restore({"s1": room, PARTITION: log.monitor.stored(PARTITION)})
    assert again.apply(tick(at("10:10:05")), log.offset).signals == told.signals


def test_what_changes_nothing_is_not_saved():
    log = Log()
    log(tick(at("10:00")), scheduled("p1", when="10:00:01"), joined("p1", "10:00:02"))
    started = SessionStarted(id="e", session_id="s1", ts=at("10:00:03"))
    assert log(started, joined("p1", "10:00:02")) == Step()
    assert log(tick(at("10:00:09"))).changed == {PARTITION}


def test_ten_people_for_three_hours_stay_within_24_kilobytes():
    people = [f"participant-{number:024}" for number in range(10)]
    story = Story(people, ends="13:00", platform="zoom")
    for person in people:
        story.profiles(person)
        for number in range(4):
            hour, page = 10 + number // 2, f"page-{number}-of-{person}"
            story.joins(person, f"{hour}:{number % 2 * 30:02}", on=f"{person}{number}")
            story.line(person, f"{hour}:{number % 2 * 30 + 5}", "poor", on=page)
            story.line(person, f"{hour}:{number % 2 * 30 + 8}", "good", on=page)
            story.drops(person, f"{hour}:{number % 2 * 30 + 10}")
    monitor = Monitor(0, RULES)
    for offset, event in enumerate([*story.events, tick(at("13:20"))]):
        monitor.apply(event, offset)
    assert len(monitor.stored("s1")) <= 24_000


def test_a_session_whose_step_fails_is_parked_and_its_neighbours_go_on(monkeypatch):
    log = Log()
    log(tick(at("09:00")), scheduled("p1", when="09:00:01"), joined("h1", "09:58"))
    log(scheduled("p2", session="s2", when="09:00:02"), joined("h1", "09:58", session="s2"))
    judge = missed_session.episodes

    def broken(person, room, limits):
        if room.session_id == "s1":
            raise ZeroDivisionError
        return judge(person, room, limits)

    monkeypatch.setattr(missed_session, "episodes", broken)
    step = log(tick(at("10:10:05")))
    assert step.failed == [("s1", "step_failed")]
    assert step.signals == [raised("missed_session", "p2", when="10:10")]
    monkeypatch.undo()
    assert log(joined("p1", "10:11")).failed == [("s1", "step_failed")]
    crisis = ParticipantReported(
        id="r1", session_id="s1", participant_id="p1", ts=at("10:11:30"), kind="crisis"
    )
    urgent = log(crisis)
    assert urgent.signals == [raised("crisis_reported", "p1", when="10:11:30")]
    assert (urgent.failed, urgent.changed, log(crisis).signals) == ([], {"s1"}, [])
    again = Monitor(0, RULES)
    again.restore({key: log.monitor.stored(key) for key in ("s1", "s2", PARTITION)})
    help_wanted = ParticipantReported(
        id="r2", session_id="s1", participant_id="p1", ts=at("10:11:40"), kind="help"
    )
    assert [one.rule for one in again.apply(help_wanted, 98).signals] == ["help_requested"]
    assert again.apply(joined("p1", "10:12"), 99).failed == [("s1", "step_failed")]
    step = again.apply(tick(at("10:20")), 100)
    assert (step.failed, step.dropped) == ([], set())
    assert "s1" in again.apply(tick(at("10:11") + 24 * HOUR), 101).dropped


# --- what is written -----------------------------------------------------------------------------


def test_ids_are_those_of_the_contract():
    signal = group(["p1"]).joins("h1", "09:58").signals[0]
    name = f"missed_session|s1|p1|-|{at('10:10')}"
    assert signal.alert_id == str(uuid5(NAMESPACE_URL, name))
    assert signal.id == str(uuid5(NAMESPACE_URL, f"{signal.alert_id}|raised|{at('10:10')}"))


def test_a_room_signal_names_no_person():
    signal = group(["p1"], platform="zoom").signals[0]
    assert (signal.rule, signal.participant_id, signal.host_id) == ("host_missing", None, "h1")
    assert signal.rules == RULES.hash
    assert signal.program_id == "prog"
    assert signal.traits.platform == "zoom"


def test_people_are_counted_every_ten_seconds_by_trait():
    story = group(["p1", "p2"], platform="zoom").joins("h1", "09:58").joins("p1", "09:59")
    story.fails("p2", "10:00:30")
    monitor, counted = Monitor(3, RULES), []
    events = [*story.events, *(tick(at("09:59") + n * SECOND) for n in range(0, 125, 5))]
    for offset, event in enumerate(sorted(events, key=lambda one: one.ts)):
        step = monitor.apply(event, offset)
        counted += [one for one in step.signals if isinstance(one, PresenceCounted)]
    assert [one.ts % (10 * SECOND) for one in counted] == [0] * len(counted)
    assert len(counted) == 12
    assert counted[0].rooms == 0
    last = counted[-1]
    assert (last.partition, last.rooms, last.people) == (3, 1, 3)
    assert last.by == {"platform": {"zoom": (3, 1, 1)}}


def test_a_partition_saved_before_its_first_tick_is_read_again():
    again = Monitor(0, RULES)
    again.restore({PARTITION: Monitor(0, RULES).stored(PARTITION)})
    assert again.apply(tick(at("10:00")), 0).failed == []


def test_a_crash_before_the_tick_that_judges_a_late_fact_loses_none_of_its_effects():
    """The first schedule without somebody, and the first host, change what is due for others."""

    def told(story):
        story.schedules(["p1"], when="10:15", late="10:20:02")
        return [str(one) for one in (story.of("missed_session"), story.outcomes)]

    calm = group(["p1", "p2"]).joins("h1", "10:00").joins("p1", "10:00")
    battered = group(["p1", "p2"]).joins("h1", "10:00").joins("p1", "10:00")
    battered.crashes_at("10:20:03")
    assert told(battered) == told(calm)
    assert calm.of("missed_session")[-1] == cleared(
        "missed_session", "p2", when="10:15", reason="off_roster"
    )
    hosts = [group(["p1", "p2", "p3"]).joins("p1", "10:00") for _ in range(2)]
    for story in hosts:
        story.joins("h1", "10:00", late="10:20:02")
    hosts[1].crashes_at("10:20:03")
    assert hosts[0].of("missed_session") == hosts[1].of("missed_session")
    assert raised("missed_session", "p2", when="10:10") in hosts[1].of("missed_session")
