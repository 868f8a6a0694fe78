"""When outreach is to be told, was told, and whether in a digest."""

import sqlalchemy as sa
from alembic import op

revision = "a0003"
down_revision = "a0002"


def upgrade() -> None:
    for name in ("due_at", "notified_at", "digest"):
        op.add_column("alerts", sa.Column(name, sa.BigInteger))
    op.create_index("ix_alerts_case", "alerts", ["case_id"])
    op.create_index("ix_alerts_due_at", "alerts", ["due_at"])
    op.create_index("ix_alerts_notified_at", "alerts", ["notified_at"])
