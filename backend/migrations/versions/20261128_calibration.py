"""Confidence is calibrated: what was answered, the versions fitted to it, and the score that each match had."""

import sqlalchemy as sa
from alembic import op

revision = "e8a1f4c2b760"
down_revision = "c5d20e7f14ab"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("opportunities") as opportunities:
        opportunities.add_column(sa.Column("score", sa.Double(), nullable=True))
        opportunities.add_column(sa.Column("calibration", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE opportunities SET score = match_confidence")
    with op.batch_alter_table("opportunities") as opportunities:
        opportunities.alter_column("score", existing_type=sa.Double(), nullable=False)
    op.create_table(
        "match_outcomes",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("freelancer_id", sa.String(length=36), nullable=False),
        sa.Column("answered_by", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_match_outcomes_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["freelancers.id"], name=op.f("fk_match_outcomes_freelancer_id_freelancers")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_match_outcomes_project_id_projects")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_match_outcomes")),
        sa.UniqueConstraint("project_id", "freelancer_id", "answered_by", name=op.f("uq_match_outcomes_project_id")),
    )
    op.create_table(
        "calibrations",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("a", sa.Double(), nullable=False),
        sa.Column("b", sa.Double(), nullable=False),
        sa.Column("c", sa.Double(), nullable=False),
        sa.Column("outcomes", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("calibration_error", sa.Double(), nullable=False),
        sa.Column("bins", sa.JSON(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_calibrations")),
    )


def downgrade() -> None:
    op.drop_table("calibrations")
    op.drop_table("match_outcomes")
    with op.batch_alter_table("opportunities") as opportunities:
        opportunities.drop_column("calibration")
        opportunities.drop_column("score")
