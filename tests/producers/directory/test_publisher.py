"""The outbox on a real broker: in order, kept until acknowledged, doubled only by id."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from privacy.pseudonyms import Pseudonyms
from producers.directory import publisher
from producers.directory.announcing import announce
from producers.directory.publisher import DirectorySettings, drain, publish, run, send
from producers.directory.store import Directory
from producers.directory.tables import OUTBOX
from sessionwatch.broker import EmbeddedBroker
from streams.kafka import (
    KafkaSettings,
    consumer,
    create_topics,
    partition_of,
    producer,
    wait_for_broker,
)
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS
from tests.producers.directory.conftest import KEY, NOON, Files
from tests.producers.directory.hours import at
from tests.producers.directory.test_importing import evening

pytestmark = pytest.mark.slow  # a real broker

EVENING = Pseudonyms(KEY).session("evening-2026-11-24", at("2026-11-24 18:00"))


async def read(kafka: KafkaSettings, count: int) -> list[Any]:
    """So many records of both topics."""
    found: list[Any] = []
    async with consumer(kafka, SESSION_EVENTS, PARTICIPANT_EVENTS) as reader:
        async with asyncio.timeout(30):
            while len(found) < count:
                batches = await reader.getmany(timeout_ms=200)
                found += [record for batch in batches.values() for record in batch]
    return found


async def waiting(directory: Directory) -> int:
    async with directory.reading() as connection:
        counted = await connection.execute(select(func.count()).select_from(OUTBOX))
        return int(counted.scalar_one())


async def emptied(directory: Directory) -> None:
    async with asyncio.timeout(30):
        while await waiting(directory):
            await asyncio.sleep(0.05)


def ids(records: list[Any]) -> list[str]:
    return [msgspec.json.decode(record.value)["id"] for record in records]


async def test_the_schedule_reaches_the_log_by_its_key(imported: Files, kafka: KafkaSettings):
    publishing = asyncio.create_task(publish(imported.directory, kafka, NOON))
    records = await read(kafka, 15)
    await emptied(imported.directory)
    publishing.cancel()
    types = Counter(msgspec.json.decode(record.value)["type"] for record in records)
    assert types == {"enrolment.changed": 5, "session.scheduled": 1, "session.expected": 9}
    for record in records:
        assert record.partition == partition_of(record.key.decode(), kafka.partitions)
        event = msgspec.json.decode(record.value)
        own = "session_id" if record.topic.endswith("session-events") else "participant_id"
        assert record.key.decode() == event[own]
    assert not any(b"Rivera" in record.value or b"p-1042" in record.value for record in records)


async def test_a_crash_between_writing_and_forgetting_doubles_ids_and_loses_nothing(
    imported: Files, kafka: KafkaSettings
):
    await announce(imported.directory, NOON.now())
    held = await waiting(imported.directory)
    async with producer(kafka) as writer:
        assert len(await send(imported.directory, writer, kafka)) == held
    # the process ends here: what was acknowledged is still in the outbox
    assert await waiting(imported.directory) == held
    await announce(imported.directory, NOON.now())  # and nothing is announced anew
    async with producer(kafka) as writer:
        assert await drain(imported.directory, writer, kafka) == held
        assert await drain(imported.directory, writer, kafka) == 0
    records = await read(kafka, 2 * held)
    assert set(Counter(ids(records)).values()) == {2}
    assert len({(record.key, record.value) for record in records}) == held


async def test_changes_of_one_session_keep_their_order(quick: Files, kafka: KafkaSettings):
    publishing = asyncio.create_task(publish(quick.directory, kafka, NOON))
    for minute in range(1, 6):
        await quick.take(evening(start=f"2026-11-24 18:0{minute}"))
        await asyncio.sleep(0)
    async with asyncio.timeout(30):
        starts: list[int] = []
        while not starts or starts[-1] != at("2026-11-24 18:05"):
            records = await read(kafka, 1)
            starts = [
                msgspec.json.decode(record.value)["starts_at"]
                for record in records
                if record.key == EVENING.encode()
            ]
            await asyncio.sleep(0.05)
    publishing.cancel()
    assert starts == sorted(starts)


async def test_a_broker_that_is_away_is_waited_for(
    quick: Files, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(publisher, "RETRY_SECONDS", 0.05)
    broker = EmbeddedBroker()
    kafka = KafkaSettings(bootstrap=broker.bootstrap, partitions=2)
    publishing = asyncio.create_task(publish(quick.directory, kafka, NOON))
    async with asyncio.timeout(30):
        while "will try again" not in caplog.text:
            await asyncio.sleep(0.05)
    with broker:
        await wait_for_broker(kafka)
        await create_topics(kafka)
        await emptied(quick.directory)
        publishing.cancel()
        assert len(set(ids(await read(kafka, 15)))) == 15


async def test_the_part_opens_what_its_settings_say(
    quick: Files, kafka: KafkaSettings, tmp_path: Path
):
    settings = DirectorySettings(url=f"sqlite+aiosqlite:///{tmp_path}/small.db")
    running = asyncio.create_task(run(settings, kafka=kafka, clock=NOON, key=KEY))
    assert EVENING.encode() in {record.key for record in await read(kafka, 15)}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
