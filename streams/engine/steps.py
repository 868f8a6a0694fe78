"""Runs a core over a partition's records, and gathers what a run of them caused."""

from msgspec import Struct, field

from streams.codec import UnknownType, Unreadable
from streams.engine.part import Part, Record, Step
from streams.engine.saved import PARTITION_KEY, key_of, value_of
from streams.events import SECOND, ClockTicked
from streams.metrics import CLOCK_AGE, UNKNOWN_TYPES
from streams.now import Clock
from streams.rules import Rules


class Letter(Struct, frozen=True):
    """A record that could not be read or applied, and the reason's code."""

    offset: int
    raw: bytes | None
    reason: str
    parked: bool = False
    """Of a parked session, which is told of apart: no part of a flood."""


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


class Steps:
    """One partition: its core, and the offset of the last event applied to it."""

    def __init__(
        self,
        part: Part,
        partition: int,
        rules: Rules,
        clock: Clock,
        states: dict[str, bytes],
        applied: int | None,
    ) -> None:
        self.partition = partition
        self.applied = applied
        self.core = part.core(partition, rules)
        self.core.restore(states)
        self._part = part
        self._clock = clock
        self._run = Run()

    def apply(self, offset: int, raw: bytes | None) -> None:
        """Decoding and the core's step are guarded apart: what fails becomes a letter, and the
        next record is applied."""
        try:
            event = self._part.decode(raw)
            step = self.core.apply(event, offset)
        except UnknownType:
            UNKNOWN_TYPES.labels(part=self._part.name).inc()
        except Unreadable as error:
            self._run.letters.append(Letter(offset, raw, error.reason))
        except Exception:
            self._run.letters.append(Letter(offset, raw, "step_failed"))
        else:
            self._gather(step, offset, raw)
            if isinstance(event, ClockTicked):
                age = self._clock.now() - event.ts
                CLOCK_AGE.labels(part=self._part.name).set(self._clock.seconds(age / SECOND))
        self.applied = offset

    def _gather(self, step: Step, offset: int, raw: bytes | None) -> None:
        run = self._run
        run.records += self._part.records(step)
        run.letters += [Letter(offset, raw, reason) for reason in step.rejected]
        run.letters += [Letter(offset, raw, reason, parked=True) for _, reason in step.failed]
        self._part.parked.inc(len(step.failed))
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
        value = value_of(self.applied or 0, self.core.stored(key)) if kept else None
        return State(self.partition, key_of(key, self.partition), value)
