"""A log read through the cores of one partition: one line after the other, with its ticks.

What a line says does not depend on rules: it is decoded, and its samples reduced, once
(`Reading`), and goes to one core for each set of rules that is compared.
"""

from collections.abc import Sequence

from msgspec import Struct

from streams.codec import Unreadable
from streams.events import (
    HOUR,
    SECOND,
    ClockTicked,
    ConnectionChanged,
    EngagementObserved,
    MediaObserved,
    Millis,
    SampleBatch,
    SessionEvent,
    SessionScheduled,
)
from streams.quality import reading as samples
from streams.quality.monitor import QualityMonitor
from streams.rules import Rules
from streams.session import reading as events
from streams.session.monitor import Monitor, Step

LONGEST_GAP = HOUR
"""Beyond it one tick at the end does the work of one a second: the signals are the same."""

LONGEST_SESSION = 24 * HOUR

TYPED = b'{"type":'
"""How `codec.encode` begins an event: it has no samples."""


class Heard(Struct, frozen=True, gc=False):
    """What one line says: events for the session core, and how late it is, if ticks are lacking."""

    events: Sequence[SessionEvent]
    latest: Millis | None = None
    measured: bool = False
    """The events are made of samples; time passes whatever becomes of them."""


NOTHING = Heard(())


class Reading:
    """Lines of one partition in, events out, its samples among them as changes of state.

    `ticks`: the log tells its time from the first record on, as an archive does.
    `hours`: by program, the hours (since the epoch) in which the log plans a session.
    """

    def __init__(self, *, ticks: bool = False) -> None:
        self.hours: dict[str, set[int]] = {}
        self._quality = QualityMonitor()
        self._samples = samples.Reader()
        self._events = events.Reader()
        self._measured: set[str] = set()
        self._ticks = ticks

    def read(self, line: bytes) -> Heard:
        """One line. Raises `Unreadable`."""
        if not line.startswith(TYPED) and b'"samples"' in line:
            try:
                batch = self._samples.decode(line)
            except Unreadable:
                pass
            else:
                return self._batch(batch)
        event = self._events.decode(line)
        if not isinstance(event, EngagementObserved) and not self._use(event):
            return NOTHING
        if self._ticks:
            return Heard((event,))
        sent = event.received_at
        return Heard((event,), event.ts if sent is None else min(event.ts, sent))

    def _batch(self, batch: SampleBatch) -> Heard:
        begun = self._quality.begun
        changes = self._quality.apply(batch)
        if self._quality.begun != begun:
            self._measured.update(sample.session_id for sample in batch.samples)
        if self._ticks or not batch.samples:
            return Heard(changes, None, True) if changes else NOTHING
        return Heard(changes, max([sample.ts for sample in batch.samples]), True)

    def _use(self, event: SessionEvent) -> bool:
        """Take note of what the log itself goes by; false for what is made anew."""
        if isinstance(event, ClockTicked):
            self._ticks = True
        elif isinstance(event, ConnectionChanged | MediaObserved):
            return event.session_id not in self._measured
        elif isinstance(event, SessionScheduled):
            self._plan(event)
        return True

    def _plan(self, event: SessionScheduled) -> None:
        ends_at = min(event.ends_at, event.starts_at + LONGEST_SESSION)
        hours = range(event.starts_at // HOUR, (ends_at - 1) // HOUR + 1)
        self.hours.setdefault(event.program_id, set()).update(hours)


class Core:
    """The session core of one partition under one set of rules, and the ticks a log may lack."""

    def __init__(self, rules: Rules, partition: int = 0) -> None:
        self._monitor = Monitor(partition, rules, boards=False)
        self._offset = 0
        self._ticked: Millis | None = None

    def hear(self, heard: Heard) -> list[Step]:
        """What a line causes."""
        steps = []
        for event in heard.events:
            self._offset += 1
            steps.append(self._monitor.apply(event, self._offset))
        if heard.latest is not None and (heard.measured or not steps[0].rejected):
            steps += self._pass_time(heard.latest)
        return steps

    def pass_to(self, clock: Millis) -> Step | None:
        """The partition's clock as an archive tells it, in place of ticks."""
        if self._ticked is not None and clock <= self._ticked:
            return None
        self._ticked = clock
        return self._tick(f"archive-{clock // SECOND}", clock)

    def _pass_time(self, ts: Millis) -> list[Step]:
        """One tick a second up to the latest event."""
        now = ts - ts % SECOND
        if self._ticked is None or now - self._ticked > LONGEST_GAP:
            first = now
        else:
            first = self._ticked + SECOND
        self._ticked = now if self._ticked is None else max(now, self._ticked)
        return [
            self._tick(f"replay-{instant // SECOND}", instant)
            for instant in range(first, now + 1, SECOND)
        ]

    def _tick(self, name: str, ts: Millis) -> Step:
        self._offset += 1
        return self._monitor.apply(ClockTicked(id=name, ts=ts), self._offset)


class Tape:
    """A log under one set of rules."""

    def __init__(self, rules: Rules, partition: int = 0) -> None:
        self._reading = Reading()
        self._core = Core(rules, partition)

    def play(self, line: bytes) -> list[Step]:
        """One line. Raises `Unreadable`."""
        return self._core.hear(self._reading.read(line))
