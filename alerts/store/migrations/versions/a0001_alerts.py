"""Alerts, acts, inbox, offsets, outbox, counters and audit."""

import sqlalchemy as sa
from alembic import op

revision = "a0001"
down_revision = None


def upgrade() -> None:
    _alerts()
    _kafka()
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("object", sa.String(128), nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sqlite_autoincrement=True,
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(128), primary_key=True),
        sa.Column("case_id", sa.String(128), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("program_id", sa.String(128)),
        sa.Column("session_id", sa.String(128)),
        sa.Column("participant_id", sa.String(128)),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("signal", sa.LargeBinary, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_alerts_seq", "alerts", ["seq"])
    op.create_index("ix_alerts_session", "alerts", ["session_id", "participant_id"])
    op.create_index("ix_alerts_state", "alerts", ["state"])
    op.create_table(
        "acts",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("alert_id", sa.String(128), nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("result", sa.String(64)),
    )
    op.create_index("ix_acts_alert_id", "acts", ["alert_id"])


def _kafka() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("ts", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_inbox_ts", "inbox", ["ts"])
    op.create_table(
        "offsets",
        sa.Column("topic", sa.String(255), primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("act", sa.String(128)),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_act", "outbox", ["act"])
    op.create_table(
        "counters",
        sa.Column("name", sa.String(160), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
