"""Samples a second of the quality reducer and events a second of the session monitor.

Each as the core alone and as the worker behind a broker, with the rate at which this machine's
client merely reads the same records (aiokafka, `getmany`, nothing decoded) beside it.

`python -m benchmarks.streams [--samples N] [--bootstrap HOST:PORT]`; without a broker of its
own it starts the embedded one.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks import load
from benchmarks.table import rate, show
from sessionwatch.broker import EmbeddedBroker
from streams import rules
from streams.codec import samples as samples_codec
from streams.codec import session_events
from streams.kafka import KafkaSettings, consumer, create_topics, producer, wait_for_broker
from streams.quality.monitor import QualityMonitor
from streams.session.monitor import Monitor
from streams.topics import CONNECTION_QUALITY, SESSION_EVENTS, Topic

PATIENCE = 180
"""Seconds after which a worker that has not read everything is given up."""


def quality_core(records: Sequence[bytes]) -> float:
    """Seconds for decoding and scoring all of it."""
    monitor = QualityMonitor()
    begun = time.perf_counter()
    for record in records:
        monitor.apply(samples_codec.decode(record))
    return time.perf_counter() - begun


def session_core(records: Sequence[bytes]) -> float:
    """Seconds for decoding and applying all of it, without storing the states."""
    monitor = Monitor(0, rules.load())
    begun = time.perf_counter()
    for offset, record in enumerate(records):
        monitor.apply(session_events.decode(record), offset)
    return time.perf_counter() - begun


async def fill(kafka: KafkaSettings, topic: Topic, records: Sequence[bytes]) -> None:
    """All of the records into partition 0, in their order."""
    client = producer(kafka, linger_ms=20, max_batch_size=256 * 1024)
    await client.start()
    try:
        sent = [
            await client.send(kafka.topic(topic), record, partition=0, key=b"k")
            for record in records
        ]
        await asyncio.gather(*sent)
    finally:
        await client.stop()


async def raw(kafka: KafkaSettings, topic: Topic, count: int) -> float:
    """Seconds in which the client alone reads so many records."""
    reader = consumer(kafka, topic)
    await reader.start()
    try:
        seen, begun = 0, time.perf_counter()
        while seen < count:
            got = await reader.getmany(timeout_ms=1_000)
            seen += sum(map(len, got.values()))
        return time.perf_counter() - begun
    finally:
        await reader.stop()


def worker(part: str, kafka: KafkaSettings, count: int) -> float:
    """Seconds from the first record that the worker has read to the last; scaled to all."""
    words = [sys.executable, "-m", "benchmarks.child", part, kafka.bootstrap, kafka.prefix]
    with subprocess.Popen(
        [*words, str(kafka.partitions)], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            first = at = (0.0, 0)
            for at in _counts(child):
                if at[1] and not first[1]:
                    first = at
                if at[1] >= count:
                    break
            if at[1] < count:
                raise RuntimeError(f"the {part} worker read {at[1]} of {count} records")
        finally:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)
            child.kill()
    if first == at:  # everything within a tenth of a second
        return 0.1
    return (at[0] - first[0]) * count / (count - first[1])


def _counts(child: "subprocess.Popen[str]") -> Iterator[tuple[float, int]]:
    assert child.stdout is not None
    until = time.time() + PATIENCE
    for line in child.stdout:
        words = line.split()
        if len(words) == 2 and words[1].isdigit():
            yield float(words[0]), int(words[1])
        if time.time() > until:
            return


def measured(bootstrap: str, samples: int) -> Iterator[tuple[str, str, str, str]]:
    """Rows of the table."""
    kafka = KafkaSettings(
        bootstrap=bootstrap,
        prefix=f"bench{time.time_ns()}.",
        partitions=1,
        session_timeout_ms=2_000,
    )
    asyncio.run(_ready(kafka))
    parts: list[tuple[str, str, Topic, list[bytes], int, Callable[[Sequence[bytes]], float]]] = [
        (
            "quality",
            "samples",
            CONNECTION_QUALITY,
            list(load.batches(samples)),
            load.BATCH,
            quality_core,
        ),
        ("session", "events", SESSION_EVENTS, list(load.stories()), 1, session_core),
    ]
    for part, unit, topic, records, each, core in parts:
        count = len(records) * each
        yield (f"{part}: core", f"{count:,}", rate(count, core(records)), unit)
        asyncio.run(fill(kafka, topic, records))
        seconds = asyncio.run(raw(kafka, topic, len(records)))
        yield (f"{part}: client alone", f"{count:,}", rate(count, seconds), unit)
        seconds = worker(part, kafka, len(records))
        yield (f"{part}: worker", f"{count:,}", rate(count, seconds), unit)


async def _ready(kafka: KafkaSettings) -> None:
    await wait_for_broker(kafka)
    await create_topics(kafka)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--bootstrap", default="", help="a broker that runs already")
    asked = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        bootstrap = asked.bootstrap or stack.enter_context(EmbeddedBroker()).bootstrap
        rows = list(measured(bootstrap, asked.samples))
    show("Streams", ("what", "of", "a second", "unit"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
