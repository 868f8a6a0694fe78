"""What a monitor says of itself for the metrics, after every tick of a session's whole life."""

from streams.events import HOUR, MINUTE, ClockTicked, RosterEntry, SessionScheduled
from streams.rules import load
from streams.session.monitor import Monitor

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
