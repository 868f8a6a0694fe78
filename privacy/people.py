"""People: what is known of each, every field encrypted on its own.

Each person has a key of their own, itself encrypted with the installation's; a field is bound to
who and which it is (AAD `id|field`), so that it can be neither read nor moved to another person.
Destroying a person's key makes all of their fields unreadable, in backups too.
"""

import secrets
import time
from collections.abc import Iterable, Mapping

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.database import Database
from privacy.pseudonyms import LENGTH
from privacy.sealing import MasterKey, Seal

metadata = MetaData()

PEOPLE = Table(
    "people",
    metadata,
    Column("id", String(LENGTH), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("clinician_id", String(LENGTH)),
    Column("hours_per_week", Float),
    Column("state", String(16), nullable=False),
    Column("sealed_key", LargeBinary),  # none: erased
    Column("erased_at", BigInteger),
)
FIELDS = Table(
    "person_fields",
    metadata,
    Column("person_id", String(LENGTH), ForeignKey("people.id"), primary_key=True),
    Column("field", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
REVISIONS = Table(
    "revisions",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", Integer, nullable=False),
)

NAMED = ("name", "preferred", "language", "pronoun")
FRESH_SECONDS = 1.0


class Name(Struct, frozen=True):
    """What screens call a person. `short` is the preferred name and the family name's initial."""

    preferred: str
    short: str
    full: str
    language: str | None
    pronoun: str | None
    kind: str


class People:
    """Reads and writes people's fields; the names once read are kept until people change."""

    def __init__(self, database: Database, key: MasterKey) -> None:
        self._database = database
        self._seal = Seal(key.derive("people/v1"))
        self._names: dict[str, Name | None] = {}
        self._revision = -1
        self._looked_at = float("-inf")

    async def names(self, ids: Iterable[str]) -> dict[str, Name]:
        """Names of those known; who is not known is left out. At most a second old."""
        wanted = set(ids)
        if time.monotonic() - self._looked_at > FRESH_SECONDS:
            await self._forget_if_changed()
        missing = wanted - self._names.keys()
        if missing:
            async with self._database.reading() as connection:
                kinds = await self.kinds(connection, missing)
                fields = await self.fields(connection, missing, NAMED)
            for id_ in missing:
                self._names[id_] = _name(kinds[id_], fields.get(id_, {})) if id_ in kinds else None
        return {id_: name for id_ in wanted if (name := self._names[id_]) is not None}

    async def _forget_if_changed(self) -> None:
        async with self._database.reading() as connection:
            revision = (await revisions_of(connection))["people"]
        if revision != self._revision:
            self._names.clear()
        self._revision, self._looked_at = revision, time.monotonic()

    async def card(self, person_id: str, fields: Iterable[str]) -> dict[str, str]:
        """The named fields of one person that are known."""
        async with self._database.reading() as connection:
            return (await self.fields(connection, [person_id], fields)).get(person_id, {})

    async def kinds(self, connection: AsyncConnection, ids: Iterable[str]) -> dict[str, str]:
        """`staff`, `patient`, `family`, `interpreter` or `observer` of those known."""
        query = select(PEOPLE.c.id, PEOPLE.c.kind).where(PEOPLE.c.id.in_(list(ids)))
        rows = await connection.execute(query)
        return {row.id: row.kind for row in rows}

    async def fields(
        self,
        connection: AsyncConnection,
        ids: Iterable[str],
        fields: Iterable[str] | None = None,
    ) -> dict[str, dict[str, str]]:
        """The named fields in clear (all, when none are named), by person."""
        query = (
            select(FIELDS.c.person_id, FIELDS.c.field, FIELDS.c.sealed, PEOPLE.c.sealed_key)
            .join(PEOPLE, PEOPLE.c.id == FIELDS.c.person_id)
            .where(FIELDS.c.person_id.in_(list(ids)), PEOPLE.c.sealed_key.is_not(None))
        )
        if fields is not None:
            query = query.where(FIELDS.c.field.in_(list(fields)))
        rows = await connection.execute(query)
        seals: dict[str, Seal] = {}
        read: dict[str, dict[str, str]] = {}
        for id_, field, sealed, sealed_key in rows:
            if id_ not in seals:
                seals[id_] = Seal(self._seal.open(sealed_key, _bound(id_, "key")))
            plain = seals[id_].open(sealed, _bound(id_, field)).decode()
            read.setdefault(id_, {})[field] = plain
        return read

    def new_key(self, person_id: str) -> bytes:
        """A person's own key, encrypted with the installation's."""
        return self._seal.close(secrets.token_bytes(32), _bound(person_id, "key"))

    def sealed(self, person_id: str, sealed_key: bytes, fields: Mapping[str, str]) -> list[bytes]:
        """Each value encrypted, in the order of `fields`."""
        seal = Seal(self._seal.open(sealed_key, _bound(person_id, "key")))
        return [
            seal.close(value.encode(), _bound(person_id, field)) for field, value in fields.items()
        ]


async def revisions_of(connection: AsyncConnection) -> dict[str, int]:
    """How often people and the schedule have changed."""
    rows = await connection.execute(select(REVISIONS.c.name, REVISIONS.c.value))
    return {row.name: row.value for row in rows}


async def changed(connection: AsyncConnection, name: str) -> None:
    """Says that what is so named has changed; part of the caller's transaction."""
    query = REVISIONS.update().where(REVISIONS.c.name == name)
    await connection.execute(query.values(value=REVISIONS.c.value + 1))


def _bound(person_id: str, field: str) -> bytes:
    return f"{person_id}|{field}".encode()


def _name(kind: str, fields: Mapping[str, str]) -> Name:
    full = fields.get("name", "")
    words = full.split()
    preferred = fields.get("preferred") or (words[0] if words else "")
    family = words[-1] if len(words) > 1 else ""
    return Name(
        preferred=preferred,
        short=f"{preferred} {family[0]}." if family else preferred,
        full=full or preferred,
        language=fields.get("language"),
        pronoun=fields.get("pronoun"),
        kind=kind,
    )
