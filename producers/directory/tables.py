"""The directory's tables: who is who, which room is whose, what is scheduled, what to say.

Ids are pseudonyms, rooms and aliases HMACs, names encrypted (`privacy/people.py`). The schema is
made by the migrations; a test holds the two against each other.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from privacy.audit import audit_table
from privacy.consent import CONSENTS
from privacy.disclosures import DISCLOSURES
from privacy.people import FIELDS, PEOPLE, REVISIONS, metadata
from privacy.pseudonyms import LENGTH
from producers.directory.doors import DOORS

__all__ = [
    "ALIASES",
    "ATTENDED",
    "AUDIT",
    "CLOSED_DAYS",
    "CONSENTS",
    "DISCLOSURES",
    "DOORS",
    "EXPECTED",
    "FEEDS",
    "FIELDS",
    "OUTBOX",
    "PEOPLE",
    "PROGRAMS",
    "REVISIONS",
    "ROSTER",
    "SESSIONS",
    "UNMATCHED",
    "metadata",
]

ALIASES = Table(
    "aliases",
    metadata,
    Column("alias", String(LENGTH), primary_key=True),
    Column("person_id", String(LENGTH), ForeignKey("people.id"), nullable=False, index=True),
    Column("platform", String(16)),  # not known of a matched one
)
PROGRAMS = Table(
    "programs",
    metadata,
    Column("id", String(LENGTH), primary_key=True),
    Column("code", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
)
SESSIONS = Table(
    "sessions",
    metadata,
    Column("id", String(LENGTH), primary_key=True),
    Column("source", String(LENGTH), nullable=False, index=True),
    Column("series", String(LENGTH), nullable=False, index=True),
    Column("original_start", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False, index=True),
    Column("ends_at", BigInteger, nullable=False, index=True),
    Column("time_zone", String(64), nullable=False),
    Column("program_id", String(LENGTH), ForeignKey("programs.id"), nullable=False),
    Column("track", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("platform", String(16)),
    Column("room", String(LENGTH)),
    Column("host_id", String(LENGTH), ForeignKey("people.id"), nullable=False),
    Column("modality", String(16), nullable=False),
    Column("breaks", JSON, nullable=False),
    Column("cancelled", Boolean, nullable=False),  # called off, or on a closed day
    Column("called_off", Boolean, nullable=False),  # by whoever keeps the schedule
    # What was changed when, and what of it has been put into the outbox
    Column("version", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("scheduled_version", Integer, nullable=False),
    Column("scheduled_ts", BigInteger, nullable=False),
    Column("expected_version", Integer, nullable=False),
)
CLOSED_DAYS = Table(
    "closed_days",
    metadata,
    Column("program_id", String(LENGTH), ForeignKey("programs.id"), primary_key=True),
    Column("day", String(10), primary_key=True),  # 2026-12-25, by the clocks of the session
)
FEEDS = Table(
    "feeds",
    metadata,
    Column("source", String(LENGTH), primary_key=True),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("read_at", BigInteger, nullable=False),  # last taken over whole
    Column("asked_at", BigInteger, nullable=False),
    Column("outcome", String(16), nullable=False),
)
ROSTER = Table(
    "roster",
    metadata,
    Column("session_id", String(LENGTH), ForeignKey("sessions.id"), primary_key=True),
    Column("person_id", String(LENGTH), ForeignKey("people.id"), primary_key=True),
    Column("modality", String(16)),
    Column("added_at", BigInteger, nullable=False),
    Index("ix_roster_person_id", "person_id"),
)
EXPECTED = Table(
    "expected",
    metadata,
    Column("session_id", String(LENGTH), ForeignKey("sessions.id"), primary_key=True),
    Column("person_id", String(LENGTH), primary_key=True),
    Column("told", Text, nullable=False),
)
UNMATCHED = Table(
    "unmatched",
    metadata,
    Column("unmapped_id", String(64), primary_key=True),
    Column("session_id", String(LENGTH), ForeignKey("sessions.id"), primary_key=True),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False, index=True),
    Column("connections", JSON, nullable=False),  # the ids of those still open
)
ATTENDED = Table(
    "attended",
    metadata,
    Column("person_id", String(LENGTH), ForeignKey("people.id"), primary_key=True),
    Column("session_id", String(128), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False, index=True),
    Column("time_zone", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("fault", String(16)),
    Column("present_ms", BigInteger, nullable=False),
    Column("late_ms", BigInteger, nullable=False),
    Column("early_ms", BigInteger, nullable=False),
    Column("drops", BigInteger, nullable=False),
    Column("lost_ms", BigInteger, nullable=False),
    Column("hours_per_week", Float),  # prescribed, as the session's roster said
)
OUTBOX = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("topic", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("queued_at", BigInteger, nullable=False),  # by the wall's clock
)
AUDIT = audit_table(metadata)
Index("ix_audit_object", AUDIT.c.object)
