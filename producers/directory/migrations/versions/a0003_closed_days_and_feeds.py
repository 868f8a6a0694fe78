"""Closed days of programs, and where feeds stand; what is called off apart from what is closed."""

import sqlalchemy as sa
from alembic import op

revision = "a0003"
down_revision = "a0002"

ID = sa.String(26)


def upgrade() -> None:
    op.create_table(
        "closed_days",
        sa.Column("program_id", ID, sa.ForeignKey("programs.id"), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
    )
    op.create_table(
        "feeds",
        sa.Column("source", ID, primary_key=True),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.Column("read_at", sa.BigInteger, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
    )
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(
            sa.Column("called_off", sa.Boolean, nullable=False, server_default=sa.false())
        )
    op.execute("UPDATE sessions SET called_off = cancelled")
    with op.batch_alter_table("sessions") as sessions:
        sessions.alter_column("called_off", server_default=None)
