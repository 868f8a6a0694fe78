"""Remembers under which identity the join link sent somebody to a platform."""

from sqlalchemy import insert, select

from privacy.people import changed
from producers.directory import identities
from producers.directory.store import Directory
from producers.directory.tables import ALIASES


async def remember(directory: Directory, platform: str, identity: str, person_id: str) -> None:
    """From then on the platform's events with this identity are this person's; what an import or
    staff said of it stands."""
    alias = identities.alias(directory.pseudonyms, platform, identity)
    async with directory.writing() as connection:
        held = select(ALIASES.c.person_id).where(ALIASES.c.alias == alias)
        if (await connection.execute(held)).first() is None:
            await connection.execute(insert(ALIASES).values(alias=alias, person_id=person_id))
            await changed(connection, "people")
