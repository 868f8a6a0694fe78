"""A carrier fails: from the rooms' counts over the incident to what a page shows, and back."""

import asyncio
import contextlib

import pytest

from alerts import worker as alerts
from alerts.store.store import Store
from consumers.console.conversation import Conversation, Resume
from consumers.console.feed import Feed
from privacy.access import Viewer
from streams import codec
from streams.codec import encode
from streams.events import AlertChanged, IncidentClosed, IncidentOpened, PresenceCounted
from streams.incidents import worker as incidents
from streams.kafka import KafkaSettings, consumer, producer
from streams.now import Clock
from streams.topics import ALERT_FEED, SESSION_EVENTS, SIGNALS
from tests.streams.incidents.rooms import alert, clinic, counted, instant, on

pytestmark = pytest.mark.slow
DEADLINE = 60
CLINIC = clinic()
ACME = sorted(on(CLINIC, "carrier", "acme"))
TECH = Viewer("u1", "tess", "Tess", frozenset({"tech"}), frozenset({"*"}))
WALL = Clock()


class Page:
    """What a page of tech support shows of the feed."""

    def __init__(self) -> None:
        self.feed = Feed(1)
        self.records = 0

    async def reads(self, kafka: KafkaSettings) -> None:
        reader = consumer(kafka, ALERT_FEED)
        await reader.start()
        try:
            async for record in reader:
                self.feed.hear(codec.feed.decode(record.value))
                self.records += 1
        finally:
            await reader.stop()

    def shows(self) -> dict[str, str | None]:
        """By alert, what explains it; only those that are not over."""
        conversation = Conversation(TECH, self.feed, lambda _: None, lambda: instant(0))
        [start] = conversation.answer(Resume())
        return {one.alert_id: one.explained_by for one in start.alerts if one.state == "open"}

    async def until(self, done) -> dict[str, str | None]:
        async with asyncio.timeout(DEADLINE):
            while not done(self.shows()):
                await asyncio.sleep(0.05)
        return self.shows()


async def write(kafka: KafkaSettings, records) -> None:
    writer = producer(kafka)
    await writer.start()
    try:
        for one in records:
            is_count = isinstance(one, PresenceCounted)
            await writer.send_and_wait(
                kafka.topic(SIGNALS),
                value=encode(one),
                key=None if is_count else one.alert_id.encode(),
                partition=one.partition if is_count else None,
            )
    finally:
        await writer.stop()


@contextlib.asynccontextmanager
async def together(*works):
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def rooms(kafka: KafkaSettings, count: int) -> list[IncidentOpened | IncidentClosed]:
    reader = consumer(kafka, SESSION_EVENTS)
    await reader.start()
    try:
        async with asyncio.timeout(DEADLINE):
            return [
                codec.session_events.decode((await reader.getone()).value) for _ in range(count)
            ]
    finally:
        await reader.stop()


async def test_one_line_in_place_of_many_until_it_is_over(kafka: KafkaSettings, key, tmp_path):
    clock = Clock(start=instant(60), wall_at_start=WALL.now())
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path}/alerts.db")
    page = Page()
    drops = [alert(n, CLINIC, 50) for n in ACME[:3]]
    other = alert(1, CLINIC, 50)  # on another carrier: its own trouble
    partitions = kafka.partitions

    def counts(seconds, affected):
        return [r for t in seconds for r in counted(t, CLINIC, affected, partitions)]

    works = (
        incidents.run(incidents.IncidentsSettings(), kafka=kafka, clock=clock),
        alerts.run(alerts.AlertsSettings(), kafka=kafka, clock=clock, key=key, store=store),
        page.reads(kafka),
    )
    async with together(*works):
        await write(kafka, [*drops, other])
        await page.until(lambda shown: len(shown) == 4)  # shown at once, whatever comes
        await write(kafka, counts(range(60, 90, 10), set(ACME)))
        shown = await page.until(lambda shown: sum(map(bool, shown.values())) == 3)
        [incident] = shown.keys() - {one.alert_id for one in (*drops, other)}
        assert shown == {
            incident: None,
            other.alert_id: None,
            **dict.fromkeys([one.alert_id for one in drops], incident),
        }
        await write(kafka, [alert(n, CLINIC, 80) for n in ACME[3:5]])  # named at the next count
        await write(kafka, counts(range(90, 250, 10), set()))
        await page.until(lambda shown: incident not in shown)
        back = await page.until(lambda shown: not any(shown.values()))
        assert len(back) == 6
        touched = {f"room-{CLINIC[n].room}" for n in ACME[:5]}
        told = await rooms(kafka, 2 * len(touched))
    await store.close()
    assert {event.session_id for event in told} == touched
    assert {event.ts for event in told if isinstance(event, IncidentOpened)} == {instant(60)}
    assert {event.alert_id for event in told} == {incident}
    assert isinstance(page.feed.alerts[incident], AlertChanged)
