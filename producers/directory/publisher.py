"""Puts the outbox on the log, and the schedule into the outbox: the part `schedule`.

A row leaves the outbox only after all replicas hold its record; a crash in between writes the
record again with the same id and `ts`, which has the effect of once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from msgspec import Struct
from sqlalchemy import Row, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from privacy.database import unbroken
from privacy.sealing import MasterKey
from producers.directory.announcing import announce
from producers.directory.store import Directory
from producers.directory.tables import OUTBOX
from streams.events import SECOND
from streams.kafka import KafkaSettings, producer
from streams.metrics import EVENTS_WRITTEN, LAST_PROGRESS, OUTBOX_DEPTH, OUTBOX_OLDEST
from streams.now import WALL, Clock
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS

TOPICS = {topic.name: topic for topic in (SESSION_EVENTS, PARTICIPANT_EVENTS)}
PART = "schedule"
BATCH = 500
POLL_SECONDS = 0.2
RETRY_SECONDS = 2.0

log = logging.getLogger(__name__)


class DirectorySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`url` as SQLAlchemy has it: `sqlite+aiosqlite:///...` or `postgresql+asyncpg://...`."""

    url: str = "sqlite+aiosqlite:///var/directory.db"


async def run(
    settings: DirectorySettings, *, kafka: KafkaSettings, clock: Clock, key: MasterKey
) -> None:
    """Publishes from the directory at `settings.url` until cancelled."""
    directory = await Directory.open(settings.url, key)
    try:
        await publish(directory, kafka, clock)
    finally:
        await directory.close()


async def publish(directory: Directory, kafka: KafkaSettings, clock: Clock) -> None:
    """Publishes until cancelled; what fails is tried again, in the same order."""
    while True:
        writer = producer(kafka)
        try:
            await writer.start()
            while True:
                await _step(directory, writer, kafka, clock)
        except (KafkaError, SQLAlchemyError) as error:
            log.warning("not published, will try again: %s", type(error).__name__)
        finally:
            await writer.stop()
        await asyncio.sleep(RETRY_SECONDS)


async def _step(
    directory: Directory, writer: AIOKafkaProducer, kafka: KafkaSettings, clock: Clock
) -> None:
    said = await unbroken(announce(directory, clock.now()))
    sent = await drain(directory, writer, kafka)
    await unbroken(_measure(directory))
    LAST_PROGRESS.labels(part=PART).set_to_current_time()
    if not (said or sent):
        await asyncio.sleep(POLL_SECONDS)


async def drain(directory: Directory, writer: AIOKafkaProducer, kafka: KafkaSettings) -> int:
    """Sends the oldest rows and, once all are acknowledged, deletes them; returns how many."""
    rows = await send(directory, writer, kafka)
    if rows:
        await unbroken(_forget(directory, rows))
    return len(rows)


async def send(directory: Directory, writer: AIOKafkaProducer, kafka: KafkaSettings) -> list[int]:
    """Writes the oldest rows of the outbox to Kafka; returns those acknowledged, all or none."""
    rows = await unbroken(_oldest(directory))
    acknowledged = [
        await writer.send(kafka.topic(TOPICS[row.topic]), row.value, key=row.key.encode())
        for row in rows
    ]
    await asyncio.gather(*acknowledged)
    for topic, written in Counter(row.topic for row in rows).items():
        EVENTS_WRITTEN.labels(part=PART, topic=topic).inc(written)
    return [row.seq for row in rows]


async def _oldest(directory: Directory) -> Sequence[Row[Any]]:
    async with directory.reading() as connection:
        return (await connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq).limit(BATCH))).all()


async def _forget(directory: Directory, rows: Sequence[int]) -> None:
    async with directory.writing() as connection:
        await connection.execute(delete(OUTBOX).where(OUTBOX.c.seq.in_(rows)))


async def _measure(directory: Directory) -> None:
    async with directory.reading() as connection:
        query = select(func.count(), func.min(OUTBOX.c.queued_at)).select_from(OUTBOX)
        waiting, oldest = (await connection.execute(query)).one()
    OUTBOX_DEPTH.labels(store="directory").set(waiting)
    age = (WALL.now() - oldest) / SECOND if oldest else 0
    OUTBOX_OLDEST.labels(store="directory").set(age)
