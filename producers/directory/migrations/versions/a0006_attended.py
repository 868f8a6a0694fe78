"""What each person's sessions of the last weeks came to."""

import sqlalchemy as sa
from alembic import op

revision = "a0006"
down_revision = "a0005"

ID = sa.String(26)


def upgrade() -> None:
    op.create_table(
        "attended",
        sa.Column("person_id", ID, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("session_id", sa.String(128), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("fault", sa.String(16)),
        sa.Column("present_ms", sa.BigInteger, nullable=False),
        sa.Column("late_ms", sa.BigInteger, nullable=False),
        sa.Column("early_ms", sa.BigInteger, nullable=False),
        sa.Column("drops", sa.BigInteger, nullable=False),
        sa.Column("lost_ms", sa.BigInteger, nullable=False),
        sa.Column("hours_per_week", sa.Float),
    )
