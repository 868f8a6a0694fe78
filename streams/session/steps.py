"""Runs the session core over a partition's records, and gathers what a run of them caused."""

from msgspec import Struct, field

from streams.codec import UnknownType, Unreadable, encode, session_events
from streams.events import SECOND, ClockTicked, PresenceCounted, Signal
from streams.metrics import CLOCK_AGE, SESSIONS_PARKED, UNKNOWN_TYPES
from streams.metrics import SIGNALS as SIGNALS_WRITTEN
from streams.now import Clock
from streams.rules import Rules
from streams.session.monitor import Monitor, Step
from streams.session.saved import PARTITION_KEY, key_of, value_of
from streams.topics import PARTICIPANT_EVENTS, SESSION_BOARD, SIGNALS, Topic

PART = "session"


class Record(Struct, frozen=True):
    """One record to write."""

    topic: Topic
    key: bytes | None
    value: bytes


class Letter(Struct, frozen=True):
    """A record that could not be read or applied, and the reason's code."""

    offset: int
    raw: bytes | None
    reason: str


class State(Struct, frozen=True):
    """One changelog record; no value deletes the key."""

    partition: int
    key: bytes
    value: bytes | None


class Run(Struct):
    """What a run of events caused, in their order."""

    records: list[Record] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    touched: dict[str, bool] = field(default_factory=dict)
    """Keys to save (True) or to delete (False)."""


class Rooms:
    """One partition's rooms: the core, and the offset of the last event applied to it."""

    def __init__(
        self,
        partition: int,
        rules: Rules,
        clock: Clock,
        states: dict[str, bytes],
        applied: int | None,
    ) -> None:
        self.partition = partition
        self.applied = applied
        self.sessions = self.overdue = 0
        """The core's own figures, after the last tick."""
        self._clock = clock
        self._monitor = Monitor(partition, rules)
        self._monitor.restore(states)
        self._run = Run()

    def apply(self, offset: int, raw: bytes | None) -> None:
        """Decoding and the core's step are guarded apart: what fails becomes a letter, and the
        next record is applied."""
        try:
            event = session_events.decode(raw)
            step = self._monitor.apply(event, offset)
        except UnknownType:
            UNKNOWN_TYPES.labels(part=PART).inc()
        except Unreadable as error:
            self._run.letters.append(Letter(offset, raw, error.reason))
        except Exception:
            self._run.letters.append(Letter(offset, raw, "step_failed"))
        else:
            self._gather(step, offset, raw)
            if isinstance(event, ClockTicked):
                age = self._clock.now() - event.ts
                CLOCK_AGE.labels(part=PART).set(self._clock.seconds(age / SECOND))
                self.sessions, self.overdue = self._monitor.sessions, self._monitor.overdue
        self.applied = offset

    def _gather(self, step: Step, offset: int, raw: bytes | None) -> None:
        run = self._run
        run.records += map(_signal, step.signals)
        run.records += [
            Record(PARTICIPANT_EVENTS, outcome.participant_id.encode(), encode(outcome))
            for outcome in step.attended
        ]
        run.records += [
            Record(SESSION_BOARD, board.session_id.encode(), encode(board)) for board in step.boards
        ]
        reasons = [*step.rejected, *(reason for _, reason in step.failed)]
        run.letters += [Letter(offset, raw, reason) for reason in reasons]
        SESSIONS_PARKED.inc(len(step.failed))
        run.touched |= dict.fromkeys(step.changed, True) | dict.fromkeys(step.dropped, False)

    def take(self) -> Run:
        """What has been gathered since the last time."""
        run, self._run = self._run, Run()
        return run

    def saved(self, touched: dict[str, bool]) -> list[State]:
        """These keys' states as they are now; the partition's own comes last."""
        keys = [key for key in touched if key != PARTITION_KEY]
        return [self._state(key, touched[key]) for key in keys] + [self._state(PARTITION_KEY, True)]

    def _state(self, key: str, kept: bool) -> State:
        value = value_of(self.applied or 0, self._monitor.stored(key)) if kept else None
        return State(self.partition, key_of(key, self.partition), value)


def _signal(signal: Signal | PresenceCounted) -> Record:
    if isinstance(signal, PresenceCounted):
        return Record(SIGNALS, None, encode(signal))
    SIGNALS_WRITTEN.labels(rule=signal.rule, status=signal.status).inc()
    return Record(SIGNALS, signal.alert_id.encode(), encode(signal))
