"""When each instance of an agent was last there."""

import sqlalchemy as sa
from alembic import op

revision = "3c7a91e5d0b4"
down_revision = "8d1f0c6b42a7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trunkline_agents",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("instance", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("load", sa.Double(), nullable=True),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ttl", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("stopped_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("name", "instance"),
        comment="instances of agents, and when each was last there, in seconds since 1970 by the database's clock",
    )


def downgrade() -> None:
    op.drop_table("trunkline_agents")
