"""Who a clinic's own id is: the pseudonym that a person has kept, whatever key it was made with.

A person has one `participant_id` for as long as the log lives. After the pseudonym key was changed,
somebody known before is found by the older key's pseudonym; only who is new gets one of the newest.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from producers.directory.store import Directory
from producers.directory.tables import PEOPLE

AT_ONCE = 500


async def participants(
    connection: AsyncConnection, directory: Directory, person_ids: Iterable[str]
) -> dict[str, str]:
    """By the clinic's own ids; of who is not known, what they will be called."""
    made = directory.pseudonyms
    candidates = {one: made.participants(one) for one in set(person_ids)}
    if made.versions == 1:
        return {one: ids[0] for one, ids in candidates.items()}
    known = await _known(connection, [id_ for ids in candidates.values() for id_ in ids])
    return {
        one: next((id_ for id_ in ids if id_ in known), ids[0]) for one, ids in candidates.items()
    }


async def person(connection: AsyncConnection, directory: Directory, given: str) -> str | None:
    """A person by the clinic's own id, of staff too, or by the pseudonym; None: not known."""
    made = directory.pseudonyms
    candidates = [given, *made.participants(given), made.staff(given)]
    known = await _known(connection, candidates)
    return next((id_ for id_ in candidates if id_ in known), None)


async def erased(connection: AsyncConnection) -> frozenset[str]:
    """The pseudonyms of all who were erased."""
    query = select(PEOPLE.c.id).where(PEOPLE.c.sealed_key.is_(None))
    return frozenset((await connection.execute(query)).scalars())


async def _known(connection: AsyncConnection, ids: list[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(ids), AT_ONCE):
        query = select(PEOPLE.c.id).where(PEOPLE.c.id.in_(ids[start : start + AT_ONCE]))
        known |= set((await connection.execute(query)).scalars())
    return known
