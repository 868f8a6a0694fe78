"""Tracks played by as many processes as there are cores, and put together again.

What one track causes does not depend on another; only incidents look at all rooms at once. They
are found afterwards, on the signals and counts of all tracks in the order of their instants.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import chain
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from typing import TextIO

from msgspec import Struct
from msgspec.structs import replace

from sessionwatch.tracks import STDIN, Played, Track, play
from streams.events import Millis, PresenceCounted, Signal
from streams.incidents.monitor import Monitor as Incidents
from streams.rules import Rules

WORTH_A_PROCESS = 4 * 2**20
"""Bytes below which starting processes takes longer than it saves."""
SHOWN_EVERY = 0.2
"""Seconds between two looks at how much was read."""
BAR = 30

STATUS = {"raised": 0, "updated": 1, "cleared": 2}
_done: "Synchronized[int] | None" = None


class Job(Struct, frozen=True):
    """One track under one set of rules, by the rules' name."""

    track: Track
    name: str


class Progress:
    """A bar on a terminal; nothing elsewhere."""

    def __init__(self, total: int, err: TextIO) -> None:
        self._total = total
        self._err = err
        self._shown = err.isatty() and total > 0

    def show(self, done: int) -> None:
        if self._shown:
            share = min(1.0, done / self._total)
            full = round(share * BAR)
            figures = f"{done / 1e6:,.1f} of {self._total / 1e6:,.1f} MB"
            bar = "#" * full + "." * (BAR - full)
            self._err.write(f"\r[{bar}] {share:4.0%} {figures} ")
            self._err.flush()

    def end(self) -> None:
        if self._shown:
            self._err.write("\r\x1b[K")
            self._err.flush()


def played(
    tracks: Sequence[Track], rules: Mapping[str, Rules], err: TextIO, *, keep: bool = False
) -> dict[str, list[Played]]:
    """By the rules' name, what each track caused, in the tracks' order; incidents last."""
    jobs = [Job(track, name) for name in rules for track in tracks]
    total = sum(job.track.size for job in jobs)
    bar = Progress(total, err)
    alone = len(jobs) < 2 or total < WORTH_A_PROCESS
    if alone or any(STDIN in track.paths for track in tracks):
        found = _here(jobs, rules, bar, keep)
    else:
        found = _by_processes(jobs, rules, bar, keep)
    bar.end()
    result: dict[str, list[Played]] = {}
    for name, chosen in rules.items():
        mine = [found[job] for job in jobs if job.name == name]
        result[name] = [*mine, Played(signals=list(_incidents(mine, chosen)))]
    return result


def in_order(signals: Sequence[Signal]) -> list[Signal]:
    return sorted(signals, key=lambda one: (one.ts, one.alert_id, STATUS[one.status]))


def _here(
    jobs: Sequence[Job], rules: Mapping[str, Rules], bar: Progress, keep: bool
) -> dict[Job, Played]:
    done = shown = 0

    def read(count: int) -> None:
        nonlocal done, shown
        done += count
        if done - shown > 2**18:
            shown = done
            bar.show(done)

    return {job: play(job.track, rules[job.name], read, keep=keep) for job in jobs}


def _by_processes(
    jobs: Sequence[Job], rules: Mapping[str, Rules], bar: Progress, keep: bool
) -> dict[Job, Played]:
    """The largest first, so that none is left alone at the end."""
    context = get_context("spawn")
    done: Synchronized[int] = context.Value("q", 0)
    with ProcessPoolExecutor(min(len(jobs), os.cpu_count() or 1), context, _begin, (done,)) as pool:
        sent: dict[Future[Played], Job] = {
            pool.submit(_play, job.track, rules[job.name], keep): job
            for job in sorted(jobs, key=lambda each: -each.track.size)
        }
        waiting = set(sent)
        found = {}
        while waiting:
            finished, waiting = wait(waiting, SHOWN_EVERY, FIRST_COMPLETED)
            bar.show(done.value)
            for one in finished:
                found[sent[one]] = one.result()
        return found


def _begin(done: "Synchronized[int]") -> None:
    global _done
    _done = done


def _play(track: Track, rules: Rules, keep: bool) -> Played:
    counter = _done
    assert counter is not None  # noqa: S101 - `_begin` ran
    waiting = 0

    def read(count: int) -> None:
        nonlocal waiting
        waiting += count
        if waiting > 2**18:
            with counter.get_lock():
                counter.value += waiting
            waiting = 0

    return play(track, rules, read, keep=keep)


def _incidents(tracks: Sequence[Played], rules: Rules) -> Iterator[Signal]:
    """Numbered anew: only logs that count people have a partition here."""
    numbers: dict[int, int] = {}
    for count in chain.from_iterable(track.counts for track in tracks):
        numbers.setdefault(count.partition, len(numbers))
    if not numbers:
        return
    monitor = Incidents(len(numbers), rules)
    heard: list[tuple[Millis, int, Signal | PresenceCounted]] = []
    for track in tracks:
        heard += [(one.ts, 0, one) for one in track.signals]
        heard += [(one.ts, 1, one) for one in track.counts]
    heard.sort(key=_instant)
    for _, _, one in heard:
        yield from monitor.apply(_numbered(one, numbers)).signals


def _numbered(
    one: Signal | PresenceCounted, numbers: Mapping[int, int]
) -> Signal | PresenceCounted:
    return (
        replace(one, partition=numbers[one.partition]) if isinstance(one, PresenceCounted) else one
    )


def _instant(one: tuple[Millis, int, Signal | PresenceCounted]) -> tuple[Millis, int, str]:
    record = one[2]
    return one[0], one[1], "" if isinstance(record, PresenceCounted) else record.id
