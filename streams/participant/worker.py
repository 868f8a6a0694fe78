"""The participant monitor in a process of its own, on the engine that runs keyed cores."""

from collections.abc import Callable, Collection, Iterator

from streams.codec import encode, participant_events
from streams.engine.part import Part, Record
from streams.engine.worker import main as run
from streams.kafka import KafkaSettings
from streams.metrics import OVERDUE_DEADLINES, PARTICIPANTS_PARKED, PARTICIPANTS_WATCHED
from streams.metrics import SIGNALS as SIGNALS_WRITTEN
from streams.now import Clock
from streams.participant.monitor import Monitor, Step
from streams.participant.settings import ParticipantSettings
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS, SIGNALS

APP, TABLE = "participant-monitor", "participant-weeks"


def _records(step: Step) -> Iterator[Record]:
    for signal in step.signals:
        SIGNALS_WRITTEN.labels(rule=signal.rule, status=signal.status).inc()
        yield Record(SIGNALS, signal.alert_id.encode(), encode(signal))
    for profile in step.profiles:
        yield Record(SESSION_EVENTS, profile.session_id.encode(), encode(profile))


def _figures(cores: Collection[Monitor]) -> None:
    PARTICIPANTS_WATCHED.set(sum(core.people for core in cores))
    OVERDUE_DEADLINES.set(sum(core.overdue for core in cores))


PART = Part(
    name="participant",
    app=APP,
    table=TABLE,
    source=PARTICIPANT_EVENTS,
    decode=participant_events.decode,
    core=Monitor,
    records=_records,
    figures=_figures,
    parked=PARTICIPANTS_PARKED,
)


def main(
    settings: ParticipantSettings,
    *,
    kafka: KafkaSettings,
    clock: Clock,
    seal: Callable[[bytes], bytes],
) -> int:
    """Runs in this process until SIGTERM; returns the exit status (0, or 1 after a failure)."""
    return run(PART, settings, kafka=kafka, clock=clock, seal=seal)
