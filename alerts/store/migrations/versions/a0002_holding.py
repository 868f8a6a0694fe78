"""What incidents explain, and what is held back for it."""

import sqlalchemy as sa
from alembic import op

revision = "a0002"
down_revision = "a0001"


def upgrade() -> None:
    op.add_column("alerts", sa.Column("explained_by", sa.String(128)))
    op.create_index("ix_alerts_explained_by", "alerts", ["explained_by"])
    op.create_index("ix_alerts_rule", "alerts", ["rule", "state"])
    op.create_table(
        "explains",
        sa.Column("incident", sa.String(128), primary_key=True),
        sa.Column("alert_id", sa.String(128), primary_key=True),
    )
    op.create_index("ix_explains_alert", "explains", ["alert_id"])
