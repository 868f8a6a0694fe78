"""The ledger of disclosures: to whom what of a person was given, when, by whom and what for.

42 CFR 2.25 and 2.32: who asks is told of the disclosures of three years, and what is given carries
the notice. The words are sealed with the installation's key, not the person's, so that they
outlive an erasure.
"""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.people import metadata
from privacy.pseudonyms import LENGTH
from privacy.sealing import Seal

NOTICE: Final = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The notice of 42 CFR 2.32(a), in the rule's own short form."""

DISCLOSURES = Table(
    "disclosures",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("person_id", String(LENGTH), nullable=False, index=True),
    Column("who", String(128), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)


class Given(Struct, frozen=True):
    """`basis`: the consent, or the rule that needs none."""

    recipient: str
    purpose: str
    what: str
    basis: str = ""


class Disclosure(Struct, frozen=True):
    """`at` in ms; `who`: the account, or the system where the command line gave it."""

    at: int
    who: str
    given: Given


async def record(
    connection: AsyncConnection, seal: Seal, person_id: str, who: str, given: Given, at: int
) -> None:
    """Adds one within the caller's transaction: what is not in the ledger is not given."""
    sealed = seal.close(msgspec.json.encode(given), person_id.encode())
    values = {"at": at, "person_id": person_id, "who": who, "sealed": sealed}
    await connection.execute(insert(DISCLOSURES).values(values))


async def of(connection: AsyncConnection, seal: Seal, person_id: str) -> list[Disclosure]:
    """The person's, in order."""
    query = select(DISCLOSURES).where(DISCLOSURES.c.person_id == person_id)
    rows = await connection.execute(query.order_by(DISCLOSURES.c.number))
    return [
        Disclosure(
            row.at,
            row.who,
            msgspec.json.decode(seal.open(row.sealed, person_id.encode()), type=Given),
        )
        for row in rows
    ]
