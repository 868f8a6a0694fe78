"""The alert service: signals in, the alert feed out.

A batch is one database transaction with its offsets; only then is it committed to Kafka, so a
crash anywhere repeats work and changes nothing. What the transaction queued is sent by
`publish`, from the one worker that holds partition 0, in the order of commits.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from alerts import shadow as shadow_mode
from alerts.budget import OUTREACH, Audiences
from alerts.publisher import publish, publish_duty
from alerts.settings import AlertsSettings
from alerts.store.store import Store, Taken
from privacy.accounts import Accounts
from privacy.sealing import MasterKey, Seal
from streams import codec, kafka
from streams.codec import UnknownType, Unreadable
from streams.dead_letters import DeadLetters
from streams.events import PresenceCounted, Signal
from streams.kafka import KafkaSettings
from streams.metrics import (
    ALERT_DELAY,
    EVENTS_READ,
    LAST_PROGRESS,
    PARTITIONS_ASSIGNED,
    REBALANCES,
    RULES,
    SHADOW_SIGNALS,
    TRIAL_SIGNALS,
    UNKNOWN_TYPES,
)
from streams.now import Clock
from streams.topics import SIGNALS
from streams.watching import Watching, watched

PART = "alerts"
RELEASE_SECONDS = 1.0
"""How often to look for what has been held back too long, and for what is due."""
AUDIENCES_SECONDS = 30.0
log = logging.getLogger(__name__)


async def run(
    settings: AlertsSettings,
    *,
    kafka: KafkaSettings,
    clock: Clock,
    key: MasterKey,
    store: Store | None = None,
    accounts: Accounts | None = None,
    shadow: bool = False,
) -> None:
    """Runs until cancelled. Opens `settings.database` unless a store is given; with `accounts`
    it also tells the feed how many people are on duty, and knows who shares a noise budget; in
    `shadow` it tells nobody but of what people say themselves."""
    opened = store or await Store.open(settings.database)
    opened.shadow = shadow
    try:
        await opened.forget_ids(clock.now())
        if not shadow:
            await opened.leave_shadow(clock.now())
        if accounts:
            await _share_budgets(opened, accounts)
        async with asyncio.TaskGroup() as tasks:
            reader = Reader(settings, kafka, clock, key, opened)
            tasks.create_task(reader.run())
            tasks.create_task(publish(opened, kafka, clock, reader.leads))
            tasks.create_task(_release(opened, clock, reader.leads))
            if accounts:
                tasks.create_task(_keep_audiences(opened, accounts))
                tasks.create_task(publish_duty(opened, accounts, clock, reader.leads))
    finally:
        if store is None:
            await opened.close()


async def _release(store: Store, clock: Clock, leads: asyncio.Event) -> None:
    """Until cancelled: shows again what has been held back for as long as may be, tells outreach
    of what is due, and more people of a call for help that nobody takes."""
    while True:
        await leads.wait()
        await store.release(clock.now())
        await asyncio.sleep(RELEASE_SECONDS)


async def _keep_audiences(store: Store, accounts: Accounts) -> None:
    """Until cancelled: who is on outreach may change."""
    while True:
        await asyncio.sleep(AUDIENCES_SECONDS)
        await _share_budgets(store, accounts)


async def _share_budgets(store: Store, accounts: Accounts) -> None:
    store.audiences = Audiences(await accounts.covered(OUTREACH))


class Reader(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Reads `signals` into the store, from where the store says."""

    def __init__(
        self,
        settings: AlertsSettings,
        kafka_settings: KafkaSettings,
        clock: Clock,
        key: MasterKey,
        store: Store,
    ) -> None:
        self._settings = settings
        self._kafka = kafka_settings
        self._clock = clock
        self._store = store
        self._seal = Seal(key.derive("dead-letters/v1")).close
        self._topic = kafka_settings.topic(SIGNALS)
        self._consumer: AIOKafkaConsumer
        self.leads = asyncio.Event()
        """Set while this worker holds partition 0."""

    async def run(self) -> None:
        self._consumer = kafka.consumer(self._kafka, group=PART)
        producer = kafka.producer(self._kafka)
        await producer.start()
        letters = DeadLetters(
            PART, producer, self._kafka, self._seal, self._settings.dead_letters_a_minute
        )
        try:
            await self._consumer.start()
            self._consumer.subscribe([self._topic], listener=self)
            async with watched(PART, self._settings.stalled_seconds, self._consumer) as watching:
                while True:
                    await self._step(letters, watching)
        finally:
            await self._consumer.stop()
            await producer.stop()

    async def _step(self, letters: DeadLetters, watching: Watching) -> None:
        read = await self._consumer.getmany(timeout_ms=200, max_records=self._settings.batch)
        records = [record for part in read.values() for record in part]
        if not records:
            return
        watching.in_hand = True
        batch = [await self._taken(record, letters) for record in records]
        signals = await self._store.take(batch, self._clock.now())
        self._count(records, signals)
        try:
            await self._consumer.commit(
                {place: part[-1].offset + 1 for place, part in read.items() if part}
            )
        except KafkaError:  # the store's offsets count; after a rebalance others commit
            log.info("alerts: a commit was refused; the store knows better")
        watching.in_hand = False
        watching.progress()

    async def _taken(self, record: ConsumerRecord, letters: DeadLetters) -> Taken:
        signal: Signal | None = None
        try:
            signal = self._to_keep(codec.signals.decode(record.value))
        except UnknownType:
            UNKNOWN_TYPES.labels(part=PART).inc()
        except Unreadable as error:
            origin = f"{record.topic}/{record.partition}/{record.offset}"
            await letters.put(origin, record.value, error.reason, record.key or b"")
        return Taken(record.topic, record.partition, record.offset, signal)

    def _to_keep(self, heard: Signal | PresenceCounted) -> Signal | None:
        if isinstance(heard, PresenceCounted):
            return None
        if heard.trial:
            TRIAL_SIGNALS.labels(rule=_rule(heard)).inc()
            return None
        if self._store.shadow and not shadow_mode.is_told(heard.rule):
            SHADOW_SIGNALS.labels(rule=_rule(heard)).inc()
        return heard

    def _count(self, records: Sequence[ConsumerRecord], signals: Iterable[Signal]) -> None:
        EVENTS_READ.labels(part=PART, topic=SIGNALS.name).inc(len(records))
        LAST_PROGRESS.labels(part=PART).set_to_current_time()
        now = self._clock.now()
        for signal in signals:
            if signal.status == "raised" and not _about_weeks(signal):
                delay = self._clock.seconds((now - signal.ts) / 1000)
                ALERT_DELAY.labels(rule=_rule(signal)).observe(max(0.0, delay))

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self.leads.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        REBALANCES.labels(part=PART).inc()
        PARTITIONS_ASSIGNED.labels(part=PART).set(len(assigned))
        stored = await self._store.offsets(self._topic)
        ends = await self._consumer.end_offsets(list(assigned)) if assigned else {}
        for place in assigned:
            start = stored.get(place.partition, 0)
            if start > ends[place]:
                # The log was made anew (a broker that keeps nothing): what it holds is unread.
                log.warning("alerts: partition %d is shorter than was read", place.partition)
                await self._store.start_over(self._topic, place.partition)
                start = 0
            if start:
                self._consumer.seek(place, start)
            else:
                await self._consumer.seek_to_beginning(place)
        if any(place.partition == 0 for place in assigned):
            self.leads.set()


def _rule(signal: Signal) -> str:
    """A label of a closed set: a newer detector's rule is counted as other."""
    return signal.rule if signal.rule in RULES else "other"


def _about_weeks(signal: Signal) -> bool:
    """Of a person and no session: it speaks of a session's end and is told after its closing."""
    return signal.participant_id is not None and signal.session_id is None
