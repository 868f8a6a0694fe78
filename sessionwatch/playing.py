"""Tracks played by as many processes as there are cores, and put together again.

What one track causes does not depend on another; only incidents look at all rooms at once. They
are found afterwards, on the signals and counts of all tracks in the order of their instants.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from heapq import merge
from itertools import chain
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from threading import current_thread, main_thread
from typing import TextIO, TypeAlias

from msgspec import Struct

from sessionwatch.taking import Keep, Played, Run
from sessionwatch.tracks import NOTHING_MORE, STDIN, Track, play
from streams.events import Millis, PresenceCounted, Signal
from streams.incidents.monitor import Monitor as Incidents
from streams.rules import Rules

WORTH_A_PROCESS = 4 * 2**20
"""Bytes below which starting processes takes longer than it saves."""
SHOWN_EVERY = 0.2
"""Seconds between two looks at how much was read."""
TOLD_EVERY = 2**18
"""Bytes read between two words of it."""
BAR = 30
INTERRUPTED = 130
"""The exit code when somebody has asked for the end."""

Found: TypeAlias = dict[tuple[Track, str], Played]


class Task(Struct, frozen=True):
    """One track under one or several sets of rules, by the rules' names."""

    track: Track
    names: tuple[str, ...]


class Stopped(Exception):
    """Another task failed, or somebody has asked for the end."""


class Shared(Struct):
    """What the processes tell one another: bytes read, and whether to stop."""

    done: "Synchronized[int]"
    stop: "Synchronized[int]"


_shared: Shared | None = None


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


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))


def played(
    tracks: Sequence[Track],
    rules: Mapping[str, Rules],
    err: TextIO,
    keep: Keep = NOTHING_MORE,
    workers: int = 0,
) -> dict[str, list[Played]]:
    """By the rules' name, what each track caused, in the tracks' order; incidents last.

    By so many processes, or, without a number, by as many as there are cores and it is worth.
    """
    tasks = divided(tracks, tuple(rules), workers or cores())
    total = sum(task.track.size for task in tasks)
    if not workers:
        workers = cores() if total >= WORTH_A_PROCESS else 1
    if any(STDIN in track.paths for track in tracks):
        workers = 1
    bar = Progress(total, err)
    try:
        if min(workers, len(tasks)) < 2:
            tasks = divided(tracks, tuple(rules), 1)
            found = _here(tasks, rules, bar, keep)
        else:
            found = _by_processes(tasks, rules, bar, keep, workers)
    finally:
        bar.end()
    result: dict[str, list[Played]] = {}
    for name, chosen in rules.items():
        mine = [found[track, name] for track in tracks]
        result[name] = [*mine, Played(signals=list(_incidents(mine, chosen)))]
    return result


def divided(tracks: Sequence[Track], names: tuple[str, ...], workers: int) -> list[Task]:
    """All rules in one reading of a track, unless there are more workers than tracks."""
    if len(tracks) >= workers:
        return [Task(track, names) for track in tracks]
    return [Task(track, (name,)) for track in tracks for name in names]


def _here(tasks: Sequence[Task], rules: Mapping[str, Rules], bar: Progress, keep: Keep) -> Found:
    done = shown = 0

    def read(count: int) -> None:
        nonlocal done, shown
        done += count
        if done - shown > TOLD_EVERY:
            shown = done
            bar.show(done)

    found: Found = {}
    for task in tasks:
        for name, one in play(task.track, _of(task, rules), read, keep).items():
            found[task.track, name] = one
    return found


def _of(task: Task, rules: Mapping[str, Rules]) -> dict[str, Rules]:
    return {name: rules[name] for name in task.names}


def _by_processes(
    tasks: Sequence[Task], rules: Mapping[str, Rules], bar: Progress, keep: Keep, workers: int
) -> Found:
    """The largest first, so that none is left alone at the end."""
    context = get_context("spawn")
    shared = Shared(context.Value("q", 0), context.Value("b", 0))
    how = (min(len(tasks), workers), context, _begin, (shared.done, shared.stop))
    with ProcessPoolExecutor(*how) as pool:
        try:
            sent: dict[Future[dict[str, Played]], Task] = {}
            with _undisturbed():
                for task in sorted(tasks, key=lambda each: -each.track.size):
                    sent[pool.submit(_play, task.track, _of(task, rules), keep)] = task
            waiting = set(sent)
            found: Found = {}
            while waiting:
                finished, waiting = wait(waiting, SHOWN_EVERY, FIRST_COMPLETED)
                bar.show(shared.done.value)
                for future in finished:
                    for name, one in future.result().items():
                        found[sent[future].track, name] = one
            return found
        except BaseException:  # KeyboardInterrupt as well: nobody waits for the rest
            shared.stop.value = 1
            pool.shutdown(cancel_futures=True)
            raise


def _begin(done: "Synchronized[int]", stop: "Synchronized[int]") -> None:
    global _shared
    _shared = Shared(done, stop)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C is heard afterwards. Processes begun here never hear it, not even while they start:
    they inherit the mask. The mask alone does not do for this one, whose other threads hear it.
    """
    heard: list[int] = []
    here = current_thread() is main_thread()
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number)) if here else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if here:
            signal.signal(signal.SIGINT, handler)
    if heard:
        raise KeyboardInterrupt


def _play(track: Track, rules: Mapping[str, Rules], keep: Keep) -> dict[str, Played]:
    shared = _shared
    assert shared is not None  # noqa: S101 - `_begin` ran
    waiting = 0

    def read(count: int) -> None:
        nonlocal waiting
        waiting += count
        if waiting > TOLD_EVERY:
            with shared.done.get_lock():
                shared.done.value += waiting
            waiting = 0
            if shared.stop.value:
                raise Stopped

    return play(track, rules, read, keep)


def _incidents(tracks: Sequence[Played], rules: Rules) -> Iterator[Signal]:
    """Partitions are numbered anew: only logs that count people have one here."""
    counting = [track.runs for track in tracks if track.runs]
    if not counting:
        return
    monitor = Incidents(len(counting), rules)
    signals = sorted(chain.from_iterable(one.signals for one in tracks), key=_instant)
    counts = (_counts(runs, number) for number, runs in enumerate(counting))
    for one in merge(signals, *counts, key=_instant):
        yield from monitor.apply(one).signals


def _counts(runs: Sequence[Run], number: int) -> Iterator[Signal | PresenceCounted]:
    for run in runs:
        yield from run.counts(number)


def _instant(one: Signal | PresenceCounted) -> tuple[Millis, int, str]:
    return (one.ts, 0, one.id) if isinstance(one, Signal) else (one.ts, 1, "")
