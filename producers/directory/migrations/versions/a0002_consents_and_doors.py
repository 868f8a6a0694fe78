"""What people allow, and the rooms' names, encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "a0002"
down_revision = "a0001"

ID = sa.String(26)


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("person_id", ID, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("scope", sa.String(16), primary_key=True),
        sa.Column("granted", sa.Boolean, nullable=False),
        sa.Column("notice_version", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "doors",
        sa.Column("session_id", ID, sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
