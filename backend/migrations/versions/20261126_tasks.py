"""What is to happen at a time has rows: timers."""

import sqlalchemy as sa
from alembic import op

revision = "3b7c19e05d4a"
down_revision = "8d1f0c6b42a7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trunkline_timers",
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=256), nullable=False),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
        comment="what is to happen at a time, and has not yet",
    )
    op.create_index(op.f("ix_trunkline_timers_due"), "trunkline_timers", ["due"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_trunkline_timers_due"), table_name="trunkline_timers")
    op.drop_table("trunkline_timers")
