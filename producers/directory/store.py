"""The directory's store: opened with its schema brought up to date, written one at a time."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.database import Database
from privacy.people import People, changed
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey, Seal
from producers.directory.tables import OUTBOX, PROGRAMS, ROSTER, SESSIONS
from streams.codec import encode
from streams.events import ParticipantEvent, SessionEvent
from streams.now import WALL
from streams.topics import Topic

SCHEMA = "directory"


class Directory:
    """People, aliases, rooms, programs, sessions, rosters and the outbox.

    `people` answers for names, `rooms` opens what `doors` keeps, `ledger` what was disclosed; the
    other modules of this package read and write through `reading` and `writing`.
    """

    def __init__(self, database: Database, key: MasterKey) -> None:
        self._database = database
        self.people = People(database, key)
        self.pseudonyms = Pseudonyms(key)
        self.rooms = Seal(key.derive("rooms/v1"))
        self.ledger = Seal(key.derive("disclosures/v1"))

    @classmethod
    async def open(cls, url: str, key: MasterKey) -> "Directory":
        """Makes or migrates the schema. `url` as `sqlite+aiosqlite:///var/directory.db` or
        `postgresql+asyncpg://user@host/database`."""
        return cls(await Database.open(url, SCHEMA, migrate), key)

    async def close(self) -> None:
        await self._database.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view."""
        async with self._database.reading() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, alone; all of it or, when the block raises, nothing."""
        async with self._database.writing() as connection:
            yield connection

    async def program_names(self) -> dict[str, str]:
        """By id, as the clinic calls them."""
        async with self.reading() as connection:
            rows = await connection.execute(select(PROGRAMS.c.id, PROGRAMS.c.name))
            return {row.id: row.name for row in rows}


def migrate(connection: Connection) -> None:
    """Brings the schema to the newest step, in the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(files("producers.directory") / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def queued(topic: Topic, key: str, event: SessionEvent | ParticipantEvent) -> dict[str, Any]:
    """An event as a row of the outbox."""
    value = encode(event)
    return {"topic": topic.name, "key": key, "value": value, "queued_at": WALL.now()}


async def put_out(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Queues `queued` rows for Kafka as part of the caller's transaction."""
    if rows:
        await connection.execute(insert(OUTBOX), rows)


async def touch_sessions_of(
    connection: AsyncConnection, person_ids: Collection[str], now: int
) -> None:
    """Has the sessions to come that these people are on announced again."""
    theirs = select(ROSTER.c.session_id).where(ROSTER.c.person_id.in_(list(person_ids)))
    await connection.execute(
        update(SESSIONS)
        .where(SESSIONS.c.id.in_(theirs), SESSIONS.c.ends_at > now)
        .values(version=SESSIONS.c.version + 1, changed_at=now)
    )
    await changed(connection, "schedule")
