"""The alert store on both databases."""

from collections.abc import AsyncIterator

import pytest

from alerts.store.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path) -> str:
    """A database of this test alone."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/alerts.db"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(store_url)
    yield opened
    if not store_url.startswith("sqlite"):
        async with opened._database.writing() as connection:
            await connection.exec_driver_sql("DROP SCHEMA alerts CASCADE")
    await opened.close()


@pytest.fixture
async def sqlite_store(tmp_path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite+aiosqlite:///{tmp_path}/alerts.db")
    yield opened
    await opened.close()
