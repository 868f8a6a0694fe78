"""Who did what with which object, and when: rows that are only ever added.

Each store keeps its own table of them, so that an act and its audit row are of one
transaction: no audit, no act. Objects are pseudonyms; nothing here is prose.
"""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table
from sqlalchemy.ext.asyncio import AsyncConnection

SYSTEM = "system"
"""Who acts where no person does (the command line, a clearing by itself)."""


def audit_table(metadata: MetaData) -> Table:
    """The table `audit`; `at` in ms of the installation's clock."""
    return Table(
        "audit",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=True),
        Column("at", BigInteger, nullable=False),
        Column("who", String(128), nullable=False),
        Column("what", String(64), nullable=False),
        Column("object", String(128), nullable=False),
        Column("outcome", String(64), nullable=False),
        sqlite_autoincrement=True,
    )


async def record(
    connection: AsyncConnection,
    table: Table,
    *,
    at: int,
    who: str,
    what: str,
    object_: str,
    outcome: str = "done",
) -> None:
    """Adds one row within the caller's transaction."""
    await connection.execute(
        table.insert().values(at=at, who=who, what=what, object=object_, outcome=outcome)
    )
