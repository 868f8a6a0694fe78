"""How often an alert's audience was widened since nobody took it, and when it is next."""

import sqlalchemy as sa
from alembic import op

revision = "a0005"
down_revision = "a0004"


def upgrade() -> None:
    widened = sa.Column("widened", sa.Integer, nullable=False, server_default="0")
    op.add_column("alerts", widened)
    op.add_column("alerts", sa.Column("widens_at", sa.BigInteger))
    op.create_index("ix_alerts_widens_at", "alerts", ["widens_at"])
