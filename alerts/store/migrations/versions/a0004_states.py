"""Alerts of one state by their newest change: a page of a long list is read, not sorted."""

from alembic import op

revision = "a0004"
down_revision = "a0003"


def upgrade() -> None:
    op.drop_index("ix_alerts_state", "alerts")
    op.create_index("ix_alerts_state_seq", "alerts", ["state", "seq"])
