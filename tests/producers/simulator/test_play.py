"""The demonstration's first minutes through a real gateway: what happened is what is on the log."""

import asyncio
import contextlib
import time

import msgspec
import pytest

from privacy.pseudonyms import Pseudonyms
from producers.gateway.app import run as run_gateway
from producers.gateway.settings import GatewaySettings
from producers.simulator.timeline import happenings
from producers.simulator.worker import SimulatorSettings, day_of
from producers.simulator.worker import run as run_simulator
from sessionwatch.broker import free_port
from streams.codec import samples as samples_codec
from streams.codec import session_events
from streams.events import MINUTE, ClockTicked, FeedObserved
from streams.kafka import consumer
from streams.now import Clock
from streams.topics import CONNECTION_QUALITY, SESSION_EVENTS
from tests.producers.simulator.days import START
from tests.producers.simulator.test_platforms import told

PLAYED = 12 * MINUTE
SPEED = 90


def seen(event):
    return msgspec.json.encode(told(event), order="sorted")


@contextlib.asynccontextmanager
async def running(coroutine):
    task = asyncio.create_task(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def read(kafka, topic):
    reader = consumer(kafka, topic)
    await reader.start()
    values = []
    try:
        while got := await reader.getmany(timeout_ms=1_500):
            values += [record.value for records in got.values() for record in records]
    finally:
        await reader.stop()
    return values


@pytest.mark.slow
async def test_a_day_played_through_the_gateway_is_the_day_that_happened(kafka, key, tmp_path):
    wall = time.time_ns() // 1_000_000
    clock = Clock(START - 4 * MINUTE, wall, SPEED)
    port, url = free_port(), f"sqlite+aiosqlite:///{tmp_path}/directory.db"
    settings = SimulatorSettings(
        gateway=f"http://127.0.0.1:{port}",
        directory=url,
        first_start=START,
        truth_file=str(tmp_path / "truth.jsonl"),
        livekit_secret="simulated:a-livekit-secret-of-thirty-two-chars",
        zoom_secret="a-zoom-secret",
        event_token="an-event-token",
    )
    gateway = GatewaySettings(
        port=port,
        directory=url,
        secrets={"livekit": [settings.livekit_secret], "zoom": [settings.zoom_secret]},
        event_tokens=[settings.event_token],
    )
    async with (
        running(run_gateway(gateway, kafka=kafka, clock=clock, key=key)),
        running(run_simulator(settings, clock=clock, key=key)) as simulator,
    ):
        while clock.now() < START + PLAYED + MINUTE:
            assert not simulator.done(), simulator
            await asyncio.sleep(0.2)
    on_the_log = [
        event
        for value in await read(kafka, SESSION_EVENTS)
        if not isinstance(event := session_events.decode(value), FeedObserved | ClockTicked)
    ]
    happened = [
        item.event
        for item in happenings(day_of(settings, clock), Pseudonyms(key))
        if item.due < START + PLAYED and item.source != "calendar"
    ]
    assert len(happened) > 50
    assert {seen(event) for event in happened} <= {seen(event) for event in on_the_log}
    measured = [
        sample
        for value in await read(kafka, CONNECTION_QUALITY)
        for sample in samples_codec.decode(value).samples
    ]
    assert len({(one.session_id, one.participant_id) for one in measured}) > 20
    assert (tmp_path / "truth.jsonl").read_bytes().count(b"\n") > 100
