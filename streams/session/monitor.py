"""One partition's rooms: events and ticks in; signals, attendance and boards out.

Pure and deterministic: no clock but the ticks on the log, no I/O. A tick with nothing due costs
nothing; what is due is stepped through by time, then session, rule and person, so that a few
large ticks equal many small ones (docs/detectors.md, Time and order).
"""

import zlib
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from streams.episodes import NEVER
from streams.events import (
    HOUR,
    BoardChanged,
    ClockTicked,
    EngagementObserved,
    FeedObserved,
    Millis,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantReported,
    PresenceCounted,
    SessionAttended,
    SessionCancelled,
    SessionEnded,
    SessionEvent,
    SessionScheduled,
    Signal,
)
from streams.rules import Rules
from streams.session.boards import Boards
from streams.session.counting import COUNTED_EVERY, Tally
from streams.session.facts import Room
from streams.session.feeds import Feeds
from streams.session.ledger import ROOM
from streams.session.recorders import RECORDERS
from streams.session.state import State
from streams.session.watch import FEED, Watch

PARTITION = "~partition"
UNTIMED = -1
"""The partition's clock before the first tick."""
QUICK = 1
"""Of zlib's levels: 0.1 ms for a full room, a fifth of the bytes."""
COMING_AND_GOING = (ParticipantJoined, ParticipantLeft, SessionEnded)
"""Has as much room again: who leaves after a call for help, in a room full of other facts, is
seen to leave."""
SIGNS_AHEAD = 24 * HOUR
"""No session is that long. The blocks of a person's signs follow one another without a gap: up to
a year that is far off, they would take all the memory there is."""
LONGEST_JUMP = 24 * HOUR
"""Beyond it the time between two ticks is not counted in steps of 10 s."""

_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(State).decode


class Step(Struct):
    """All that one record caused."""

    signals: list[Signal | PresenceCounted] = field(default_factory=list)
    attended: list[SessionAttended] = field(default_factory=list)
    boards: list[BoardChanged] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    """Keys whose stored state must be saved: session ids or `~partition`."""
    dropped: set[str] = field(default_factory=set)
    """Keys whose state must be deleted."""
    rejected: list[str] = field(default_factory=list)
    """Reason codes: this record is a dead letter."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Sessions whose step raised, with a reason code: parked, the others went on."""
    late_signs: int = 0
    """Signs of taking part that came too late to be counted."""


class Partition(Struct, array_like=True):
    """The partition's own record; before the first tick its times are `UNTIMED`."""

    clock: int = UNTIMED
    ticked: int = UNTIMED
    counted_at: int = UNTIMED
    feeds: Feeds = field(default_factory=Feeds)


_decode_partition = msgspec.msgpack.Decoder(Partition).decode


class Monitor:
    """One partition's rooms. `boards` off saves their cost where nobody looks (replay)."""

    def __init__(self, partition: int, rules: Rules, *, boards: bool = True) -> None:
        self._number = partition
        self._rules = rules
        self._general = rules.general
        self._own = Partition()
        self._watches: dict[str, Watch] = {}
        self._heap: list[tuple[Millis, str]] = []
        self._queued: dict[str, Millis] = {}
        self._late: set[str] = set()
        self._tally = Tally()
        self._boards = Boards(self._own.feeds) if boards else None

    # --- the interface ----------------------------------------------------------------------

    def apply(self, event: SessionEvent, offset: int) -> Step:
        """One record of the log. A session already at or past `offset` is skipped."""
        step = Step()
        if type(event) is ClockTicked:
            self._tick(event.ts, offset, step)
        elif isinstance(event, EngagementObserved):  # by far the most that a full room tells
            self._hear(event, offset, step, sign=True)
        elif isinstance(event, FeedObserved):
            self._feed(event, step)
        elif type(event) in RECORDERS:
            self._hear(event, offset, step, sign=False)
        return step

    def stored(self, key: str) -> bytes:
        """The state of one key: msgpack arrays, compressed, since names come again and again."""
        if key == PARTITION:
            return zlib.compress(_encode(self._own), QUICK)
        state = self._watches[key].state
        state.judged = max(state.judged, self._own.clock)
        return zlib.compress(_encode(state), QUICK)

    def restore(self, states: Mapping[str, bytes]) -> None:
        """All keys of this partition, before the first `apply`."""
        if PARTITION in states:
            self._own = _decode_partition(zlib.decompress(states[PARTITION]))
            if self._boards is not None:
                self._boards = Boards(self._own.feeds)
        for key in sorted(states.keys() - {PARTITION}):
            state = _decode_state(zlib.decompress(states[key]))
            watch = self._watches[key] = self._watch(key, state)
            self._tally.touch(key)
            if state.parked is None:
                watch.restore()
            if state.late:
                self._late.add(key)
            for ts in self._own.feeds.after(self._own.clock):
                watch.touch(FEED, ts, self._own.clock)
            self._queue(key, watch)
            if self._boards is not None and state.parked is None:
                self._boards.touch(key)

    @property
    def sessions(self) -> int:
        """Sessions whose state is held."""
        return len(self._watches)

    @property
    def overdue(self) -> int:
        """Sessions with a deadline up to the clock that no step has judged: 0 after a tick."""
        return sum(due <= self._own.clock for due in self._queued.values())

    # --- what comes in ----------------------------------------------------------------------

    def _hear(self, event: Any, offset: int, step: Step, *, sign: bool) -> None:
        sent = event.received_at
        if sent is None:
            if sign and 0 <= self._own.clock < event.ts - SIGNS_AHEAD:
                step.rejected.append("future_timestamp")
                return
        elif event.ts > sent:
            if event.ts - sent > self._general.future:
                step.rejected.append("future_timestamp")
                return
            event = replace(event, ts=sent)
        key = event.session_id
        watch = self._watches.get(key)
        if watch is None:
            if self._too_late(event):
                step.rejected.append("too_late")
                return
            state = State(born=max(self._own.clock, 0) or event.ts)
            watch = self._watches[key] = self._watch(key, state)
        state = watch.state
        if offset <= state.offset:
            return
        of_known = sign and state.parked is None and event.participant_id in state.ledger.people
        if not (of_known and state.ledger.versions) and not self._admits(watch, event, step):
            return
        try:
            clock = self._own.clock
            new = watch.count(event, clock) if sign else watch.hear(event, clock)
            if new:
                self._note(event, watch, offset, step, sign)
            elif new is None:
                step.late_signs += 1
        except Exception:
            self._park(key, offset, step)
        if watch.due < self._queued.get(key, NEVER):
            self._queue(key, watch)

    def _admits(self, watch: Watch, event: Any, step: Step) -> bool:
        """Whether the room takes an event; calls for help always."""
        if isinstance(event, ParticipantReported) and event.kind in ("crisis", "help"):
            return True
        state = watch.state
        if state.parked is not None:
            step.failed.append((watch.session_id, state.parked))
            return False
        reason = self._overflow(event, state)
        if reason is not None:
            step.rejected.append(reason)
        return reason is None

    def _note(self, event: Any, watch: Watch, offset: int, step: Step, sign: bool) -> None:
        """The room has a new fact."""
        key, state = watch.session_id, watch.state
        state.offset = offset
        step.changed.add(key)
        if state.late:
            self._late.add(key)
        if not sign or not state.ledger.versions:
            state.kept += 1
        if sign:
            return
        if isinstance(event, ParticipantReported):
            step.signals += watch.report(event.participant_id, event.ts)
        elif isinstance(event, SessionScheduled) and len(state.ledger.versions) == 1:
            step.signals += watch.kept_reports()
        if self._boards is not None and state.parked is None:
            self._boards.touch(key)
            if self._boards.may_write(key, self._own.ticked):
                self._write_board(key, max(event.ts, self._own.ticked), step)

    def _overflow(self, event: Any, state: State) -> str | None:
        """Why there is no room for an event; schedules always have some, coming and going twice as
        much, and what is only counted where the person is known."""
        if isinstance(event, SessionScheduled | SessionCancelled):
            return None
        ledger = state.ledger
        if not ledger.versions:
            return "unscheduled_overflow" if state.kept >= self._general.keep_events else None
        who = getattr(event, "participant_id", None) or ROOM
        person = ledger.people.get(who)
        if person is None and len(ledger.people) >= self._general.session_people:
            plan = ledger.plans[ledger.versions[-1][2]]
            awaited = {ROOM, plan.host_id, *(entry.participant_id for entry in plan.roster)}
            if who not in awaited:
                return "session_overflow"
        if isinstance(event, EngagementObserved):
            return None  # counted, not kept
        kept = person.kept if person is not None else 0
        spaces = 2 if isinstance(event, COMING_AND_GOING) else 1
        full = (
            kept >= self._general.person_events * spaces
            or state.kept >= self._general.session_events * spaces
        )
        return "session_overflow" if full else None

    def _too_late(self, event: Any) -> bool:
        """The session was dropped: an event of its time is older than the time for revisions."""
        if isinstance(event, SessionScheduled):
            over = event.ends_at + self._general.closes_after + self._general.revised_for
            return over <= self._own.clock
        return bool(event.ts <= self._own.clock - self._general.revised_for)

    def _feed(self, event: FeedObserved, step: Step) -> None:
        if not self._own.feeds.observe(event.platform, event.ts, event.last_event_at):
            return
        step.changed.add(PARTITION)
        for key, watch in self._watches.items():
            if watch.waits_for(event.platform, event.ts):
                watch.touch(FEED, event.ts, self._own.clock)
                if watch.state.late:
                    self._late.add(key)
                    step.changed.add(key)
                self._queue(key, watch)

    # --- time -------------------------------------------------------------------------------

    def _tick(self, ts: Millis, offset: int, step: Step) -> None:
        own = self._own
        if ts <= own.ticked and not self._overdue():
            return
        before, own.ticked = own.clock, max(ts, own.ticked)
        clock = max(before, own.ticked - self._general.allowed_lateness)
        if self._late:
            late, self._late = self._late, set()
            for key in sorted(late):
                self._step(key, before, offset, step, late=True)
        if clock - own.counted_at > LONGEST_JUMP:  # the first tick, or a clock that leapt
            own.counted_at = clock - clock % COUNTED_EVERY
        while True:
            counted = own.counted_at + COUNTED_EVERY
            due = self._heap[0][0] if self._heap else clock + 1
            if due > clock and counted > clock:
                break
            if due <= counted:
                instant, key = heappop(self._heap)
                if self._queued.get(key) == instant:
                    del self._queued[key]
                    self._step(key, instant, offset, step)
            else:
                own.counted_at = counted
                step.signals.append(self._count(counted))
        own.clock = clock
        for key in step.changed:
            self._watches[key].state.offset = offset
        step.changed.add(PARTITION)
        if self._boards is not None:
            self._write_boards(offset, step)

    def _count(self, at: Millis) -> PresenceCounted:
        return self._tally.count(self._number, at, self._room)

    def _room(self, key: str) -> Room | None:
        watch = self._watches.get(key)
        return watch.room if watch is not None else None

    def _overdue(self) -> bool:
        """After a crash between two saves, a tick comes again that some rooms have not seen."""
        return bool(self._heap) and self._heap[0][0] <= self._own.clock

    def _step(self, key: str, at: Millis, offset: int, step: Step, *, late: bool = False) -> None:
        watch = self._watches.get(key)
        if watch is None or offset <= watch.state.offset:
            return
        if late and watch.state.parked is not None:
            return
        try:
            outcome = watch.step(at, late)
        except Exception:
            self._tally.touch(key)
            self._park(key, offset, step)
            return
        if outcome.recount or outcome.over:
            self._tally.touch(key)
        if outcome.over:
            del self._watches[key]
            self._queued.pop(key, None)
            self._late.discard(key)
            step.changed.discard(key)
            step.dropped.add(key)
            if self._boards is not None:
                self._boards.forget(key)
        elif outcome.signals or outcome.attended or late:
            step.changed.add(key)
        step.signals += outcome.signals
        step.attended += outcome.attended
        if not outcome.over:
            self._queue(key, watch)
            if self._boards is not None:
                self._boards.touch(key)

    # --- boards -----------------------------------------------------------------------------

    def _write_boards(self, offset: int, step: Step) -> None:
        if self._boards is None:
            return
        for key in self._boards.due(self._own.ticked):
            try:
                self._write_board(key, self._own.ticked, step)
            except Exception:
                self._park(key, offset, step)

    def _write_board(self, key: str, at: Millis, step: Step) -> None:
        if self._boards is None:
            return
        made = self._boards.write(key, self._watches[key], self._own.ticked, at)
        if made is not None:
            step.boards.append(made)

    # --- keeping ----------------------------------------------------------------------------

    def _watch(self, key: str, state: State) -> Watch:
        return Watch(key, self._rules, self._own.feeds, state)

    def _queue(self, key: str, watch: Watch) -> None:
        due = watch.due
        if due < self._queued.get(key, NEVER):
            self._queued[key] = due
            heappush(self._heap, (due, key))

    def _park(self, key: str, offset: int, step: Step) -> None:
        """A session whose step raised: nothing more is judged of it; its events are letters."""
        watch = self._watches[key]
        watch.park("step_failed", self._own.clock)
        watch.state.offset = offset
        self._queue(key, watch)
        if self._boards is not None:
            self._boards.forget(key)
        step.changed.add(key)
        step.failed.append((key, "step_failed"))
