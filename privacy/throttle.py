"""Slowing down who guesses passwords: by account name, whether anybody has it or not.

The first five failures cost nothing, then the wait doubles from a second to five minutes; an
hour without a failure forgets them. Names that nobody has are counted too, so that being made
to wait tells nothing.
"""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.account_tables import tries
from streams.events import HOUR, MINUTE, SECOND

FREE_TRIES = 5
LONGEST_WAIT = 5 * MINUTE
FORGOTTEN_AFTER = HOUR


async def must_wait(connection: AsyncConnection, name_hash: str, now: int) -> bool:
    """Whether a try at `now` (ms) comes too early after the last failures."""
    found = select(tries).where(tries.c.name_hash == name_hash)
    row = (await connection.execute(found)).one_or_none()
    if row is None or row.failures < FREE_TRIES:
        return False
    wait = min(LONGEST_WAIT, 2 ** min(row.failures - FREE_TRIES, 20) * SECOND)
    return bool(now < row.last_at + wait)


async def failed(connection: AsyncConnection, name_hash: str, now: int) -> None:
    await connection.execute(delete(tries).where(tries.c.last_at < now - FORGOTTEN_AFTER))
    counted = await connection.execute(
        update(tries)
        .where(tries.c.name_hash == name_hash)
        .values(failures=tries.c.failures + 1, last_at=now)
    )
    if not counted.rowcount:
        await connection.execute(
            tries.insert().values(name_hash=name_hash, failures=1, last_at=now)
        )


async def succeeded(connection: AsyncConnection, name_hash: str) -> None:
    await connection.execute(delete(tries).where(tries.c.name_hash == name_hash))
