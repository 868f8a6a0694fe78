"""The alert store's tables. Times are ms since the Unix epoch; signals are kept as JSON."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

from privacy.audit import audit_table

metadata = MetaData()

ALERTS = Table(
    "alerts",
    metadata,
    Column("alert_id", String(128), primary_key=True),
    Column("case_id", String(128), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("program_id", String(128)),
    Column("session_id", String(128)),
    Column("participant_id", String(128)),
    Column("raised_at", BigInteger, nullable=False),
    Column("signal", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("explained_by", String(128)),
    Column("due_at", BigInteger),
    Column("notified_at", BigInteger),
    Column("digest", BigInteger),
    Column("widened", Integer, nullable=False, server_default="0"),
    Column("widens_at", BigInteger),
    Index("ix_alerts_seq", "seq"),
    Index("ix_alerts_session", "session_id", "participant_id"),
    Index("ix_alerts_participant", "participant_id", "raised_at"),
    Index("ix_alerts_state_seq", "state", "seq"),
    Index("ix_alerts_explained_by", "explained_by"),
    Index("ix_alerts_rule", "rule", "state"),
    Index("ix_alerts_case", "case_id"),
    Index("ix_alerts_due_at", "due_at"),
    Index("ix_alerts_notified_at", "notified_at"),
    Index("ix_alerts_widens_at", "widens_at"),
)
"""`seq` is that of the newest feed record of this alert; `explained_by` the incident for which it
is held back now; `due_at` when outreach is still to be told of it; `widened` how often its audience
was widened since nobody took it, `widens_at` when it is next."""

EXPLAINS = Table(
    "explains",
    metadata,
    Column("incident", String(128), primary_key=True),
    Column("alert_id", String(128), primary_key=True),
    Index("ix_explains_alert", "alert_id"),
)
"""What each incident's newest signal names, heard of or not."""

ACTS = Table(
    "acts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("alert_id", String(128), nullable=False, index=True),
    Column("ts", BigInteger, nullable=False),
    Column("what", String(64), nullable=False),
    Column("by", String(128), nullable=False),
    Column("result", String(64)),
)
INBOX = Table(
    "inbox",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("ts", BigInteger, nullable=False, index=True),
)
"""Ids of the signals taken in."""

OFFSETS = Table(
    "offsets",
    metadata,
    Column("topic", String(255), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
)
"""The offset of the first record not yet taken in. Truer than the group's own commit."""

SHADOWED = Table(
    "shadowed",
    metadata,
    Column("alert_id", String(128), primary_key=True),
    Column("ts", BigInteger, nullable=False),
    Column("signal", LargeBinary, nullable=False),
)
"""The newest signal of each alert that shadow mode told nobody of; empty without it."""

OUTBOX = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("topic", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("act", String(128), index=True),
    sqlite_autoincrement=True,
)
"""What must still go to Kafka, in this order; `act` is the alert whose undo withdraws it."""

COUNTERS = Table(
    "counters",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""`feed`: the last `seq` given out; `duty:<program>`: how many were said to be on duty."""

AUDIT = audit_table(metadata)
