"""What a monitor says of itself for the metrics, after every tick of a session's whole life."""

from streams.events import (
    HOUR,
    MINUTE,
    ClockTicked,
    EngagementObserved,
    RosterEntry,
    SessionScheduled,
)
from streams.metrics import LATE_SIGNS
from streams.rules import load
from streams.session.monitor import Monitor
from streams.session.worker import _records

NOON = 1_764_000_000_000
SCHEDULED = SessionScheduled(
    id="1",
    ts=NOON - HOUR,
    session_id="s1",
    program_id="prog",
    track="morning",
    kind="group",
    starts_at=NOON,
    ends_at=NOON + HOUR,
    host_id="h1",
    modality="virtual",
    roster=[RosterEntry("p1")],
)


def test_sessions_are_counted_and_no_deadline_is_left_behind():
    monitor = Monitor(0, load())
    monitor.apply(ClockTicked(id="0", ts=NOON - HOUR), 0)
    monitor.apply(SCHEDULED, 1)
    held, said = [], 0
    for offset, minute in enumerate(range(-60, 60 * 40, 5), start=2):
        step = monitor.apply(ClockTicked(id=str(offset), ts=NOON + minute * MINUTE), offset)
        said += len(step.signals)
        held.append(monitor.sessions)
        assert monitor.overdue == 0
    assert said > 0
    assert (held[0], held[-1]) == (1, 0)


def test_a_deadline_that_no_tick_has_judged_is_overdue():
    monitor = Monitor(0, load())
    monitor.apply(SCHEDULED, 0)
    monitor._own.clock = NOON + 2 * HOUR  # as a core would leave it that forgot to look
    assert monitor.overdue == 1


def test_signs_that_come_too_late_are_told_and_counted():
    monitor = Monitor(0, load())
    monitor.apply(SCHEDULED, 0)
    monitor.apply(ClockTicked(id="t", ts=NOON + 10 * MINUTE), 1)
    before = LATE_SIGNS._value.get()
    for offset, minute in ((2, 5), (3, 9)):
        sign = EngagementObserved(
            id=str(offset),
            ts=NOON + minute * MINUTE,
            session_id="s1",
            participant_id="p1",
            kind="chat",
        )
        assert list(_records(monitor.apply(sign, offset))) == []
    assert LATE_SIGNS._value.get() - before == 1
