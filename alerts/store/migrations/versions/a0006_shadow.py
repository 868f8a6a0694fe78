"""What was detected in shadow mode, and told to nobody."""

import sqlalchemy as sa
from alembic import op

revision = "a0006"
down_revision = "a0005"


def upgrade() -> None:
    op.create_table(
        "shadowed",
        sa.Column("alert_id", sa.String(128), primary_key=True),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("signal", sa.LargeBinary, nullable=False),
    )
