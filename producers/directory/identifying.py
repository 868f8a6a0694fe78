"""Identities learned or seen while sessions run, rather than imported."""

from collections.abc import Mapping

from sqlalchemy import insert, select

from privacy.people import changed
from producers.directory import identities
from producers.directory.store import Directory
from producers.directory.tables import ALIASES


async def remember(directory: Directory, platform: str, identity: str, person_id: str) -> None:
    """From then on the platform's events with this identity are this person's; what an import or
    staff said of it stands."""
    alias, *older = identities.versions(directory.pseudonyms, platform, identity)
    async with directory.writing() as connection:
        held = select(ALIASES.c.person_id).where(ALIASES.c.alias.in_([alias, *older]))
        if (await connection.execute(held)).first() is None:
            await connection.execute(insert(ALIASES).values(alias=alias, person_id=person_id))
            await changed(connection, "people")


async def rehash(directory: Directory, outdated: Mapping[str, str]) -> None:
    """Keeps each alias (of an older key) under its newer one, too, of the same person: a process
    that has not read the new key yet knows people by the older."""
    async with directory.writing() as connection:
        for old, new in outdated.items():
            held = select(ALIASES).where(ALIASES.c.alias.in_([old, new]))
            rows = {row.alias: row for row in await connection.execute(held)}
            if old not in rows:
                continue
            if new not in rows:
                same = {"person_id": rows[old].person_id, "platform": rows[old].platform}
                await connection.execute(insert(ALIASES).values(alias=new, **same))
        await changed(connection, "people")
