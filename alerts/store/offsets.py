"""The offsets up to which records have been taken in, by topic and partition."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.store.tables import OFFSETS


class Placed(Protocol):
    """A record that knows where it lay."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...


T = TypeVar("T", bound=Placed)


async def stored(connection: AsyncConnection, topic: str) -> dict[int, int]:
    query = select(OFFSETS).where(OFFSETS.c.topic == topic)
    return {row.partition: row.next for row in await connection.execute(query)}


async def advance(connection: AsyncConnection, batch: Sequence[T]) -> list[T]:
    """Moves the offsets past the batch; returns its records that lay beyond them."""
    fresh: list[T] = []
    for topic in sorted({record.topic for record in batch}):
        held = await stored(connection, topic)
        new = [r for r in batch if r.topic == topic and r.offset >= held.get(r.partition, 0)]
        ends: dict[int, int] = {}
        for record in new:
            ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
        for partition, next_ in ends.items():
            await _move(connection, topic, partition, next_, known=partition in held)
        fresh += new
    return fresh


async def forget(connection: AsyncConnection, topic: str, partition: int) -> None:
    await connection.execute(
        delete(OFFSETS).where(OFFSETS.c.topic == topic, OFFSETS.c.partition == partition)
    )


async def _move(
    connection: AsyncConnection, topic: str, partition: int, next_: int, *, known: bool
) -> None:
    if not known:
        row = {"topic": topic, "partition": partition, "next": next_}
        await connection.execute(OFFSETS.insert().values(row))
        return
    await connection.execute(
        update(OFFSETS)
        .where(OFFSETS.c.topic == topic, OFFSETS.c.partition == partition)
        .values(next=next_)
    )
