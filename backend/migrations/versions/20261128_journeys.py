"""Offers end: by an answer, a decision, a deadline, or because they are taken back. Projects say how many they want."""

import sqlalchemy as sa
from alembic import op

revision = "c5d20e7f14ab"
down_revision = "b7c41d0a93fe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("places", sa.Integer(), server_default="1", nullable=False))
    op.add_column("opportunities", sa.Column("answer", sa.String(length=20), nullable=True))
    op.add_column("opportunities", sa.Column("decision", sa.String(length=20), nullable=True))
    op.add_column("opportunities", sa.Column("offered_version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("opportunities", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("opportunities", sa.Column("closed_because", sa.String(length=40), nullable=True))
    op.execute("UPDATE opportunities SET answer = state WHERE state IN ('interested', 'declined')")
    op.execute(
        "UPDATE opportunities SET offered_version ="
        " (SELECT version FROM projects WHERE projects.id = opportunities.project_id) WHERE state <> 'scored'"
    )


def downgrade() -> None:
    for name in ("closed_because", "expires_at", "offered_version", "decision", "answer"):
        op.drop_column("opportunities", name)
    op.drop_column("projects", "places")
