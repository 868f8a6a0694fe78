"""Events a second through `sessionwatch replay` and a back-test, from JSONL and from an archive.

The log is many clinics' days one after the other, on several partitions; each day a simulated one
with its ids and instants changed. `python -m benchmarks.replay [--events N]`.
"""

import argparse
import io
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from aiokafka import ConsumerRecord

from benchmarks.load import START
from benchmarks.table import rate, show
from consumers.archive.files import Log
from consumers.archive.writer import Writer
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.simulator.day import make
from producers.simulator.timeline import happenings
from sessionwatch.backtest import backtest
from sessionwatch.playing import played
from sessionwatch.tracks import tracks
from streams import codec
from streams.codec import encode
from streams.events import SECOND, ClockTicked
from streams.kafka import partition_of
from streams.rules import load
from streams.topics import DAY_MS

PARTITIONS = 4
COPIES = 12
"""Clinics at once: 168 rooms a day."""
TICK = 5 * SECOND
INSTANT = re.compile(rb"\b179\d{10}\b")
SESSION = re.compile(rb'"session_id":"[^"]+')

Line = tuple[int | None, bytes]
"""The partition, or None for all, and a record."""


def one_day() -> list[Line]:
    """A day of so many clinics at once."""
    told: dict[int, list[Line]] = {}
    for copy in range(COPIES):
        day = make("day", copy, START)
        for item in happenings(day, Pseudonyms(MasterKey(copy.to_bytes(32, "big")))):
            event = item.event
            place = partition_of(getattr(event, "session_id", ""), PARTITIONS)
            told.setdefault(-(-item.due // TICK), []).append((place, encode(event)))
    lines: list[Line] = []
    for turn in range(min(told), max(told) + 1):
        lines += told.get(turn, ())
        ts = turn * TICK
        lines.append((None, encode(ClockTicked(id=str(ts // SECOND), ts=ts))))
    return lines


def days(events: int) -> Iterator[Line]:
    """Until so many events were told; ticks are not counted."""
    base, count, day = one_day(), 0, 0
    while count < events:
        name = b".%d" % day
        later = day * DAY_MS

        def moved(found: "re.Match[bytes]", later: int = later) -> bytes:
            return b"%d" % (int(found[0]) + later)

        for place, line in base:
            shifted = INSTANT.sub(moved, line)
            yield place, SESSION.sub(lambda found, name=name: found[0] + name, shifted)
            count += place is not None
        day += 1


def write(folder: Path, events: int) -> tuple[int, list[str], str]:
    """The same log as JSONL files, one a partition, and as an archive; how many events it has."""
    files = [folder / f"{number}.jsonl" for number in range(PARTITIONS)]
    archive = folder / "archive"
    logs = [
        Writer(archive, Log("bench.session-events", number), codec.session_events, None)
        for number in range(PARTITIONS)
    ]
    count = 0
    with ExitStack() as opened:
        outs = [opened.enter_context(file.open("wb")) for file in files]
        for place, line in days(events):
            count += place is not None
            for number in range(PARTITIONS) if place is None else (place,):
                outs[number].write(line + b"\n")
                _keep(logs[number], line)
    for one in logs:
        one.flush(1_000)
    return count, [str(file) for file in files], str(archive)


def _keep(into: Writer, line: bytes) -> None:
    log = into.log
    record = ConsumerRecord(
        log.topic, log.partition, into.next, 0, 0, None, line, -1, len(line), None, ()
    )
    if not into.take(record):
        into.flush(1_000)
        into.take(record)
    if into.rows >= 100_000:
        into.flush(1_000)


def measured(events: int) -> Iterator[tuple[str, str, str, str]]:
    """Rows of the table."""
    old, quiet = load(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        count, files, archive = write(Path(folder), events)
        new = Path(folder) / "new.toml"
        new.write_text("[rule.missed_session]\ngrace_minutes = 12\n")
        changed = load(new)

        def row(what: str, act: Callable[[], object]) -> tuple[str, str, str, str]:
            begun = time.perf_counter()
            act()
            seconds = time.perf_counter() - begun
            return what, f"{count:,}", f"{seconds:,.1f}", rate(count, seconds)

        yield row("replay: JSONL", lambda: played(tracks(files), {"": old}, quiet))
        yield row("replay: archive", lambda: played(tracks([archive]), {"": old}, quiet))
        yield row("back-test: JSONL", lambda: backtest(files, changed, old, quiet))
        yield row("back-test: archive", lambda: backtest([archive], changed, old, quiet))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--events", type=int, default=5_000)
    asked = parser.parse_args(argv)
    columns = (f"what, on {PARTITIONS} partitions", "events", "seconds", "events a second")
    show("Replay", columns, list(measured(asked.events)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
