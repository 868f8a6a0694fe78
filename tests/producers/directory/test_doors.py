"""Rooms' names are kept for the join link, readable by nobody else."""

from sqlalchemy import select

from producers.directory.doors import DOORS, rooms_of
from producers.directory.store import Directory
from producers.directory.tables import SESSIONS
from tests.producers.directory.conftest import SAMPLES, Files


async def rooms(directory: Directory) -> dict[str, str]:
    async with directory.reading() as connection:
        ids = (await connection.execute(select(SESSIONS.c.id))).scalars().all()
        return await rooms_of(connection, directory.rooms, list(ids))


async def test_a_room_is_kept_follows_the_schedule_and_is_no_text_on_disk(quick: Files):
    before = await rooms(quick.directory)
    room = "evening-group"
    session_id = next(id_ for id_, one in before.items() if one == room)
    raw = (quick.place / "small.db").read_bytes() + (quick.place / "small.db-wal").read_bytes()
    assert room.encode() not in raw
    async with quick.directory.reading() as connection:
        doors = {row.session_id: row.sealed for row in await connection.execute(select(DOORS))}
    text = (SAMPLES / "sessions.csv").read_text()
    await quick.take(text, "sessions.csv")
    async with quick.directory.reading() as connection:
        again = {row.session_id: row.sealed for row in await connection.execute(select(DOORS))}
    assert again == doors, "what did not change is not written again"
    await quick.take(text.replace(room, f"{room}7"), "sessions.csv")
    after = await rooms(quick.directory)
    assert after[session_id] == f"{room}7"
    assert after.keys() == before.keys()
