"""Names as screens show them, each field bound to its person, none after the key is gone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import insert, update

from privacy.database import Database
from privacy.people import FIELDS, PEOPLE, REVISIONS, Name, People, changed, metadata
from privacy.sealing import MasterKey


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/people.db", "people")
    async with made.writing() as connection:
        await connection.run_sync(metadata.create_all, [PEOPLE, FIELDS, REVISIONS])
        await connection.execute(insert(REVISIONS).values(name="people", value=0))
    yield made
    await made.close()


@pytest.fixture
def people(database: Database, key: MasterKey) -> People:
    return People(database, key)


async def add(database: Database, people: People, id_: str, **fields: str) -> None:
    sealed_key = people.new_key(id_)
    sealed = people.sealed(id_, sealed_key, fields)
    rows = [
        {"person_id": id_, "field": name, "sealed": value}
        for name, value in zip(fields, sealed, strict=True)
    ]
    async with database.writing() as connection:
        values = {"id": id_, "kind": "patient", "state": "active", "sealed_key": sealed_key}
        await connection.execute(insert(PEOPLE).values(values))
        await connection.execute(insert(FIELDS), rows)


@pytest.mark.parametrize(
    ("fields", "preferred", "short", "full"),
    [
        pytest.param(
            {"name": "Ana María Rivera", "preferred": "Ana"},
            *("Ana", "Ana R.", "Ana María Rivera"),
            id="preferred",
        ),
        pytest.param({"name": "Luis Okafor"}, "Luis", "Luis O.", "Luis Okafor", id="first name"),
        pytest.param({"name": "Sun"}, "Sun", "Sun", "Sun", id="one name"),
        pytest.param(
            {"name": "Wu Li", "preferred": "Lily"}, "Lily", "Lily L.", "Wu Li", id="other"
        ),
        pytest.param({"preferred": "Jo"}, "Jo", "Jo", "Jo", id="no full name"),
    ],
)
async def test_what_a_person_is_called(database, people, fields, preferred, short, full):
    await add(database, people, "p1", **fields, language="es", pronoun="she")
    assert await people.names(["p1", "nobody"]) == {
        "p1": Name(preferred, short, full, "es", "she", "patient")
    }


async def test_a_field_cannot_be_given_to_another_person_or_field(database, people):
    await add(database, people, "p1", name="Ana Rivera", phone="+1 555 010 0142")
    await add(database, people, "p2", name="Luis Okafor")
    async with database.writing() as connection:
        mine = FIELDS.c.person_id == "p1", FIELDS.c.field == "phone"
        await connection.execute(update(FIELDS).where(*mine).values(field="chart"))
    with pytest.raises(InvalidTag):
        await people.card("p1", ["chart"])
    async with database.writing() as connection:
        mine = FIELDS.c.person_id == "p1", FIELDS.c.field == "name"
        await connection.execute(
            update(FIELDS).where(*mine).values(person_id="p2", field="preferred")
        )
    with pytest.raises(InvalidTag):
        await people.names(["p2"])


async def test_without_their_key_nothing_of_a_person_is_left(database, people):
    await add(database, people, "p1", name="Ana Rivera")
    async with database.writing() as connection:
        await connection.execute(update(PEOPLE).where(PEOPLE.c.id == "p1").values(sealed_key=None))
    assert await people.card("p1", ["name"]) == {}


async def test_names_are_kept_until_people_change(database, people, monkeypatch):
    await add(database, people, "p1", name="Ana Rivera")
    assert (await people.names(["p1"]))["p1"].short == "Ana R."
    async with database.writing() as connection:
        sealed_key = (await connection.execute(PEOPLE.select())).one().sealed_key
        (sealed,) = people.sealed("p1", sealed_key, {"name": "Ana Ruiz Soto"})
        await connection.execute(update(FIELDS).values(sealed=sealed))
    monkeypatch.setattr("privacy.people.FRESH_SECONDS", -1.0)
    assert (await people.names(["p1"]))["p1"].full == "Ana Rivera"  # nothing said it changed
    async with database.writing() as connection:
        await changed(connection, "people")
    assert (await people.names(["p1"]))["p1"].full == "Ana Ruiz Soto"
