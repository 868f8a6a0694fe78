"""The session core alone: events a second, a tick with nothing due, memory and stored state.

A busy room has ten people for three hours: they speak every twenty seconds, write, react, switch
microphones, and their lines change: nearly all are counts. In a restless room nothing is counted:
every five minutes each person's line changes, they switch something, or they come again. Ticks
come every second; events a second are without them, though the ticks' time is in it.
`python -m benchmarks.sessions [--rooms N] [--open N]`.
"""

import argparse
import gc
import sys
import time
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, Final, Literal

from benchmarks.table import rate, show
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.simulator.day import make
from producers.simulator.timeline import happenings
from sessionwatch.replay import replay
from streams import rules
from streams.codec import encode
from streams.events import (
    HOUR,
    MINUTE,
    SECOND,
    ClockTicked,
    ConnectionChanged,
    EngagementObserved,
    MediaChanged,
    Millis,
    ParticipantJoined,
    ParticipantLeft,
    RosterEntry,
    SessionEvent,
    SessionScheduled,
)
from streams.session.monitor import Monitor
from streams.session.reading import Reader

START = 1_795_536_000_000
PEOPLE = 10
LENGTH = 3 * HOUR
SIGNS: Final[tuple[Literal["spoke", "chat", "reaction"], ...]] = (
    *("spoke", "spoke", "spoke"),
    *("chat", "reaction"),
)
RESTLESS = 5 * MINUTE
SWITCH: Final[tuple[Literal["on", "off"], ...]] = ("on", "off")
STATES: Final[tuple[Literal["good", "fair", "poor"], ...]] = ("good", "fair", "poor")


def scheduled(room: int, starts_at: Millis = START, people: int = PEOPLE) -> SessionScheduled:
    return SessionScheduled(
        id=f"s{room}",
        ts=START - HOUR,
        session_id=f"session-{room}",
        program_id="program",
        track="morning",
        kind="group",
        starts_at=starts_at,
        ends_at=starts_at + LENGTH,
        host_id=f"host-{room}",
        modality="virtual",
        platform="livekit",
        roster=[RosterEntry(f"person-{room}-{number}") for number in range(people)],
    )


def story(room: int) -> Iterator[SessionEvent]:
    """One room's events, in any order."""
    random = Random(room)  # noqa: S311 - a load, no secret
    yield scheduled(room)
    for number in range(-1, PEOPLE):
        who = f"person-{room}-{number}" if number >= 0 else f"host-{room}"
        role: Literal["participant", "host"] = "participant" if number >= 0 else "host"
        same: dict[str, Any] = {"session_id": f"session-{room}", "participant_id": who}
        joined = START - random.randrange(5 * MINUTE)
        yield ParticipantJoined(
            id=f"{who}.j", ts=joined, role=role, connection_id=f"{who}.1", **same
        )
        for turn in range(LENGTH // (20 * SECOND)):
            ts = START + turn * 20 * SECOND + random.randrange(20 * SECOND)
            kind = random.choice(SIGNS)
            yield EngagementObserved(id=f"{who}.{turn}", ts=ts, kind=kind, ms=3_000, **same)
            if turn % 45 == 0:
                on: Literal["on", "off"] = "on" if turn % 90 else "off"
                yield MediaChanged(id=f"{who}.m{turn}", ts=ts, microphone=on, **same)
            if turn % 90 == 7:
                state = random.choice(STATES)
                yield _line(f"{who}.c{turn}", ts, state, connection_id="page", **same)
        yield ParticipantLeft(
            id=f"{who}.l",
            ts=START + LENGTH + random.randrange(MINUTE),
            connection_id=f"{who}.1",
            reason="left",
            **same,
        )


def restless(room: int, people: int = PEOPLE, length: Millis = LENGTH) -> Iterator[SessionEvent]:
    """One room's events of which none is a count, in any order; `length` in ms from the start."""
    random = Random(room)  # noqa: S311 - a load, no secret
    yield scheduled(room, people=people)
    for number in range(-1, people):
        who = f"person-{room}-{number}" if number >= 0 else f"host-{room}"
        role: Literal["participant", "host"] = "participant" if number >= 0 else "host"
        same: dict[str, Any] = {"session_id": f"session-{room}", "participant_id": who}
        ts, turn = START - random.randrange(5 * MINUTE), 0
        joined: dict[str, Any] = {"connection_id": f"{who}.0", **same}
        yield ParticipantJoined(id=f"{who}.j", ts=ts, role=role, **joined)
        while (ts := ts + random.randrange(2 * RESTLESS)) < START + length:
            turn += 1
            name, what = f"{who}.{turn}", random.random()
            if what < 0.4:
                yield _line(name, ts, random.choice(STATES), **joined)
            elif what < 0.7:
                yield MediaChanged(id=name, ts=ts, camera=random.choice(SWITCH), **same)
            else:
                yield ParticipantLeft(id=f"{name}.l", ts=ts, reason="connection_lost", **joined)
                ts += random.randrange(MINUTE)
                joined["connection_id"] = name
                yield ParticipantJoined(id=f"{name}.j", ts=ts, role=role, **joined)


def _line(
    name: str, ts: Millis, state: Literal["good", "fair", "poor"], **same: Any
) -> ConnectionChanged:
    return ConnectionChanged(
        id=name,
        ts=ts,
        state=state,
        since=ts,
        mos=3.0,
        rtt_ms=200.0,
        jitter_ms=20.0,
        loss=0.01,
        cause="loss",
        **same,
    )


def simulated() -> list[SessionEvent]:
    """A simulated day of twelve clinics, what the measurements of lines told left out."""
    days = [(make("day", seed, START), MasterKey(seed.to_bytes(32, "big"))) for seed in range(12)]
    return [one.event for day, key in days for one in happenings(day, Pseudonyms(key))]


def with_ticks(events: Iterable[SessionEvent]) -> list[bytes]:
    """`session-events` of one partition, with a tick a second until the last has closed."""
    told = sorted(events, key=lambda event: event.ts)
    begin = min(event.ts for event in told if event.ts > START - HOUR) // SECOND * SECOND
    ticks = range(begin, told[-1].ts + 20 * MINUTE, SECOND)
    both = [*told, *(ClockTicked(id=str(ts), ts=ts) for ts in ticks)]
    both.sort(key=lambda event: event.ts)
    return [encode(event) for event in both]


def log(rooms: int) -> list[bytes]:
    """Busy rooms' `session-events` of one partition."""
    return with_ticks(event for room in range(rooms) for event in story(room))


def replayed(told: Iterable[SessionEvent]) -> str:
    """Events a second of CPU time in a replay of all of it."""
    events = list(told)
    records, known = with_ticks(events), rules.load()
    begun = time.process_time()
    for _ in replay(records, known):
        pass
    return rate(len(events), time.process_time() - begun)


def idle(rooms: int) -> float:
    """Seconds of one tick while so many sessions are open and nothing is due."""
    monitor = Monitor(0, rules.load(), boards=False)
    monitor.apply(ClockTicked(id="0", ts=START - HOUR), 0)
    for offset in range(rooms):
        monitor.apply(scheduled(offset, START + HOUR), offset + 1)
    now, offset = START, rooms + 1
    monitor.apply(ClockTicked(id="1", ts=now), offset)
    longest = 0.0
    for second in range(1, 60):
        offset += 1
        tick = ClockTicked(id=f"t{second}", ts=now + second * SECOND)
        begun = time.perf_counter()
        monitor.apply(tick, offset)
        longest = max(longest, time.perf_counter() - begun)
    return longest


def sizes() -> tuple[float, float]:
    """Bytes in memory, and bytes stored, of one room after two and a half hours; what is held once
    whatever the number of rooms was made before."""
    held(1)
    used, stored = held(20)
    return used / 20, stored


def held(number: int) -> tuple[int, int]:
    """Bytes in memory of so many rooms, and the most bytes stored of one."""
    known = rules.load()
    until = START + LENGTH - 30 * MINUTE
    ticks = range(START - 10 * MINUTE, until, 5 * SECOND)
    told: list[SessionEvent] = [ClockTicked(id=str(ts), ts=ts) for ts in ticks]
    told += [event for room in range(number) for event in story(room) if event.ts <= ticks[-1]]
    lines = [encode(event) for event in sorted(told, key=lambda event: event.ts)]
    del told
    reader = Reader()
    tracemalloc.start()
    monitor = Monitor(0, known, boards=False)
    before = tracemalloc.get_traced_memory()[0]
    for offset, line in enumerate(lines):
        monitor.apply(reader.decode(line), offset)
    gc.collect()  # what the interpreter keeps for tuples and floats to come is of no room
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return used, max(len(monitor.stored(f"session-{room}")) for room in range(number))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sessions", description=__doc__)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--open", type=int, default=10_000)
    asked = parser.parse_args(argv)
    memory, stored = sizes()
    rooms = range(asked.rooms)
    show(
        "The session core",
        ("what", "figure"),
        [
            (
                f"events a second, {asked.rooms} busy rooms",
                replayed(event for room in rooms for event in story(room)),
            ),
            (
                f"events a second, {asked.rooms} restless rooms",
                replayed(event for room in rooms for event in restless(room)),
            ),
            (
                "events a second, a restless room of 200",
                replayed(restless(0, people=200, length=HOUR // 2)),
            ),
            ("events a second, a simulated day", replayed(simulated())),
            (f"longest tick, {asked.open:,} open, nothing due", f"{idle(asked.open) * 1e3:.2f} ms"),
            ("memory of a busy room", f"{memory / 1024:.1f} KiB"),
            ("stored state of a busy room, at most", f"{stored / 1024:.1f} KiB"),
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
