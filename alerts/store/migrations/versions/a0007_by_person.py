"""The alerts by person: what there was of somebody's last weeks is looked up there."""

from alembic import op

revision = "a0007"
down_revision = "a0006"


def upgrade() -> None:
    op.create_index("ix_alerts_participant", "alerts", ["participant_id", "raised_at"])
