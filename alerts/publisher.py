"""From the store's outbox to Kafka: in order, at least once, every record with its number."""

import asyncio
import contextlib
import logging
import time

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from alerts.store.outbox import Queued
from alerts.store.store import Store
from privacy.accounts import Accounts
from streams import kafka
from streams.kafka import KafkaSettings
from streams.metrics import EVENTS_WRITTEN, OUTBOX_DEPTH, OUTBOX_OLDEST
from streams.now import Clock
from streams.topics import ALERT_FEED, PARTICIPANT_EVENTS

LOOK_SECONDS = 0.25
"""How often to look for what another process queued."""
RETRY_SECONDS = 1.0
DUTY_SECONDS = 1.0
DUTY_AGAIN_SECONDS = 30.0
"""So often it is said though nothing changed: who hears no more of it knows nothing of it."""
TOPICS = {topic.name: topic for topic in (ALERT_FEED, PARTICIPANT_EVENTS)}

log = logging.getLogger(__name__)


async def publish(
    store: Store, settings: KafkaSettings, clock: Clock, leads: asyncio.Event
) -> None:
    """Until cancelled; only while `leads` is set, so that two workers never race."""
    producer = kafka.producer(settings)
    await producer.start()
    try:
        while True:
            await leads.wait()
            queued, depth = await store.pending(clock.now())
            OUTBOX_DEPTH.labels(store="alerts").set(depth)
            OUTBOX_OLDEST.labels(store="alerts").set(_age(queued, clock))
            if queued:
                await _send(store, producer, settings, queued)
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(store.filled.wait(), LOOK_SECONDS)
    finally:
        await producer.stop()


async def _send(
    store: Store, producer: AIOKafkaProducer, settings: KafkaSettings, queued: list[Queued]
) -> None:
    try:
        sent = [
            await producer.send(
                settings.topic(TOPICS[one.topic]), value=one.value, key=one.key.encode()
            )
            for one in queued
        ]
        await asyncio.gather(*sent)
    except KafkaError:
        log.warning("alerts: the broker did not take %d records; trying again", len(queued))
        await asyncio.sleep(RETRY_SECONDS)
        return
    await store.published([one.number for one in queued])
    for one in queued:
        EVENTS_WRITTEN.labels(part="alerts", topic=one.topic).inc()


def _age(queued: list[Queued], clock: Clock) -> float:
    """Seconds that the oldest has been due."""
    if not queued:
        return 0.0
    return max(0.0, clock.seconds((clock.now() - queued[0].due_at) / 1000))


async def publish_duty(
    store: Store, accounts: Accounts, clock: Clock, leads: asyncio.Event
) -> None:
    """Tells the feed how many people are on duty in each program, at each change and again."""
    said: dict[str, int] | None = None
    said_at = time.monotonic()
    while True:
        await leads.wait()
        counts = await accounts.duty_counts()
        again = time.monotonic() - said_at >= DUTY_AGAIN_SECONDS
        if again or counts != said:
            await store.say_duty(counts, clock.now(), again=again)
            said = counts
        if again:
            said_at = time.monotonic()
        await asyncio.sleep(DUTY_SECONDS)
