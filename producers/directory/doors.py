"""The room that a session is held in, as its platform calls it: encrypted, for the join link alone.

Everything else works with the room's HMAC, which nobody can enter.
"""

from collections.abc import Mapping

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.people import metadata
from privacy.pseudonyms import LENGTH
from privacy.sealing import Seal

DOORS = Table(
    "doors",
    metadata,
    Column("session_id", String(LENGTH), ForeignKey("sessions.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)


async def keep(connection: AsyncConnection, seal: Seal, rooms: Mapping[str, str | None]) -> None:
    """Makes these sessions' rooms what is given; None takes one away."""
    known = await rooms_of(connection, seal, list(rooms))
    differing = {id_: room for id_, room in rooms.items() if known.get(id_) != room}
    if gone := [id_ for id_ in differing if id_ in known]:
        await connection.execute(delete(DOORS).where(DOORS.c.session_id.in_(gone)))
    new = [
        {"session_id": id_, "sealed": seal.close(room.encode(), id_.encode())}
        for id_, room in differing.items()
        if room is not None
    ]
    if new:
        await connection.execute(insert(DOORS), new)


async def rooms_of(
    connection: AsyncConnection, seal: Seal, session_ids: list[str]
) -> dict[str, str]:
    """By session, in clear; sessions without a room are left out."""
    query = select(DOORS).where(DOORS.c.session_id.in_(session_ids))
    return {
        row.session_id: seal.open(row.sealed, row.session_id.encode()).decode()
        for row in await connection.execute(query)
    }
