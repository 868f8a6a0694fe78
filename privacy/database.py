"""SQLite or PostgreSQL behind one door: short readings, and writings one at a time.

SQLite runs in WAL mode with `synchronous=FULL`; a writing is `BEGIN IMMEDIATE`, so it waits for
its turn (`busy_timeout`) instead of failing half way. On PostgreSQL an advisory lock gives
writings the same order, so that a revision read later was written later.
"""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from privacy import private_files

P = ParamSpec("P")
T = TypeVar("T")

BUSY_MS = 15_000
RETRY_SECONDS = 0.02
WRITER_LOCK = 0x5E55_10_4A
DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class NoDatabase(OSError):
    """Which database cannot be opened, and why; without its password."""


def check_url(url: str) -> str | None:
    """What is wrong with a database's URL; None where nothing is."""
    try:
        if make_url(url).drivername in DRIVERS:
            return None
    except ArgumentError:
        pass
    return "must be sqlite+aiosqlite:////FOLDER/FILE.db or postgresql+asyncpg://USER@HOST/DATABASE"


class Database:
    """One engine. `schema` names the PostgreSQL schema; a SQLite file has none."""

    def __init__(self, url: str, schema: str) -> None:
        self.schema = schema
        self._sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self._sqlite else _postgresql(url, schema)

    @classmethod
    async def open(
        cls, url: str, schema: str, migrate: Callable[[Connection], object]
    ) -> "Database":
        """With its tables as they are to be. Raises `NoDatabase`."""
        with _named(url):
            database = cls(url, schema)
            try:
                async with database.writing() as connection:
                    await connection.run_sync(migrate)
            except BaseException:
                await database.close()
                raise
            return database

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view; takes no lock that a writer waits for."""
        async with self.engine.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """The only writer until the block ends; what raises in it undoes all of it."""
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(writes=True)
            async with connection.begin():
                if not self._sqlite:
                    await connection.exec_driver_sql(
                        f"SELECT pg_advisory_xact_lock({WRITER_LOCK}, hashtext('{self.schema}'))"
                    )
                    await connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
                yield connection


@contextlib.contextmanager
def _named(url: str) -> Iterator[None]:
    from alembic.util import CommandError  # not for those that open no database

    try:
        yield
    except (sqlite3.Error, SQLAlchemyError, OSError, CommandError) as error:
        why = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
        where = make_url(url).render_as_string(hide_password=True)
        raise NoDatabase(f"the database {where} cannot be opened: {why}") from error


def _prepare(path: Path) -> None:
    """The file is there, for us alone, and in WAL mode, which it keeps. What is beside it (`-wal`,
    `-shm`) gets the file's own rights from SQLite.

    A file that is there is not opened but by SQLite: closing any other descriptor of it would
    drop the locks that SQLite holds on it in this process.
    """
    with contextlib.suppress(FileExistsError):
        os.close(private_files.create(path))
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        private_files.close_to_others(file)
    until = time.monotonic() + BUSY_MS / 1000
    while not _in_wal_mode(path):
        if time.monotonic() > until:
            raise TimeoutError(f"{path} is in use by another program")
        time.sleep(RETRY_SECONDS)


def _in_wal_mode(path: Path) -> bool:
    """SQLite does not wait (`busy_timeout`) where another process is changing the mode, or writes
    in the old one: it says that the database is locked."""
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
    return True


def _sqlite(url: str) -> AsyncEngine:
    path = make_url(url).database
    if path:
        _prepare(Path(path))
    engine = create_async_engine(url)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(raw: Any, _: object) -> None:
        raw.isolation_level = None  # the driver opens no transaction behind our back
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(
            "PRAGMA secure_delete=ON"
        )  # what is erased is overwritten, not only unlinked
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: str, schema: str) -> AsyncEngine:
    return create_async_engine(
        url, pool_pre_ping=True, connect_args={"server_settings": {"search_path": schema}}
    )


async def unbroken(step: Coroutine[Any, Any, T]) -> T:
    """Runs a step to its end though the caller is cancelled, and only then says so: a driver that
    is broken off in a transaction leaves a connection that cannot be used again."""
    running = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def whole(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A method whose every call is `unbroken`: broken off in a writing it would keep the lock, and
    every later one would find the database locked."""

    @wraps(method)
    async def entire(*args: P.args, **kwargs: P.kwargs) -> T:
        return await unbroken(method(*args, **kwargs))

    return entire
