"""What a person allows beyond presence, each scope its own yes; kept beside the people.

Without a row, or after a no, there is no consent. What was said when is on the log
(`consent.changed`) and in the audit.
"""

from typing import Final, Literal, get_args

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, String, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.people import metadata
from privacy.pseudonyms import LENGTH

Scope = Literal["quality", "engagement"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

CONSENTS = Table(
    "consents",
    metadata,
    Column("person_id", String(LENGTH), ForeignKey("people.id"), primary_key=True),
    Column("scope", String(16), primary_key=True),
    Column("granted", Boolean, nullable=False),
    Column("notice_version", String(64), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)


async def granted(connection: AsyncConnection) -> dict[str, frozenset[str]]:
    """The scopes that each person has said yes to; who has to none is left out."""
    query = select(CONSENTS.c.person_id, CONSENTS.c.scope).where(CONSENTS.c.granted)
    found: dict[str, frozenset[str]] = {}
    for person_id, scope in await connection.execute(query):
        found[person_id] = found.get(person_id, frozenset()) | {scope}
    return found


async def record(
    connection: AsyncConnection,
    person_id: str,
    scope: Scope,
    *,
    granted: bool,
    notice_version: str,
    at: int,
) -> bool:
    """Writes what a known person said of the notice they read; False when they had said it before.
    `at` in ms."""
    key = {"person_id": person_id, "scope": scope}
    said = {"granted": granted, "notice_version": notice_version}
    theirs = CONSENTS.c.person_id == person_id, CONSENTS.c.scope == scope
    before = (await connection.execute(select(CONSENTS).where(*theirs))).first()
    if before is None:
        await connection.execute(insert(CONSENTS).values(**key, **said, changed_at=at))
    elif (before.granted, before.notice_version) == (granted, notice_version):
        return False
    else:
        await connection.execute(CONSENTS.update().where(*theirs).values(**said, changed_at=at))
    return True
