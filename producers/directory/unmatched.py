"""Who is or was in which session and nobody has matched yet: a queue that staff work off.

Filled from the log by the part `schedule`; a match, wherever it is made, takes the person off it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka.errors import KafkaError
from msgspec import Struct
from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.database import unbroken
from producers.directory.acts import STILL_TAKEN, Permit, Session, matched
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, SESSIONS, UNMATCHED
from streams import codec
from streams.bounds import CLOSE_MINUTES
from streams.codec import UnknownType, Unreadable
from streams.events import (
    MINUTE,
    Millis,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantLeft,
    SessionEvent,
)
from streams.kafka import KafkaSettings, consumer
from streams.metrics import EVENTS_READ
from streams.topics import DAY_MS, SESSION_EVENTS

GROUP: Final = "directory"
UNMAPPED: Final = "unmapped:"
KEPT: Final = 30 * DAY_MS
"""As long as the log holds what they did."""
CLOSES_AFTER: Final = CLOSE_MINUTES * MINUTE
RETRY_SECONDS = 2.0

log = logging.getLogger(__name__)


class Unmatched(Struct, frozen=True):
    """`present`: in the session now. `counts`: what they did there will count when matched; else
    only the next time."""

    unmapped_id: str
    session_id: str
    program_id: str
    platform: str | None
    starts_at: Millis
    ends_at: Millis
    first_at: Millis
    last_at: Millis
    present: bool
    counts: bool


async def listed(
    directory: Directory, permit: Permit, now: int, closes_after: int = CLOSES_AFTER
) -> list[Unmatched]:
    """Those of the sessions that may be acted on, the latest first. `closes_after` (ms) a session's
    end nobody is in it any more."""
    known = select(literal(UNMAPPED) + ALIASES.c.alias)
    query = (
        select(UNMATCHED, SESSIONS)
        .join(SESSIONS, SESSIONS.c.id == UNMATCHED.c.session_id)
        .where(UNMATCHED.c.unmapped_id.not_in(known), UNMATCHED.c.last_at > now - KEPT)
        .order_by(UNMATCHED.c.last_at.desc(), UNMATCHED.c.unmapped_id)
    )
    async with directory.reading() as connection:
        rows = (await connection.execute(query)).all()
    return [_shown(row, now, closes_after) for row in rows if permit(_session(row))]


def _session(row: Any) -> Session:
    return Session(**{name: row._mapping[name] for name in Session.__struct_fields__})


def _shown(row: Any, now: int, closes_after: int) -> Unmatched:
    return Unmatched(
        unmapped_id=row.unmapped_id,
        session_id=row.session_id,
        program_id=row.program_id,
        platform=row.platform,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        first_at=row.first_at,
        last_at=row.last_at,
        present=bool(row.connections) and now < row.ends_at + closes_after,
        counts=now <= row.ends_at + STILL_TAKEN,
    )


async def notice(directory: Directory, kafka: KafkaSettings, now: Callable[[], int]) -> None:
    """Reads the log until cancelled; what fails is read again."""
    while True:
        reader = consumer(kafka, SESSION_EVENTS, group=GROUP)
        try:
            await reader.start()
            while True:
                chunks = await reader.getmany(timeout_ms=1000)
                records = (record.value for chunk in chunks.values() for record in chunk)
                if events := list(_about_unmatched(records)):
                    await unbroken(hear(directory, events, now()))
                if chunks:
                    await reader.commit()
        except (KafkaError, SQLAlchemyError) as error:
            log.warning("unmatched people not read, will try again: %s", type(error).__name__)
        finally:
            await reader.stop()
        await asyncio.sleep(RETRY_SECONDS)


def _about_unmatched(records: Iterable[bytes | None]) -> Iterable[SessionEvent]:
    """Few records are, so the others are not even decoded."""
    for value in records:
        if value is None or UNMAPPED.encode() not in value:
            continue
        try:
            event = codec.session_events.decode(value)
        except (UnknownType, Unreadable):
            continue  # its dead letter is the session monitor's
        EVENTS_READ.labels(part="schedule", topic=SESSION_EVENTS.name).inc()
        yield event


async def hear(directory: Directory, events: Iterable[SessionEvent], now: int) -> None:
    """Writes down what these say of unmatched people; twice has the effect of once."""
    async with directory.writing() as connection:
        for event in events:
            await _hear(connection, event)
        await connection.execute(delete(UNMATCHED).where(UNMATCHED.c.last_at < now - KEPT))


async def _hear(connection: AsyncConnection, event: SessionEvent) -> None:
    if isinstance(event, ParticipantIdentified):
        await matched(connection, event.session_id, event.unmapped_id)
        return
    who = getattr(event, "participant_id", "")
    session_id = getattr(event, "session_id", "")
    if not who.startswith(UNMAPPED):
        return
    one = UNMATCHED.c.session_id == session_id, UNMATCHED.c.unmapped_id == who
    row = (await connection.execute(select(UNMATCHED).where(*one))).first()
    open_ = list(row.connections) if row else []
    if isinstance(event, ParticipantJoined) and event.connection_id not in open_:
        open_ = [] if event.exclusive else open_
        open_.append(event.connection_id)
    elif isinstance(event, ParticipantLeft):
        open_ = [connection_id for connection_id in open_ if connection_id != event.connection_id]
    if row is not None:
        times = {"first_at": min(row.first_at, event.ts), "last_at": max(row.last_at, event.ts)}
        await connection.execute(update(UNMATCHED).where(*one).values(connections=open_, **times))
        return
    known = select(SESSIONS.c.id).where(SESSIONS.c.id == session_id)
    if (await connection.execute(known)).first() is not None:
        values = {"unmapped_id": who, "session_id": session_id, "connections": open_}
        times = {"first_at": event.ts, "last_at": event.ts}
        await connection.execute(insert(UNMATCHED).values(values | times))
