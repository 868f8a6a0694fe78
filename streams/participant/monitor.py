"""One partition's people: events and ticks in; signals and profiles out.

Pure and deterministic: no clock but the ticks on the log, no I/O. What is due is stepped through
by time, then person and rule, so that a few large ticks equal many small ones
(docs/detectors.md, Time and order).
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

import msgspec
from msgspec import Struct, field

from streams.events import ClockTicked, Millis, ParticipantEvent, ParticipantProfiled, Signal
from streams.participant.ledger import RECORDERS
from streams.participant.watch import State, Watch, unpacked
from streams.rules import Rules

PARTITION = "~partition"
UNTIMED = -1
"""The partition's clock before the first tick."""


class Step(Struct):
    """All that one record caused."""

    signals: list[Signal] = field(default_factory=list)
    profiles: list[ParticipantProfiled] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    """Keys whose stored state must be saved: participant ids or `~partition`."""
    dropped: set[str] = field(default_factory=set)
    """Keys whose state must be deleted."""
    rejected: list[str] = field(default_factory=list)
    """Reason codes: this record is a dead letter."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """People whose step raised, with a reason code: parked, the others went on."""


class Partition(Struct, array_like=True):
    """The partition's own record."""

    clock: int = UNTIMED
    ticked: int = UNTIMED


_encode = msgspec.msgpack.Encoder().encode
_decode_partition = msgspec.msgpack.Decoder(Partition).decode


class Monitor:
    """One partition's people."""

    def __init__(self, partition: int, rules: Rules) -> None:
        self._number = partition
        self._rules = rules
        self._own = Partition()
        self._watches: dict[str, Watch] = {}
        self._heap: list[tuple[Millis, str]] = []
        self._queued: dict[str, Millis] = {}
        self._late: set[str] = set()

    def apply(self, event: ParticipantEvent, offset: int) -> Step:
        """One record of the log. A person already at or past `offset` is skipped."""
        step = Step()
        if isinstance(event, ClockTicked):
            self._tick(event.ts, offset, step)
        elif type(event) in RECORDERS:
            self._hear(event, offset, step)
        for key in step.changed - {PARTITION}:
            self._watches[key].packed(self._own.clock)
        return step

    def stored(self, key: str) -> bytes:
        """The state of one key: msgpack arrays, a person's compressed."""
        if key == PARTITION:
            return _encode(self._own)
        return self._watches[key].packed(self._own.clock)

    def restore(self, states: Mapping[str, bytes]) -> None:
        """All keys of this partition, before the first `apply`; who was parked is tried again."""
        if PARTITION in states:
            self._own = _decode_partition(states[PARTITION])
        for key in sorted(states.keys() - {PARTITION}):
            state = unpacked(states[key])
            if state.parked is not None:
                state.parked, state.late = None, True
            watch = self._watches[key] = Watch(key, self._rules, state)
            try:
                watch.restore()
            except Exception:
                watch.park("step_failed")
            if state.late:
                self._late.add(key)
            self._queue(key, watch)
            watch.packed(0)

    @property
    def people(self) -> int:
        """People whose state is held."""
        return len(self._watches)

    @property
    def overdue(self) -> int:
        """People with a deadline up to the clock that no step has judged: 0 after a tick."""
        return sum(due <= self._own.clock for due in self._queued.values())

    # --- what comes in --------------------------------------------------------------------------

    def _hear(self, event: Any, offset: int, step: Step) -> None:
        key = event.participant_id
        watch = self._watches.get(key)
        if watch is None:
            state = State(judged=max(self._own.clock, 0))
            watch = self._watches[key] = Watch(key, self._rules, state)
        if offset <= watch.state.offset:
            return
        try:
            if not watch.hear(event, self._own.clock):
                return
        except Exception:
            self._park(key, step)
        watch.state.offset = offset
        step.changed.add(key)
        if watch.state.late:
            self._late.add(key)
        self._queue(key, watch)

    # --- time -----------------------------------------------------------------------------------

    def _tick(self, ts: Millis, offset: int, step: Step) -> None:
        own = self._own
        if ts <= own.ticked and not self._overdue():
            return
        before, own.ticked = own.clock, max(ts, own.ticked)
        clock = max(before, own.ticked - self._rules.general.allowed_lateness)
        late, self._late = self._late, set()
        for key in sorted(late):
            self._step(key, before, clock, offset, step, late=True)
        while self._heap and self._heap[0][0] <= clock:
            instant, key = heappop(self._heap)
            if self._queued.get(key) == instant:
                del self._queued[key]
                self._step(key, instant, clock, offset, step)
        own.clock = clock
        step.changed.add(PARTITION)
        for key in step.changed - {PARTITION}:
            self._watches[key].state.offset = offset

    def _overdue(self) -> bool:
        """After a crash between two saves, a tick comes again that some people have not seen."""
        return bool(self._heap) and self._heap[0][0] <= self._own.clock

    def _step(
        self, key: str, at: Millis, now: Millis, offset: int, step: Step, *, late: bool = False
    ) -> None:
        watch = self._watches.get(key)
        if watch is None or offset <= watch.state.offset:
            return
        if not late and watch.due > at:
            self._queue(key, watch)  # put off since
            return
        try:
            outcome = watch.step(at, now, late)
        except Exception:
            self._park(key, step)
            self._queue(key, watch)
            return
        step.signals += outcome.signals
        step.profiles += outcome.profiles
        if outcome.over:
            del self._watches[key]
            self._late.discard(key)
            step.changed.discard(key)
            step.dropped.add(key)
            return
        step.changed.add(key)
        self._queue(key, watch)

    # --- keeping --------------------------------------------------------------------------------

    def _queue(self, key: str, watch: Watch) -> None:
        due = watch.due
        queued = self._queued.get(key)
        if queued is None or due < queued:
            self._queued[key] = due
            heappush(self._heap, (due, key))

    def _park(self, key: str, step: Step) -> None:
        """A person whose step raised: facts are kept, nothing more is judged until a restart."""
        self._watches[key].park("step_failed")
        step.changed.add(key)
        step.failed.append((key, "step_failed"))
