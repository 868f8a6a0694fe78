"""What the streams' benchmarks run over: samples of many people, and many rooms' stories."""

from collections.abc import Iterator
from random import Random

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.simulator.day import make
from producers.simulator.timeline import happenings
from streams.codec import encode
from streams.events import MINUTE, SECOND, ClockTicked, Sample, SampleBatch

START = 1_795_536_000_000
PEOPLE = 1_000
BATCH = 50
COPIES = 60
"""Days laid over one another: 840 rooms, 6,540 seats."""


def batches(samples: int) -> Iterator[bytes]:
    """`connection-quality` records: one sample of everybody every 5 s, 50 samples a record.

    One line in twenty is bad for minutes at a time, so that states change.
    """
    random = Random(1)  # noqa: S311 - a load, no secret
    made: list[Sample] = []
    for number in range(samples):
        person, turn = number % PEOPLE, number // PEOPLE
        bad = (person + turn // 24) % 20 == 0
        made.append(
            Sample(
                session_id=f"session-{person // 10}",
                participant_id=f"person-{person}",
                connection_id="page.0",
                ts=START + turn * 5 * SECOND,
                rtt_ms=random.uniform(350, 450) if bad else random.uniform(30, 60),
                jitter_ms=random.uniform(40, 60) if bad else random.uniform(2, 8),
                loss=0.06 if bad else 0.002,
                down_kbps=900,
                path="direct",
            )
        )
        if len(made) == BATCH:
            yield encode(SampleBatch(made))
            made = []


def stories() -> Iterator[bytes]:
    """`session-events` records of many rooms at once, a tick every second of their first hour."""
    told: dict[int, list[bytes]] = {}
    for copy in range(COPIES):
        day = make("day", copy, START)
        pseudonyms = Pseudonyms(MasterKey(copy.to_bytes(32, "big")))
        for item in happenings(day, pseudonyms):
            told.setdefault(item.due // SECOND, []).append(encode(item.event))
    until = (START + 60 * MINUTE) // SECOND
    first = (START - 60 * MINUTE) // SECOND
    for second in range(first, until):
        yield from told.get(second, ())
        if second >= (START - 10 * MINUTE) // SECOND:
            yield encode(ClockTicked(id=str(second), ts=second * SECOND))
