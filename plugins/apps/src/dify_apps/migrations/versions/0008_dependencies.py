"""What app files declare of plugins."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    """Bring the table there."""
    op.create_table(
        "runtime_app_dependencies",
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("dependencies", types.LongText(), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("runtime_app_dependencies_pkey")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("runtime_app_dependencies")
