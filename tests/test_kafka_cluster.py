"""The node that other tests run on: our topics can be made on it, with their settings."""

import time

import pytest

from producers.clock import ClockAstray, ClockSettings, Ticker
from streams.kafka import check_topics, create_topics, producer
from streams.now import WALL
from streams.topics import SESSION_EVENTS

pytestmark = pytest.mark.slow


async def test_topics_are_made_once_and_found_as_configured(apache_kafka):
    await check_topics(apache_kafka)
    assert await create_topics(apache_kafka) == []


async def test_session_events_carry_the_brokers_time_so_a_wrong_clock_is_noticed(apache_kafka):
    writer = producer(apache_kafka)
    await writer.start()
    try:
        sent = await writer.send_and_wait(
            apache_kafka.topic(SESSION_EVENTS), b"{}", partition=0, timestamp_ms=1
        )
        assert abs(sent.timestamp - time.time() * 1000) < 60_000
        await Ticker(ClockSettings(), apache_kafka, WALL, writer)._write(SESSION_EVENTS, 1000)
        hurried = Ticker(ClockSettings(astray_seconds=-1), apache_kafka, WALL, writer)
        with pytest.raises(ClockAstray):
            await hurried._write(SESSION_EVENTS, 1000)
    finally:
        await writer.stop()
