"""The alert service on a real broker: signals in, feed out, nothing lost, nothing twice."""

import asyncio
import contextlib
import time

import pytest

from alerts import publisher
from alerts.worker import AlertsSettings, run
from privacy.accounts import Accounts
from streams import codec, kafka
from streams.codec import encode
from streams.events import HOUR, DutyChanged, PresenceCounted
from streams.metrics import DEAD_LETTERS, SHADOW_SIGNALS, TRIAL_SIGNALS, UNKNOWN_TYPES
from streams.now import WALL
from streams.topics import ALERT_FEED, PARTICIPANT_EVENTS, SIGNALS
from streams.topics import DEAD_LETTERS as LETTERS
from tests.alerts.signals import cleared, raised

pytestmark = pytest.mark.slow
DEADLINE = 30


async def write(settings, *values):
    producer = kafka.producer(settings)
    await producer.start()
    try:
        for value in values:
            raw = value if isinstance(value, bytes) else encode(value)
            key = getattr(value, "alert_id", "none").encode()
            await producer.send_and_wait(settings.topic(SIGNALS), raw, key=key)
    finally:
        await producer.stop()


@contextlib.asynccontextmanager
async def reading(settings, topic):
    consumer = kafka.consumer(settings, topic)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def next_of(consumer, wanted):
    async with asyncio.timeout(DEADLINE):
        async for record in consumer:
            if wanted(record):
                return record


@contextlib.asynccontextmanager
async def running(settings, key, store, accounts=None, **how):
    work = asyncio.create_task(
        run(
            AlertsSettings(),
            kafka=settings,
            clock=WALL,
            key=key,
            store=store,
            accounts=accounts,
            **how,
        )
    )
    try:
        yield
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def eventually(look):
    async with asyncio.timeout(DEADLINE):
        while not await look():
            await asyncio.sleep(0.05)


async def test_signals_become_alerts_and_acts_reach_the_feed(kafka, key, sqlite_store):
    first, other = raised(person="ana"), raised("poor_connection", person="ben")
    await write(kafka, first, other, cleared(other, minute=20))
    async with reading(kafka, ALERT_FEED) as feed, running(kafka, key, sqlite_store):
        changes = {}

        def both(record):
            assert record.key.decode() == codec.feed.decode(record.value).signal.alert_id
            change = codec.feed.decode(record.value)
            changes[change.signal.alert_id] = change.state
            return changes == {first.alert_id: "open", other.alert_id: "resolved"}

        await next_of(feed, both)
        began = time.monotonic()
        await sqlite_store.act(first.alert_id, "acknowledge", "ana", WALL.now(), lambda _: True)
        await next_of(feed, lambda r: codec.feed.decode(r.value).state == "acknowledged")
        assert time.monotonic() - began < 5  # about 50 ms on an idle machine


async def test_what_cannot_be_read_is_kept_and_the_rest_goes_on(kafka, key, sqlite_store):
    def count():
        return (
            DEAD_LETTERS.labels(part="alerts", reason="not_json")._value.get(),
            UNKNOWN_TYPES.labels(part="alerts")._value.get(),
            TRIAL_SIGNALS.labels(rule="joined_late")._value.get(),
        )

    before = count()
    trial = raised("joined_late", trial=True)
    counted = PresenceCounted(ts=1, partition=0, rooms=1, people=2, by={})
    await write(kafka, b"{nonsense", b'{"type":"of.tomorrow"}', trial, counted, raised())
    async with running(kafka, key, sqlite_store), reading(kafka, LETTERS) as letters:

        async def taken():
            return len(await sqlite_store.listed()) == 1

        await eventually(taken)
        letter = await next_of(letters, lambda _: True)
        assert b"nonsense" not in letter.value
        await eventually(lambda: _all_read(sqlite_store, kafka, 5))
    # Once each, or again where the group formed anew before the store had them.
    assert all(after > was for after, was in zip(count(), before, strict=True))
    assert [one.alert.signal.rule for one in await sqlite_store.listed()] == ["missed_session"]


async def _all_read(store, settings, records):
    return sum((await store.offsets(settings.topic(SIGNALS))).values()) == records


async def test_after_a_life_in_shadow_the_next_one_tells_what_still_stands(
    kafka, key, sqlite_store
):
    hidden = SHADOW_SIGNALS.labels(rule="poor_connection")._value.get()
    open_ended = {"starts_at": None, "ends_at": None}
    call = raised("help_requested", person="cleo", **open_ended)
    stands = raised("poor_connection", person="ana", **open_ended)
    over = raised("dropped_out", person="ben", **open_ended)
    await write(kafka, stands, over, cleared(over, minute=20, **open_ended), call)
    async with running(kafka, key, sqlite_store, shadow=True):
        await eventually(lambda: _all_read(sqlite_store, kafka, 4))
    assert SHADOW_SIGNALS.labels(rule="poor_connection")._value.get() > hidden
    assert [one.alert.signal.id for one in await sqlite_store.listed()] == [call.id]
    async with running(kafka, key, sqlite_store), reading(kafka, ALERT_FEED) as feed:
        await next_of(feed, lambda r: codec.feed.decode(r.value).signal.id == stands.id)
    assert {one.alert.signal.id for one in await sqlite_store.listed()} == {call.id, stands.id}


async def test_a_second_life_goes_on_where_the_store_stopped(kafka, key, sqlite_store):
    people = [raised(person=f"pat-{n}") for n in range(6)]
    await write(kafka, *people[:3])
    async with running(kafka, key, sqlite_store):
        await eventually(lambda: _all_read(sqlite_store, kafka, 3))
    await write(kafka, *people[3:])
    async with running(kafka, key, sqlite_store):
        await eventually(lambda: _all_read(sqlite_store, kafka, 6))
    listed = await sqlite_store.listed()
    assert {one.alert.signal.participant_id for one in listed} == {f"pat-{n}" for n in range(6)}
    assert sorted(one.seq for one in listed) == [1, 2, 3, 4, 5, 6]


async def test_a_log_made_anew_is_read_from_its_beginning(kafka, key, sqlite_store):
    from alerts.store.store import Taken

    topic = kafka.topic(SIGNALS)
    await sqlite_store.take([Taken(topic, p, 900, None) for p in (0, 1)], WALL.now())
    await write(kafka, raised(person="ana"), raised(person="ben"))
    async with running(kafka, key, sqlite_store):
        await eventually(lambda: _all_read(sqlite_store, kafka, 2))
    assert len(await sqlite_store.listed()) == 2


async def test_duty_and_results_reach_their_topics(kafka, key, sqlite_store, tmp_path, monkeypatch):
    monkeypatch.setattr(publisher, "DUTY_AGAIN_SECONDS", 2.0)
    accounts = await Accounts.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db", key)
    await accounts.add("ana", "correct horse battery", "Ana", ["clinician"], ["Evening"])
    token, _ = await accounts.sign_in("ana", "correct horse battery")
    viewer = await accounts.viewer(token)
    first = raised()
    await write(kafka, first)
    async with (
        reading(kafka, ALERT_FEED) as feed,
        reading(kafka, PARTICIPANT_EVENTS) as care,
        running(kafka, key, sqlite_store, accounts),
    ):
        await accounts.set_duty(viewer, viewer.programs, WALL.now() + 60_000)
        told = await next_of(feed, lambda r: isinstance(codec.feed.decode(r.value), DutyChanged))
        assert codec.feed.decode(told.value).people == 1
        again = await next_of(feed, lambda r: isinstance(codec.feed.decode(r.value), DutyChanged))
        assert again.value == told.value
        await eventually(lambda: _all_read(sqlite_store, kafka, 1))
        await sqlite_store.act(
            first.alert_id,
            "resolve",
            "ana",
            WALL.now(),
            lambda _: True,
            result="excused",
            undo_ms=0,
        )
        acted = await next_of(care, lambda _: True)
        assert codec.participant_events.decode(acted.value).result == "excused"
        assert acted.key == b"pat-1"
    await accounts.close()


async def test_one_person_on_outreach_is_interrupted_within_one_budget_whatever_the_programs(
    kafka, key, sqlite_store, tmp_path
):
    accounts = await Accounts.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db", key)
    await accounts.add("olga", "correct horse battery", "Olga", ["outreach"], ["*"])
    ends_at = WALL.now() + HOUR
    absent = [
        raised(person=f"p{n}", room=f"room-{n}", program_id=f"program-{n}", ends_at=ends_at)
        for n in range(5)
    ]
    await write(kafka, *absent)
    async with (
        reading(kafka, ALERT_FEED) as feed,
        running(kafka, key, sqlite_store, accounts),
    ):
        told = {}

        def all_of_them(record):
            change = codec.feed.decode(record.value)
            if change.notified_at is not None:
                told[change.signal.alert_id] = change.digest
            return len(told) == 5

        await next_of(feed, all_of_them)
    await accounts.close()
    assert len([digest for digest in told.values() if digest is None]) == 3
