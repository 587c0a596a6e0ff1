"""What calls to language models may spend and have spent; conversations that gather what a project asks for."""

import sqlalchemy as sa
from alembic import op

revision = "b7c41d0a93fe"
down_revision = "a41d7be2c905"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trunkline_budgets",
        sa.Column("root", sa.String(length=256), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("exceeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("root"),
        comment="what the calls of a task tree to language models have spent",
    )
    op.create_index(op.f("ix_trunkline_budgets_used_at"), "trunkline_budgets", ["used_at"], unique=False)
    op.create_table(
        "trunkline_reservations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("root", sa.String(length=256), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="what calls that run now may spend at most; of no weight once expired",
    )
    op.create_index(op.f("ix_trunkline_reservations_root"), "trunkline_reservations", ["root"], unique=False)
    op.create_table(
        "requirements_chats",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("gathering", sa.JSON(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name=op.f("fk_requirements_chats_owner_id_accounts")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_requirements_chats_project_id_projects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirements_chats")),
    )
    op.create_index(op.f("ix_requirements_chats_owner_id"), "requirements_chats", ["owner_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_requirements_chats_owner_id"), table_name="requirements_chats")
    op.drop_table("requirements_chats")
    op.drop_index(op.f("ix_trunkline_reservations_root"), table_name="trunkline_reservations")
    op.drop_table("trunkline_reservations")
    op.drop_index(op.f("ix_trunkline_budgets_used_at"), table_name="trunkline_budgets")
    op.drop_table("trunkline_budgets")
