"""People, aliases, programs, sessions, rosters, what was told, the outbox and the audit."""

import sqlalchemy as sa
from alembic import op

revision = "a0001"
down_revision = None

ID = sa.String(26)


def upgrade() -> None:
    _people()
    _schedule()
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("queued_at", sa.BigInteger, nullable=False),
    )
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
    revisions = op.create_table(
        "revisions",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
    op.bulk_insert(revisions, [{"name": "people", "value": 0}, {"name": "schedule", "value": 0}])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("clinician_id", ID),
        sa.Column("hours_per_week", sa.Float),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary),
    )
    op.create_table(
        "person_fields",
        sa.Column("person_id", ID, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("field", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "aliases",
        sa.Column("alias", ID, primary_key=True),
        sa.Column("person_id", ID, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("platform", sa.String(16)),
    )
    op.create_index("ix_aliases_person_id", "aliases", ["person_id"])


def _schedule() -> None:
    op.create_table(
        "programs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("source", ID, nullable=False),
        sa.Column("series", ID, nullable=False),
        sa.Column("original_start", sa.BigInteger, nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("program_id", ID, sa.ForeignKey("programs.id"), nullable=False),
        sa.Column("track", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("platform", sa.String(16)),
        sa.Column("room", ID),
        sa.Column("host_id", ID, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("modality", sa.String(16), nullable=False),
        sa.Column("breaks", sa.JSON, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("scheduled_version", sa.Integer, nullable=False),
        sa.Column("scheduled_ts", sa.BigInteger, nullable=False),
        sa.Column("expected_version", sa.Integer, nullable=False),
    )
    for column in ("source", "series", "starts_at", "ends_at"):
        op.create_index(f"ix_sessions_{column}", "sessions", [column])
    op.create_table(
        "roster",
        sa.Column("session_id", ID, sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("person_id", ID, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("modality", sa.String(16)),
        sa.Column("added_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_roster_person_id", "roster", ["person_id"])
    op.create_table(
        "expected",
        sa.Column("session_id", ID, sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("person_id", ID, primary_key=True),
        sa.Column("told", sa.Text, nullable=False),
    )
