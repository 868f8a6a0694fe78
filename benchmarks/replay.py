"""`sessionwatch replay` and a back-test: what a core and all cores do in a second, and with what.

Two logs on several partitions. `days`: many clinics' simulated days one after the other, who came
and went alone. `busy`: full rooms, with signs of taking part and every page's samples; its archive
has the events, as an archive does. `python -m benchmarks.replay [--events N] [--rooms N]`.
"""

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.replay_logs import PARTITIONS, Written, busy, days, write
from benchmarks.table import rate, show
from sessionwatch.backtest import backtest
from sessionwatch.playing import played
from sessionwatch.tape import Reading
from sessionwatch.tracks import Track, records, tracks
from streams import codec
from streams.quality.reading import Reader
from streams.rules import Rules, load

MANY = 10_000_000
Act = Callable[[int], object]
"""Does it by so many processes; 0: as many as are worth it."""


def cpu(act: Callable[[], object]) -> float:
    """Seconds of this process's own time."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def wall(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def speed(log: Written, name: str, new: Rules, old: Rules) -> Iterator[tuple[str, ...]]:
    """Rows of the table: by one process, in its own time; by all, as a clock has it."""
    quiet = io.StringIO()
    kinds = (("JSONL", log.files, log.samples), ("archive", [log.archive], 0))
    for kind, files, samples in kinds:
        acts: dict[str, Act] = {
            "replay": partial(_replay, files, old),
            "back-test": partial(backtest, files, new, old, quiet),
        }
        for what, act in acts.items():
            one, all_of_them = cpu(partial(act, 1)), wall(partial(act, 0))
            yield (
                f"{what}: {name}, {kind}",
                f"{log.events:,}",
                f"{samples:,}",
                rate(log.events, one),
                rate(log.events + samples, one),
                rate(log.events, all_of_them),
                f"{MANY / log.events * all_of_them / 60:,.1f} min",
            )


def parts(log: Written, name: str, old: Rules) -> Iterator[tuple[str, ...]]:
    """CPU seconds of each part of a replay, each measured with all before it."""
    for kind, files in (("JSONL", log.files), ("archive", [log.archive])):
        found = tracks(files)
        read, decoded, reduced = (
            sum(cpu(partial(upto, track)) for track in found)
            for upto in (_read, _decoded, _reduced)
        )
        all_of_it = cpu(partial(_replay, files, old, 1))
        times = (read, decoded - read, reduced - decoded, all_of_it - reduced, all_of_it)
        yield (f"{name}, {kind}", *(f"{seconds:,.2f}" for seconds in times))


def _replay(files: Sequence[str], rules: Rules, workers: int) -> None:
    played(tracks(files), {"": rules}, io.StringIO(), workers=workers)


def _read(track: Track) -> None:
    for _ in records(track, _ignore):
        pass


def _decoded(track: Track) -> None:
    reader = Reader()
    for _, line, _ in records(track, _ignore):
        if line is not None:
            if b'"samples"' in line:
                reader.decode(line)
            else:
                codec.session_events.decode(line)


def _reduced(track: Track) -> None:
    reading = Reading(ticks=True)
    for _, line, _ in records(track, _ignore):
        if line is not None:
            reading.read(line)


def _ignore(_: int) -> None:
    pass


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--events", type=int, default=5_000, help="of the simulated days")
    parser.add_argument("--rooms", type=int, default=5, help="busy ones, on each partition")
    asked = parser.parse_args(argv)
    old = load()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "new.toml").write_text("[rule.missed_session]\ngrace_minutes = 12\n")
        new = load(root / "new.toml")
        logs = {"days": write(root / "days", days(asked.events))}
        logs["busy"] = write(root / "busy", busy(asked.rooms))
        speeds = [row for name, log in logs.items() for row in speed(log, name, new, old)]
        split = [row for name, log in logs.items() for row in parts(log, name, old)]
    columns = ("events", "samples", "events/s, a core", "with samples", "events/s, all cores")
    show(f"Replay of {PARTITIONS} partitions", ("what", *columns, "ten million events"), speeds)
    names = ("reading", "decoding", "quality core", "session core and incidents", "all")
    show("A replay's CPU seconds", ("of", *names), split)
    return 0


if __name__ == "__main__":
    sys.exit(main())
