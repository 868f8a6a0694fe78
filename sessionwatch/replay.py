"""Replay: a log file through the same cores, without a broker.

A JSONL file is one partition's log in its order: values of `session-events` and of
`connection-quality` (those have `samples`). Until the file's first tick, one a second of event
time is added. The same file gives the same bytes.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, TextIO, TypeAlias

from streams import codec
from streams.codec import Unreadable, encode
from streams.events import (
    HOUR,
    SECOND,
    ClockTicked,
    ConnectionChanged,
    MediaObserved,
    Millis,
    PresenceCounted,
    SampleBatch,
    SessionAttended,
    SessionEvent,
    Signal,
)
from streams.quality.monitor import QualityMonitor
from streams.rules import Rules
from streams.session.monitor import Monitor, Step

Record: TypeAlias = Signal | PresenceCounted | SessionAttended
DeadLetters: TypeAlias = Callable[[bytes, str], None]
"""Told each line that could not be read or used, and the reason's code."""

LONGEST_GAP = HOUR
"""Beyond it one tick at the end does the work of one a second: the signals are the same."""
_STATUS = {"raised": 0, "updated": 1, "cleared": 2}


def replay(
    lines: Iterable[bytes], rules: Rules, *, dead_letters: DeadLetters | None = None
) -> Iterator[Record]:
    """All that the records cause, in the log's order."""
    tape = _Tape(rules)
    for line in lines:
        if not line.strip():
            continue
        try:
            steps = tape.play(line)
        except Unreadable as error:
            if dead_letters is not None:
                dead_letters(line, error.reason)
            continue
        for step in steps:
            yield from step.signals
            yield from step.attended
            if dead_letters is not None:
                for reason in (*step.rejected, *(reason for _, reason in step.failed)):
                    dead_letters(line, reason)


class _Tape:
    """Both cores of one partition, and the ticks a file may lack."""

    def __init__(self, rules: Rules) -> None:
        self._monitor = Monitor(0, rules, boards=False)
        self._quality = QualityMonitor()
        self._future = rules.general.future
        self._measured: set[str] = set()
        self._offset = 0
        self._ticks = False
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


def _order(record: Record) -> tuple[Millis, str, int]:
    if isinstance(record, Signal):
        return record.ts, record.alert_id, _STATUS[record.status]
    if isinstance(record, SessionAttended):
        return record.ts, record.id, record.revision
    return record.ts, "", record.partition


def run(
    files: Sequence[str],
    rules: Rules,
    out: BinaryIO,
    err: TextIO,
    participant_events: bool = False,
    dead_letters: Path | None = None,
) -> int:
    """Print the signals as JSONL by `ts`, `alert_id` and status; `-` reads standard input.

    Lines that cannot be read are counted on `err` by reason, kept in `dead_letters` if given,
    and stop nothing. Returns the exit code: 2 when a file cannot be opened.
    """
    counted: Counter[str] = Counter()
    with ExitStack() as stack:
        try:
            inputs = [
                sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
                for name in files
            ]
            kept = stack.enter_context(dead_letters.open("wb")) if dead_letters else None
        except OSError as error:
            err.write(f"{error.filename}: {error.strerror}\n")
            return 2

        def put(line: bytes, reason: str) -> None:
            counted[reason] += 1
            if kept is not None:
                kept.write(line.rstrip(b"\r\n") + b"\n")

        lines = (line for each in inputs for line in each)
        wanted = (Signal, SessionAttended) if participant_events else (Signal,)
        records = [
            record
            for record in replay(lines, rules, dead_letters=put)
            if isinstance(record, wanted)
        ]
    records.sort(key=_order)
    for record in records:
        out.write(encode(record) + b"\n")
    out.flush()
    for reason, number in sorted(counted.items()):
        err.write(f"{number} lines not used: {reason}\n")
    return 0
