"""The broker stands still, or the gateway is stopped: nothing acknowledged is lost."""

import asyncio
import os
import signal
import time

import pytest

from producers.gateway import join_feed
from sessionwatch.broker import EmbeddedBroker
from streams import codec
from streams.events import DutyChanged
from streams.kafka import KafkaSettings, create_topics, producer, wait_for_broker
from streams.now import WALL
from streams.topics import ALERT_FEED
from tests.producers.gateway.conftest import Running, evening
from tests.producers.gateway.test_app import JSON, beacon, livekit_joined, sample, token_of

pytestmark = pytest.mark.slow


@pytest.fixture
async def own(request: pytest.FixtureRequest, tmp_path):
    """A gateway on a broker of its own, which may be stopped; it waits so long for it (s)."""
    patience = getattr(request, "param", 2)
    with EmbeddedBroker() as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix="outage.", partitions=2)
        await wait_for_broker(kafka)
        await create_topics(kafka)
        async with evening(kafka, tmp_path, max_in_flight=40, write_seconds=patience) as up:
            yield up, broker._process.pid
            os.kill(broker._process.pid, signal.SIGCONT)


async def test_what_kafka_does_not_take_is_asked_for_again(own):
    gateway, broker = own
    assert (await gateway.livekit(livekit_joined("before"))).status_code == 200
    measured = beacon(token_of(gateway), samples=[sample()])
    os.kill(broker, signal.SIGSTOP)
    began = time.monotonic()
    assert (await gateway.livekit(livekit_joined("during0"))).status_code == 503
    assert time.monotonic() - began < 10  # 2 s where nothing else runs; a platform waits longer
    answers = await asyncio.gather(
        *(gateway.livekit(livekit_joined(f"during{number}")) for number in range(20)),
        gateway.client.post("/beacon", content=measured, headers=JSON),
        gateway.livekit(livekit_joined("nowhere", room="elsewhere")),
    )
    for answer in answers:
        assert (answer.status_code, answer.json()) == (503, {"reason": "not_taken"})
        assert int(answer.headers["retry-after"]) > 0
    os.kill(broker, signal.SIGCONT)
    async with asyncio.timeout(30):  # as a platform does, until it is taken
        while (await gateway.livekit(livekit_joined("during0"))).status_code != 200:
            await asyncio.sleep(0.1)
    people = {event.participant_id for event in await gateway.events()}
    assert people >= {gateway.names.unmapped("livekit", who) for who in ("before", "during0")}


async def test_while_the_feed_cannot_be_read_nobody_is_on_duty(monkeypatch):
    """A broker that is away says nothing, as a feed does on which nothing happens."""
    monkeypatch.setattr(join_feed, "FRESH_SECONDS", 4.0)
    with EmbeddedBroker() as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix="duty.", partitions=2)
        await wait_for_broker(kafka)
        await create_topics(kafka)
        async with producer(kafka) as feed:
            duty = codec.encode(DutyChanged(program_id="iop", people=1))
            await feed.send_and_wait(kafka.topic(ALERT_FEED), duty, key=b"iop")
        reading = join_feed.JoinFeed(kafka, WALL)
        following = asyncio.create_task(reading.run())
        async with asyncio.timeout(60):
            while not reading.on_duty("iop"):
                await asyncio.sleep(0.05)
            os.kill(broker._process.pid, signal.SIGSTOP)
            while reading.on_duty("iop"):
                await asyncio.sleep(0.05)
            os.kill(broker._process.pid, signal.SIGCONT)
            while not reading.on_duty("iop"):
                await asyncio.sleep(0.05)
        following.cancel()


async def test_of_an_alert_service_that_says_nothing_more_nobody_is_on_duty(kafka, monkeypatch):
    monkeypatch.setattr(join_feed, "DUTY_SECONDS", 3.0)
    reading = join_feed.JoinFeed(kafka, WALL)
    following = asyncio.create_task(reading.run())
    duty = codec.encode(DutyChanged(program_id="iop", people=1))
    async with producer(kafka) as feed, asyncio.timeout(60):
        for _ in range(2):
            await feed.send_and_wait(kafka.topic(ALERT_FEED), duty, key=b"iop")
            while not reading.on_duty("iop"):
                await asyncio.sleep(0.05)
            while reading.on_duty("iop"):
                await asyncio.sleep(0.05)
    following.cancel()


async def test_what_was_answered_before_a_stop_is_on_the_log(kafka, tmp_path):
    """Stopped in the middle of many requests: each 200 is there, the rest was refused."""

    async def told(gateway: Running, number: int) -> str | None:
        who = f"guest{number}"
        try:
            answer = await gateway.livekit(livekit_joined(who))
        except Exception:  # the connection was closed before an answer
            return None
        return gateway.names.unmapped("livekit", who) if answer.status_code == 200 else None

    async with evening(kafka, tmp_path, write_seconds=30) as gateway:
        sends = [asyncio.create_task(told(gateway, number)) for number in range(300)]
        await next(asyncio.as_completed(sends))
        gateway.task.cancel()
        acknowledged = {who for who in await asyncio.gather(*sends) if who}
        written = {event.participant_id for event in await gateway.events()}
    assert acknowledged
    assert acknowledged <= written


@pytest.mark.parametrize("own", [6], indirect=True)  # for all to have come by then
async def test_more_at_once_than_it_bears_are_asked_to_come_again(own):
    gateway, broker = own
    os.kill(broker, signal.SIGSTOP)
    answers = await asyncio.gather(
        *(gateway.livekit(livekit_joined(f"guest{number}")) for number in range(60)),
    )
    reasons = [answer.json()["reason"] for answer in answers]
    assert {answer.status_code for answer in answers} == {503}
    assert (reasons.count("busy"), reasons.count("not_taken")) == (20, 40)


async def test_a_restart_remembers_when_platforms_were_heard(kafka, tmp_path):
    async with evening(kafka, tmp_path, feed_seconds=0.1) as gateway:
        assert {event.last_event_at for event in await feeds(gateway, 4)} == {0}
        await gateway.livekit(livekit_joined("ana"))
        heard = WALL.now()
        while not any(event.last_event_at for event in await feeds(gateway, 4)):
            pass
    (tmp_path / "installation.key").unlink()
    async with evening(kafka, tmp_path, feed_seconds=0.1) as gateway:
        await gateway.skip()
        said = {event.platform: event.last_event_at for event in await feeds(gateway, 8)}
    assert said["zoom"] == 0
    assert abs(said["livekit"] - heard) < 5_000


async def feeds(gateway: Running, enough: int) -> list:
    found: list = []
    async with asyncio.timeout(20):
        while len(found) < enough:
            seen = await gateway.events(besides="none")
            found += [one for one in seen if one.__struct_config__.tag == "feed.observed"]
    return found
