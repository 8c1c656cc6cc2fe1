"""The embedding models of annotation replies."""

import sqlalchemy as sa
from alembic import op

from dify_database import types

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """Bring the table there."""
    op.create_table(
        "runtime_annotation_models",
        sa.Column("app_id", types.StringUUID(), nullable=False),
        sa.Column("provider_name", sa.String(length=255), nullable=False),
        sa.Column("model_name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("runtime_annotation_models_pkey")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("runtime_annotation_models")
