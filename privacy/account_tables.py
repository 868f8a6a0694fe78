"""The tables of local accounts. Passwords and tokens are hashes, names are sealed."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table

from privacy.audit import audit_table

metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("user_id", String(64), primary_key=True),
    Column("username", String(256), nullable=False, unique=True),
    Column("password", String(256), nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("staff_id", String(128)),
    Column("roles", String(256), nullable=False),
    Column("programs", String, nullable=False),
    Column("language", String(16), nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
duty = Table(
    "duty",
    metadata,
    Column("user_id", String(64), primary_key=True),
    Column("program_id", String(128), primary_key=True),
    Column("until", BigInteger, nullable=False),
)
tries = Table(
    "tries",
    metadata,
    Column("name_hash", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
audited = audit_table(metadata)
