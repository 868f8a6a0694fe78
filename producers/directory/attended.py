"""What each person's sessions of the last weeks came to, as the log says it: for the one
conversation that needs them in a row.

Filled by the part `schedule`. Nothing is kept of who is erased or no patient here, and nothing
longer than `KEPT`, whatever the log still holds.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka.errors import KafkaError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.database import unbroken
from producers.directory.store import Directory
from producers.directory.tables import ATTENDED, PEOPLE
from streams import codec
from streams.codec import UnknownType, Unreadable
from streams.events import SessionAttended
from streams.kafka import KafkaSettings, consumer
from streams.metrics import EVENTS_READ
from streams.topics import DAY_MS, PARTICIPANT_EVENTS

GROUP: Final = "directory-weeks"
WEEKS: Final = 12
KEPT: Final = WEEKS * 7 * DAY_MS
"""As far as the rules about weeks look back."""
TYPE: Final = b'"session.attended"'
RETRY_SECONDS = 2.0
FORGET_SECONDS = 3600.0

log = logging.getLogger(__name__)


async def follow(directory: Directory, kafka: KafkaSettings, now: Callable[[], int]) -> None:
    """Reads the log until cancelled; what fails is read again."""
    while True:
        reader = consumer(kafka, PARTICIPANT_EVENTS, group=GROUP)
        forgotten = float("-inf")
        try:
            await reader.start()
            while True:
                chunks = await reader.getmany(timeout_ms=1000)
                records = (record.value for chunk in chunks.values() for record in chunk)
                outcomes = list(_outcomes(records))
                due = time.monotonic() - forgotten > FORGET_SECONDS
                if outcomes or due:
                    await unbroken(hear(directory, outcomes, now()))
                    forgotten = time.monotonic()
                if chunks:
                    await reader.commit()
        except (KafkaError, SQLAlchemyError) as error:
            log.warning("attendance not read, will try again: %s", type(error).__name__)
        finally:
            await reader.stop()
        await asyncio.sleep(RETRY_SECONDS)


def _outcomes(records: Iterable[bytes | None]) -> Iterable[SessionAttended]:
    """Few records are, so the others are not even decoded."""
    for value in records:
        if value is None or TYPE not in value:
            continue
        try:
            event = codec.participant_events.decode(value)
        except (UnknownType, Unreadable):
            continue  # its dead letter is the participant monitor's
        if isinstance(event, SessionAttended):
            EVENTS_READ.labels(part="schedule", topic=PARTICIPANT_EVENTS.name).inc()
            yield event


async def hear(directory: Directory, outcomes: Iterable[SessionAttended], now: int) -> None:
    """Keeps these, the highest revision of each, and forgets what is older than `KEPT`."""
    since = now - KEPT
    async with directory.writing() as connection:
        for outcome in outcomes:
            if outcome.ts > since:
                await _keep(connection, outcome)
        await connection.execute(delete(ATTENDED).where(ATTENDED.c.ends_at <= since))


async def _keep(connection: AsyncConnection, outcome: SessionAttended) -> None:
    who = outcome.participant_id
    patient = select(PEOPLE.c.id).where(
        PEOPLE.c.id == who, PEOPLE.c.kind == "patient", PEOPLE.c.sealed_key.is_not(None)
    )
    if (await connection.execute(patient)).first() is None:
        return
    one = ATTENDED.c.person_id == who, ATTENDED.c.session_id == outcome.session_id
    held = (await connection.execute(select(ATTENDED.c.revision).where(*one))).scalar()
    if held is None:
        await connection.execute(insert(ATTENDED).values(_row(outcome)))
    elif outcome.revision > held:
        await connection.execute(update(ATTENDED).where(*one).values(_row(outcome)))


def _row(outcome: SessionAttended) -> dict[str, Any]:
    return {
        "person_id": outcome.participant_id,
        "session_id": outcome.session_id,
        "revision": outcome.revision,
        "starts_at": outcome.ts - outcome.scheduled_ms,
        "ends_at": outcome.ts,
        "time_zone": outcome.time_zone,
        "kind": outcome.kind,
        "outcome": outcome.outcome,
        "fault": outcome.fault,
        "present_ms": outcome.present_ms,
        "late_ms": outcome.joined_late_ms or 0,
        "early_ms": outcome.left_early_ms or 0,
        "drops": outcome.drops,
        "lost_ms": outcome.lost_ms,
        "hours_per_week": outcome.prescribed_hours_per_week,
    }
