"""What people allow, on both databases."""

from sqlalchemy import insert

from privacy.consent import granted, record
from privacy.people import PEOPLE
from producers.directory.store import Directory


async def test_each_scope_is_its_own_yes_and_a_no_ends_it(directory: Directory):
    async def say(person: str, scope: str, yes: bool, version: str = "1") -> bool:
        return await record(
            connection, person, scope, granted=yes, notice_version=version, at=1_000
        )

    async with directory.writing() as connection:
        people = [{"id": one, "kind": "patient", "state": "active"} for one in ("ana", "luis")]
        await connection.execute(insert(PEOPLE), people)
        assert await granted(connection) == {}
        assert await say("ana", "quality", True)
        assert await say("ana", "engagement", True)
        assert await say("luis", "quality", False)
        assert await granted(connection) == {"ana": frozenset({"quality", "engagement"})}
        assert await say("ana", "quality", False)
        assert await granted(connection) == {"ana": frozenset({"engagement"})}
        assert not await say("ana", "engagement", True)
        assert await say("ana", "engagement", True, version="2"), "of another notice"
