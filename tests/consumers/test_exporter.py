"""The exporter on a real broker: live figures, attendance over a restart, consumers' lag."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from prometheus_client import REGISTRY

from consumers.exporter import PART, ExporterSettings, run
from streams.codec import encode
from streams.kafka import KafkaSettings, consumer, producer
from streams.now import Clock
from streams.topics import ALERT_FEED, PARTICIPANT_EVENTS, SESSION_BOARD, SESSION_EVENTS, Topic
from tests.consumers.records import NOON, alert, attended, board, person

AT_NOON = Clock(start=NOON, wall_at_start=0, speed=0.0)


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"sessionwatch_{name}", labels)


@asynccontextmanager
async def exporting(kafka: KafkaSettings) -> AsyncIterator[None]:
    settings = ExporterSettings(every_seconds=0.05, lag_every_seconds=0.1)
    task = asyncio.create_task(run(settings, kafka=kafka, clock=AT_NOON))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


async def write(kafka: KafkaSettings, *records: tuple[Topic, str, bytes]) -> None:
    async with producer(kafka) as out:
        for topic, key, value in records:
            await out.send_and_wait(kafka.topic(topic), value, key=key.encode())


async def test_what_the_topics_hold_is_shown(kafka):
    await write(
        kafka,
        (SESSION_BOARD, "s1", encode(board("s1", person("p1", connection="good")))),
        (ALERT_FEED, "a1", encode(alert("a1", rule="empty_room"))),
        (ALERT_FEED, "bad", b'{"type": "alert"}'),
    )
    bad = shown("dead_letters_total", part=PART, reason="invalid_field") or 0
    async with exporting(kafka):
        await until(
            lambda: (
                shown("people", state="present") == 1
                and shown("open_alerts", rule="empty_room", state="open") == 1
                and (shown("dead_letters_total", part=PART, reason="invalid_field") or 0) == bad + 1
            )
        )


async def test_attendance_counts_on_over_a_restart(kafka):
    start = shown("sessions_attended_total", outcome="partial") or 0
    async with exporting(kafka):
        await write(kafka, (PARTICIPANT_EVENTS, "p1", encode(attended("s1", "p1", "partial"))))
        await until(lambda: shown("sessions_attended_total", outcome="partial") == start + 1)
        await until(
            lambda: shown("consumer_lag_records", group=PART, topic="participant-events") == 0
        )
    await write(kafka, (PARTICIPANT_EVENTS, "p2", encode(attended("s1", "p2", "partial"))))
    async with exporting(kafka):
        await until(lambda: shown("sessions_attended_total", outcome="partial") == start + 2)


async def test_lag_is_what_a_group_has_not_committed(kafka):
    def lag() -> float | None:
        return shown("consumer_lag_records", group="session-monitor", topic="session-events")

    for number in range(3):
        await write(kafka, (SESSION_EVENTS, "s1", b"%d" % number))
    async with exporting(kafka):
        await until(lambda: lag() == 3)
        async with consumer(kafka, SESSION_EVENTS, group="session-monitor") as reader:
            await reader.getone()
            await reader.commit()
            await until(lambda: lag() == 2)
