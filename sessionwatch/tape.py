"""A log read through the cores of one partition: one line after the other, with its ticks."""

from streams import codec
from streams.codec import Unreadable
from streams.events import (
    HOUR,
    SECOND,
    ClockTicked,
    ConnectionChanged,
    MediaObserved,
    Millis,
    SampleBatch,
    SessionEvent,
    SessionScheduled,
)
from streams.quality.monitor import QualityMonitor
from streams.rules import Rules
from streams.session.monitor import Monitor, Step

LONGEST_GAP = HOUR
"""Beyond it one tick at the end does the work of one a second: the signals are the same."""

LONGEST_SESSION = 24 * HOUR


class Tape:
    """Both cores of one partition, and the ticks a file may lack.

    `ticks`: the log tells its time from the first record on, as an archive does.
    `hours`: by program, the hours (since the epoch) in which the log plans a session.
    """

    def __init__(self, rules: Rules, partition: int = 0, *, ticks: bool = False) -> None:
        self.hours: dict[str, set[int]] = {}
        self._monitor = Monitor(partition, rules, boards=False)
        self._quality = QualityMonitor()
        self._future = rules.general.future
        self._measured: set[str] = set()
        self._offset = 0
        self._ticks = ticks
        self._ticked: Millis | None = None

    def play(self, line: bytes) -> list[Step]:
        """One line. Raises `Unreadable`."""
        if b'"samples"' in line:
            try:
                batch = codec.samples.decode(line)
            except Unreadable:
                pass
            else:
                return self._batch(batch)
        return self._event(codec.session_events.decode(line))

    def pass_to(self, clock: Millis) -> Step | None:
        """The partition's clock as an archive tells it, in place of ticks."""
        if self._ticked is not None and clock <= self._ticked:
            return None
        self._ticked = clock
        return self._apply(ClockTicked(id=f"archive-{clock // SECOND}", ts=clock))

    def _batch(self, batch: SampleBatch) -> list[Step]:
        self._measured.update(sample.session_id for sample in batch.samples)
        steps = [self._apply(change) for change in self._quality.apply(batch)]
        latest = max((sample.ts for sample in batch.samples), default=None)
        return steps if self._ticks or latest is None else steps + self._pass_time(latest)

    def _event(self, event: SessionEvent) -> list[Step]:
        if isinstance(event, ConnectionChanged | MediaObserved) and (
            event.session_id in self._measured
        ):
            return []  # recorded by the reducer; here it is made anew from the samples
        if isinstance(event, SessionScheduled):
            self._plan(event)
        steps = [self._apply(event)]
        if isinstance(event, ClockTicked):
            self._ticks = True
        if self._ticks or steps[0].rejected:
            return steps
        sent = event.received_at
        return steps + self._pass_time(event.ts if sent is None else min(event.ts, sent))

    def _pass_time(self, ts: Millis) -> list[Step]:
        """One tick a second up to the latest event."""
        now = ts - ts % SECOND
        if self._ticked is None or now - self._ticked > LONGEST_GAP:
            first = now
        else:
            first = self._ticked + SECOND
        self._ticked = now if self._ticked is None else max(now, self._ticked)
        return [
            self._apply(ClockTicked(id=f"replay-{instant // SECOND}", ts=instant))
            for instant in range(first, now + 1, SECOND)
        ]

    def _apply(self, event: SessionEvent) -> Step:
        self._offset += 1
        return self._monitor.apply(event, self._offset)

    def _plan(self, event: SessionScheduled) -> None:
        ends_at = min(event.ends_at, event.starts_at + LONGEST_SESSION)
        hours = range(event.starts_at // HOUR, (ends_at - 1) // HOUR + 1)
        self.hours.setdefault(event.program_id, set()).update(hours)
