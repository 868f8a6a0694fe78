"""The unmatched people of sessions, what was disclosed to whom, and when somebody was erased."""

import sqlalchemy as sa
from alembic import op

revision = "a0004"
down_revision = "a0003"

ID = sa.String(26)


def upgrade() -> None:
    op.create_table(
        "unmatched",
        sa.Column("unmapped_id", sa.String(64), primary_key=True),
        sa.Column("session_id", ID, sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("connections", sa.JSON, nullable=False),
    )
    op.create_table(
        "disclosures",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("person_id", ID, nullable=False, index=True),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.add_column("people", sa.Column("erased_at", sa.BigInteger))
