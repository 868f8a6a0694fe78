"""`sessionwatch doctor`: whether the log says of the sessions to come what the directory does."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

from aiokafka import TopicPartition
from sqlalchemy import select

from producers.directory.announcing import SCHEDULED_AHEAD
from producers.directory.store import Directory
from producers.directory.tables import OUTBOX, SESSIONS
from producers.directory.times import local
from producers.gateway.recalling import recall
from sessionwatch.findings import Finding, fail, note, ok
from sessionwatch.settings import Settings
from streams.events import MINUTE, SECOND, Millis, SessionCancelled, SessionEvent, SessionScheduled
from streams.kafka import KafkaSettings, consumer
from streams.now import WALL
from streams.topics import SESSION_EVENTS

WHAT: Final = "schedule"
WORDS: Final = (b'"session.scheduled"', b'"session.cancelled"')
LOOKS: Final = 3
"""A second apart: what was changed just now is on its way to the log."""
PUBLISH: Final = "Run: sessionwatch run schedule (or look at its log): it has yet to write them."
ANNOUNCE: Final = "Run: sessionwatch schedule announce. They were written to another log, or lost."


async def examine(settings: Settings, directory: Directory) -> Finding:
    """Compares the sessions that are held now or begin within 24 h: nobody is missed in one that
    the log does not know, and at the wrong hour in one that was moved since."""
    now = settings.time.now()
    for _ in range(LOOKS):
        sessions, waiting = await _known(directory, now)
        if not sessions:
            return note(WHAT, "no session in the next 24 hours")
        earliest = min(one.starts_at for one in sessions) - SCHEDULED_AHEAD - MINUTE
        told = await _told(settings, now - earliest)
        differing = [one for one in sessions if told.get(one.id, 0) < one.version]
        if not differing:
            return ok(WHAT, f"the log has all {len(sessions)} sessions of the next 24 hours")
        await asyncio.sleep(1)
    lacking = f"{len(differing)} of {len(sessions)} sessions of the next 24 hours"
    said = f"the log lacks {lacking}, or their last change: {_times(differing)}"
    unsaid = any(one.scheduled_version != one.version or one.id in waiting for one in differing)
    return fail(WHAT, said, PUBLISH if unsaid else ANNOUNCE)


async def _known(directory: Directory, now: Millis) -> tuple[Sequence[Any], set[str]]:
    """The sessions that the log has to know of, and those of which something waits to be sent.
    What is cancelled before anybody was told of it stays unsaid."""
    one = SESSIONS.c
    query = select(SESSIONS).where(
        one.ends_at > now,
        one.starts_at <= now + SCHEDULED_AHEAD,
        one.cancelled.is_(False) | (one.scheduled_ts > 0),
    )
    async with directory.reading() as connection:
        sessions = (await connection.execute(query.order_by(one.starts_at))).all()
        waiting = set((await connection.execute(select(OUTBOX.c.key))).scalars())
    return sessions, waiting


async def _told(settings: Settings, back: Millis) -> dict[str, int]:
    """By session, the last version that the log has; its id ends with it."""
    told: dict[str, int] = {}

    def hear(said: SessionEvent) -> None:
        if isinstance(said, SessionScheduled | SessionCancelled):
            version = said.id.rpartition(":")[2]
            known = int(version) if version.isdecimal() else 0
            told[said.session_id] = max(known, told.get(said.session_id, 0))

    wall = settings.time.seconds(back / SECOND)
    since = await _offsets(settings.kafka, WALL.now() - round(wall * SECOND))
    await recall(settings.kafka, hear, wanted=WORDS, since=since)
    return told


async def _offsets(kafka: KafkaSettings, written_at: Millis) -> dict[int, int]:
    """By partition, that of the first record since then, by the wall's clock."""
    reader = consumer(kafka)
    await reader.start()
    try:
        topic = kafka.topic(SESSION_EVENTS)
        parts = [TopicPartition(topic, number) for number in range(kafka.partitions)]
        found = await reader.offsets_for_times(dict.fromkeys(parts, written_at))
        ends = await reader.end_offsets(parts)
        return {one.partition: at.offset if (at := found[one]) else ends[one] for one in parts}
    finally:
        await reader.stop()


def _times(sessions: Iterable[Any]) -> str:
    some = [*sessions][:8]
    return ", ".join(
        f"{local(one.starts_at, one.time_zone):%Y-%m-%d %H:%M} {one.time_zone}" for one in some
    )
