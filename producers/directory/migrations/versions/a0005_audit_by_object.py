"""The audit by object: what was said of an attendance last is looked up there."""

from alembic import op

revision = "a0005"
down_revision = "a0004"


def upgrade() -> None:
    op.create_index("ix_audit_object", "audit", ["object"])
