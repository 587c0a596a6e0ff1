"""Workflows have rows: where each instance stands, and the steps that brought it there."""

import sqlalchemy as sa
from alembic import op

revision = "a41d7be2c905"
down_revision = "3b7c19e05d4a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trunkline_workflows",
        sa.Column("id", sa.String(length=256), nullable=False),
        sa.Column("workflow", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("undoing", sa.Integer(), nullable=True),
        sa.Column("ends_in", sa.String(length=100), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="instances of workflows; entered is the number of the step that led to the present state",
    )
    op.create_index(op.f("ix_trunkline_workflows_key"), "trunkline_workflows", ["key"], unique=False)
    op.create_index("ix_trunkline_workflows_state", "trunkline_workflows", ["workflow", "state"], unique=False)
    op.create_index("ix_trunkline_workflows_started", "trunkline_workflows", ["started_at", "id"], unique=False)
    op.create_table(
        "trunkline_workflow_steps",
        sa.Column("workflow_id", sa.String(length=256), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("on", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=True),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cause_id", sa.String(length=256), nullable=True),
        sa.Column("cause_subject", sa.String(length=1024), nullable=True),
        sa.Column("cause_step", sa.Integer(), nullable=True),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("compensation", sa.String(length=100), nullable=True),
        sa.Column("compensated_by", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", "number"),
        comment="what happened to instances of workflows, numbered in order for each",
    )
    op.create_index(
        "uq_trunkline_workflow_steps_cause", "trunkline_workflow_steps", ["workflow_id", "on", "cause_id"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_trunkline_workflow_steps_cause", table_name="trunkline_workflow_steps")
    op.drop_table("trunkline_workflow_steps")
    op.drop_index("ix_trunkline_workflows_started", table_name="trunkline_workflows")
    op.drop_index("ix_trunkline_workflows_state", table_name="trunkline_workflows")
    op.drop_index(op.f("ix_trunkline_workflows_key"), table_name="trunkline_workflows")
    op.drop_table("trunkline_workflows")
