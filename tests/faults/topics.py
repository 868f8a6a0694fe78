"""Writing a load to its topics, and reading what came of it."""

import asyncio
import contextlib
import time

from streams import codec
from streams.events import ClockTicked, Signal
from streams.kafka import consumer, partition_of, producer
from streams.quality.monitor import QualityMonitor
from streams.rules import load as load_rules
from streams.session.monitor import Monitor
from streams.topics import (
    CONNECTION_QUALITY,
    PARTICIPANT_EVENTS,
    SESSION_EVENTS,
    SIGNALS,
)

PACE = 0.012
"""Seconds between two records, so that a kill falls in the middle."""


async def write(kafka, events, pace=PACE, to=SESSION_EVENTS):
    """Events to their session's (or person's) partition, ticks to all, in this order."""
    sender = producer(kafka, linger_ms=0)
    await sender.start()
    topic, named = kafka.topic(to), to.key
    try:
        for event in events:
            if isinstance(event, bytes | None):
                await sender.send(topic, value=event, key=b"group0")
            elif isinstance(event, ClockTicked):
                for partition in range(kafka.partitions):
                    await sender.send(topic, value=codec.encode(event), partition=partition)
            else:
                key = getattr(event, named).encode()
                await sender.send(topic, value=codec.encode(event), key=key)
            await asyncio.sleep(pace)
    finally:
        await sender.stop()


async def write_batches(kafka, rounds, pace=PACE):
    sender = producer(kafka, linger_ms=0)
    await sender.start()
    try:
        for batches in rounds:
            for batch in batches:
                where = partition_of(batch.samples[0].session_id, kafka.partitions)
                await sender.send(
                    kafka.topic(CONNECTION_QUALITY), value=codec.encode(batch), partition=where
                )
            await asyncio.sleep(pace)
    finally:
        await sender.stop()


async def read(kafka, topic):
    """Every record that the topic has now, partition by partition, in offset order."""
    reader = consumer(kafka, topic)
    await reader.start()
    records = []
    try:
        ends = await reader.end_offsets(reader.assignment())
        while any([await reader.position(place) < end for place, end in ends.items()]):
            for of_one in (await reader.getmany(timeout_ms=200)).values():
                records += of_one
    finally:
        await reader.stop()
    return sorted(records, key=lambda record: (record.partition, record.offset))


async def told(kafka):
    """What the session monitor wrote: signals, and outcomes."""
    signals = [codec.signals.decode(record.value) for record in await read(kafka, SIGNALS)]
    outcomes = [
        codec.participant_events.decode(record.value)
        for record in await read(kafka, PARTICIPANT_EVENTS)
    ]
    return _facts(signals, outcomes)


async def expected(kafka):
    """The same of an undisturbed run: the core in this process, over the log read back."""
    log = []
    for record in await read(kafka, SESSION_EVENTS):
        with contextlib.suppress(codec.Unreadable):
            event = codec.session_events.decode(record.value)
            log.append((record.partition, record.offset, event))
    return _undisturbed(kafka.partitions, log)


def expected_of(events, partitions):
    """The same of these events, written in this order."""
    log = []
    for offset, event in enumerate(events):
        if isinstance(event, ClockTicked):
            log += [(partition, offset, event) for partition in range(partitions)]
        else:
            log.append((partition_of(event.session_id, partitions), offset, event))
    return _undisturbed(partitions, log)


def _undisturbed(partitions, log):
    rules = load_rules()
    rooms = {partition: Monitor(partition, rules) for partition in range(partitions)}
    steps = [rooms[partition].apply(event, offset) for partition, offset, event in log]
    return _facts(
        [signal for step in steps for signal in step.signals],
        [outcome for step in steps for outcome in step.attended],
    )


def _facts(signals, outcomes):
    return {
        (signal.rule, signal.alert_id, signal.status)
        for signal in signals
        if isinstance(signal, Signal)
    } | {("session.attended", outcome.id, outcome.outcome) for outcome in outcomes}


async def changes_told(kafka):
    """[id] of what the quality reducer wrote, doubles included."""
    records = await read(kafka, SESSION_EVENTS)
    return [codec.session_events.decode(record.value).id for record in records]


async def changes_expected(kafka):
    cores = {n: QualityMonitor() for n in range(kafka.partitions)}
    return [
        change.id
        for record in await read(kafka, CONNECTION_QUALITY)
        for change in cores[record.partition].apply(codec.samples.decode(record.value))
    ]


async def eventually(ask, enough, seconds=100):
    """Asks until the answer is enough; returns the last answer."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await ask()
        if enough(answer) or time.monotonic() > deadline:
            return answer
        await asyncio.sleep(0.3)
