"""Tasks that outlive whoever does them: what happens at a time, how far each task has come, what it asks of people."""

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
    op.create_table(
        "trunkline_tasks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=True),
        sa.Column("owner", sa.String(length=200), nullable=True),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("root_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("input", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.Double(), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="tasks; round counts resumptions, number is that of the last event",
    )
    op.create_index(op.f("ix_trunkline_tasks_parent_id"), "trunkline_tasks", ["parent_id"], unique=False)
    op.create_index(op.f("ix_trunkline_tasks_root_id"), "trunkline_tasks", ["root_id"], unique=False)
    op.create_index(op.f("ix_trunkline_tasks_state"), "trunkline_tasks", ["state"], unique=False)
    op.create_index("uq_trunkline_tasks_key", "trunkline_tasks", ["type", "key"], unique=True)
    op.create_index("ix_trunkline_tasks_owner", "trunkline_tasks", ["owner", "id"], unique=False)
    op.create_table(
        "trunkline_task_events",
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "number"),
        comment="what happened to tasks, numbered in order for each",
    )
    op.create_table(
        "trunkline_task_questions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=True),
        sa.Column("default", sa.JSON(), nullable=True),
        sa.Column("asked_of", sa.String(length=200), nullable=True),
        sa.Column("escalate_to", sa.String(length=200), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("ended", sa.String(length=20), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="what tasks ask of people; ended says how: answered, default, or closed with its task",
    )
    op.create_index("uq_trunkline_task_questions_place", "trunkline_task_questions", ["task_id", "place"], unique=True)


def downgrade() -> None:
    for table in ("trunkline_task_questions", "trunkline_task_events", "trunkline_tasks", "trunkline_timers"):
        op.drop_table(table)
