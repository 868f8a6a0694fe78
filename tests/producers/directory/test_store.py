"""The store on both databases: schema, one writer, nothing readable on disk."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select

from privacy.people import changed, revisions_of
from privacy.sealing import MasterKey
from producers.directory.correcting import last_said
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, FIELDS, PROGRAMS, metadata
from tests.producers.directory.conftest import Files


async def test_the_migrations_make_what_the_tables_say(directory: Directory):
    def differences(connection: Connection) -> list[object]:
        options = {"version_table": "directory_version", "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with directory.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_what_was_said_of_an_attendance_is_found_without_reading_the_whole_audit(
    quick: Files,
):
    async with quick.directory.reading() as connection:
        asked = last_said("s1/p1").compile(dialect=connection.dialect)
        plan = await connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {asked}", tuple(asked.params[name] for name in asked.positiontup)
        )
        assert "USING INDEX ix_audit_object (object=?)" in plan.one().detail


async def test_opening_again_and_at_once_by_several(url: str, key: MasterKey):
    opened = await asyncio.gather(*(Directory.open(url, key) for _ in range(4)))
    async with opened[0].writing() as connection:
        await connection.execute(
            insert(PROGRAMS).values(id="p", code="iop", name="Program", time_zone="UTC")
        )
    async with opened[3].reading() as connection:
        assert (await connection.execute(select(PROGRAMS.c.code))).scalars().all() == ["iop"]
    for one in opened:
        await one.close()


async def test_what_raises_in_a_writing_undoes_all_of_it(directory: Directory):
    async def broken_off() -> None:
        async with directory.writing() as connection:
            await changed(connection, "people")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await broken_off()
    async with directory.reading() as connection:
        assert (await revisions_of(connection))["people"] == 0


async def test_writings_wait_for_each_other(url: str, key: MasterKey):
    """Read, think, write: without a turn for each, one would overwrite the other's count."""
    directories = [await Directory.open(url, key) for _ in range(3)]

    async def count(directory: Directory) -> None:
        for _ in range(5):
            async with directory.writing() as connection:
                before = (await revisions_of(connection))["schedule"]
                await asyncio.sleep(0.001)
                await changed(connection, "schedule")
                assert (await revisions_of(connection))["schedule"] == before + 1

    await asyncio.gather(*map(count, directories))
    async with directories[0].reading() as connection:
        assert (await revisions_of(connection))["schedule"] == 15
    for directory in directories:
        await directory.close()


async def test_no_name_address_or_number_lies_readable_on_disk(quick: Files):
    held = b"".join(path.read_bytes() for path in quick.place.glob("small.db*"))
    for secret in ("Rivera", "Okafor", "555 010", "ana.r@mail", "p-1042", "ana-phone", "81234"):
        assert secret.encode() not in held
    assert b"iop-evening" in held


async def test_aliases_and_fields_hold_hmacs_and_ciphertext(imported: Files):
    async with imported.directory.reading() as connection:
        aliases = (await connection.execute(select(ALIASES.c.alias))).scalars().all()
        sealed = (await connection.execute(select(FIELDS.c.sealed))).scalars().all()
    assert imported.directory.pseudonyms.alias("livekit", "ana-phone") in aliases
    assert all(len(alias) == 26 for alias in aliases)
    assert not any(b"Ana" in value for value in sealed)


async def test_another_key_opens_no_name(url: str, key: MasterKey, tmp_path: Path):
    first = await Directory.open(url, key)
    await Files(first, tmp_path).samples()
    ana = first.pseudonyms.participant("p-1042")
    await first.close()
    other = await Directory.open(url, MasterKey(b"\x07" * 32))
    with pytest.raises(Exception, match=r"^$") as raised:  # InvalidTag says nothing at all
        await other.people.names([ana])
    assert type(raised.value).__name__ == "InvalidTag"
    await other.close()
