"""The session monitor in a process of its own, on the engine that runs keyed cores."""

from collections.abc import Callable, Collection, Iterator

from streams.codec import encode
from streams.engine.part import Part, Record
from streams.engine.worker import main as run
from streams.events import PresenceCounted, Signal
from streams.kafka import KafkaSettings
from streams.metrics import LATE_SIGNS, OVERDUE_DEADLINES, SESSIONS_OPEN, SESSIONS_PARKED
from streams.metrics import SIGNALS as SIGNALS_WRITTEN
from streams.now import Clock
from streams.session.monitor import Monitor, Step
from streams.session.reading import Reader
from streams.session.settings import SessionSettings
from streams.topics import PARTICIPANT_EVENTS, SESSION_BOARD, SESSION_EVENTS, SIGNALS

APP, TABLE = "session-monitor", "session-rooms"


def _records(step: Step) -> Iterator[Record]:
    LATE_SIGNS.inc(step.late_signs)
    for signal in step.signals:
        yield _signal(signal)
    for outcome in step.attended:
        yield Record(PARTICIPANT_EVENTS, outcome.participant_id.encode(), encode(outcome))
    for board in step.boards:
        yield Record(SESSION_BOARD, board.session_id.encode(), encode(board))


def _signal(signal: Signal | PresenceCounted) -> Record:
    if isinstance(signal, PresenceCounted):  # a partition's counts stay in their order
        return Record(SIGNALS, None, encode(signal), signal.partition)
    SIGNALS_WRITTEN.labels(rule=signal.rule, status=signal.status).inc()
    return Record(SIGNALS, signal.alert_id.encode(), encode(signal))


def _figures(cores: Collection[Monitor]) -> None:
    SESSIONS_OPEN.set(sum(core.sessions for core in cores))
    OVERDUE_DEADLINES.set(sum(core.overdue for core in cores))


PART = Part(
    name="session",
    app=APP,
    table=TABLE,
    source=SESSION_EVENTS,
    decode=Reader().decode,
    core=Monitor,
    records=_records,
    figures=_figures,
    parked=SESSIONS_PARKED,
)


def main(
    settings: SessionSettings,
    *,
    kafka: KafkaSettings,
    clock: Clock,
    seal: Callable[[bytes], bytes],
) -> int:
    """Runs in this process until SIGTERM; returns the exit status (0, or 1 after a failure)."""
    return run(PART, settings, kafka=kafka, clock=clock, seal=seal)
