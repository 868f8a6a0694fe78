"""The directory on both of its databases, at a known hour, with the samples at hand."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from privacy.sealing import MasterKey
from producers.directory.importing import import_file
from producers.directory.records import Report
from producers.directory.store import Directory
from streams.now import Clock
from tests import postgresql
from tests.producers.directory.hours import at

KEY = MasterKey(b"\x05" * 32)

SAMPLES = Path(str(files("producers.directory") / "samples"))


@pytest.fixture
def key() -> MasterKey:
    """One for all, so that what is slow to make is made once."""
    return KEY


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    if postgresql.TOOLS is None:
        pytest.skip("NOT TESTED ON POSTGRESQL: install it with: apt-get install postgresql")
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that holds nothing yet."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/directory.db"
    url: str = request.getfixturevalue("postgresql_url")
    server = make_url(url)
    connection = await asyncpg.connect(
        host=server.host,
        port=server.port,
        user=server.username,
        password=server.password,
        database=server.database,
    )
    await connection.execute("DROP SCHEMA IF EXISTS directory CASCADE")
    await connection.close()
    return url


@pytest.fixture
async def directory(url: str, key: MasterKey) -> AsyncIterator[Directory]:
    opened = await Directory.open(url, key)
    yield opened
    await opened.close()


def clock_at(moment: int) -> Clock:
    """A clock that stands still at that moment (ms)."""
    return Clock(start=moment, wall_at_start=time.time_ns() // 1_000_000, speed=0.0)


NOON = clock_at(at("2026-11-24 12:00"))


class Files:
    """Writes files and imports them."""

    def __init__(self, directory: Directory, place: Path, clock: Clock = NOON) -> None:
        self.directory = directory
        self.place = place
        self.clock = clock

    async def samples(self) -> None:
        for name in ("programs.csv", "people.csv", "sessions.csv"):
            await import_file(self.directory, SAMPLES / name, clock=self.clock)

    async def take(
        self, text: str | bytes, name: str = "file.csv", *, dry_run: bool = False
    ) -> Report:
        path = self.place / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return await import_file(self.directory, path, clock=self.clock, dry_run=dry_run)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the samples in it, made once."""
    place = tmp_path_factory.mktemp("prepared")

    async def make() -> None:
        opened = await Directory.open(f"sqlite+aiosqlite:///{place}/small.db", KEY)
        await Files(opened, place).samples()
        await opened.close()

    asyncio.run(make())
    return place / "small.db"


@pytest.fixture
async def quick(prepared: Path, tmp_path: Path) -> AsyncIterator[Files]:
    """The samples are in, on SQLite alone, for what does not depend on the database."""
    shutil.copy(prepared, tmp_path / "small.db")
    opened = await Directory.open(f"sqlite+aiosqlite:///{tmp_path}/small.db", KEY)
    yield Files(opened, tmp_path)
    await opened.close()


@pytest.fixture
async def imported(url: str, prepared: Path, tmp_path: Path) -> AsyncIterator[Files]:
    """The samples are in, on both databases."""
    on_file = make_url(url).get_backend_name() == "sqlite"
    if on_file:
        shutil.copy(prepared, str(make_url(url).database))
    opened = await Directory.open(url, KEY)
    files_ = Files(opened, tmp_path)
    if not on_file:
        await files_.samples()
    yield files_
    await opened.close()
