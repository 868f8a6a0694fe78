"""Replay: a log through the same cores, without a broker.

A JSONL file is one partition's log in its order: values of `session-events` and of
`connection-quality` (those have `samples`). Until the file's first tick, one a second of event
time is added. An archive is one core a partition, with the clock that stands in its rows. The
same files give the same bytes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO, TypeAlias

from sessionwatch.keeping import written
from sessionwatch.playing import INTERRUPTED, played
from sessionwatch.taking import Keep, Place
from sessionwatch.tape import Tape
from sessionwatch.tracks import STDIN, holes, tracks
from streams.codec import Unreadable, encode
from streams.events import STATUS_ORDER, Millis, PresenceCounted, SessionAttended, Signal
from streams.rules import Rules

Record: TypeAlias = Signal | PresenceCounted | SessionAttended
DeadLetters: TypeAlias = Callable[[bytes, str], None]
"""Told each line that could not be read or used, and the reason's code."""


def replay(
    lines: Iterable[bytes], rules: Rules, *, dead_letters: DeadLetters | None = None
) -> Iterator[Record]:
    """All that the records cause, in the log's order."""
    tape = Tape(rules)
    for line in lines:
        if not line or line.isspace():
            continue
        try:
            steps = tape.play(line)
        except Unreadable as error:
            if dead_letters is not None:
                dead_letters(line, error.reason)
            continue
        for step in steps:
            if step.signals or step.attended:
                yield from step.signals
                yield from step.attended
            if dead_letters is not None and (step.rejected or step.failed):
                for reason in (*step.rejected, *(reason for _, reason in step.failed)):
                    dead_letters(line, reason)


def _order(record: Signal | SessionAttended) -> tuple[Millis, str, int]:
    if isinstance(record, Signal):
        return record.ts, record.alert_id, STATUS_ORDER[record.status]
    return record.ts, record.id, record.revision


def run(
    files: Sequence[str],
    rules: Rules,
    out: BinaryIO,
    err: TextIO,
    participant_events: bool = False,
    dead_letters: Path | None = None,
) -> int:
    """Print the signals as JSONL by `ts`, `alert_id` and status.

    `files`: JSONL files, `-` for standard input, an archive's folder, or Parquet files of one.
    Records that cannot be used are counted on `err` by reason, kept in `dead_letters` if given,
    and stop nothing. Returns the exit code: 2 when a file cannot be read or kept.
    """
    try:
        found = tracks(files)
        for before, after in holes(found):
            err.write(f"records are missing between {before} and {after}\n")
        keep = Keep(dead_letters is not None, participant_events)
        told = played(found, {"": rules}, err, keep)[""]
        if dead_letters is not None:
            lines = [line for one in told for line, _ in one.letters]
            written(dead_letters, b"".join(line.rstrip(b"\r\n") + b"\n" for line in lines))
    except OSError as error:
        err.write(f"{error.filename}: {error.strerror}\n")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    records: list[Signal | SessionAttended] = []
    counted: Counter[str] = Counter()
    first: dict[str, Place] = {}
    for one in told:
        records += one.signals
        records += one.attended
        counted += one.unused
        for reason, place in one.first.items():
            first.setdefault(reason, place)
    records.sort(key=_order)
    for record in records:
        out.write(encode(record) + b"\n")
    out.flush()
    for reason, number in sorted(counted.items()):
        err.write(f"{number} lines not used: {reason}, the first at {_named(*first[reason])}\n")
    return 0


def _named(file: str, number: int) -> str:
    if file == STDIN:
        return f"line {number} of standard input"
    return f"{file}, {'row' if file.endswith('.parquet') else 'line'} {number}"
