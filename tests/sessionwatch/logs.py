"""Simulated days as a log: what the platforms tell, every page's samples, and ticks."""

from functools import cache

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.simulator.day import make
from producers.simulator.measuring import beacons, by_time
from producers.simulator.timeline import happenings
from streams.codec import encode
from streams.events import SECOND, ClockTicked, SampleBatch
from streams.topics import DAY_MS

START = 1_795_536_000_000
TICK = 5 * SECOND


@cache
def simulated(seed: int = 1, days_later: int = 0, ticks: bool = True) -> tuple[bytes, ...]:
    """A day of fourteen rooms."""
    day = make("day", seed, START + days_later * DAY_MS)
    names = Pseudonyms(MasterKey(seed.to_bytes(32, "big")))
    told = [(one.due, encode(one.event)) for one in happenings(day, names)]
    sent = beacons(day, names, TICK)
    told += [(due, encode(SampleBatch(samples))) for due, samples in by_time(sent)]
    if ticks:
        first, last = min(told)[0] // TICK, max(told)[0] // TICK
        instants = range(first * TICK, (last + 2) * TICK, TICK)
        told += [(ts, encode(ClockTicked(id=f"t{ts // SECOND}", ts=ts))) for ts in instants]
    return tuple(line for _, line in sorted(told, key=lambda one: one[0]))
