"""Offers end; projects say how many they want. Messages have preferences, and digests that go by mail."""

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
    op.add_column("clarifications", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE opportunities SET answer = state WHERE state IN ('interested', 'declined')")
    op.execute(
        "UPDATE opportunities SET offered_version ="
        " (SELECT version FROM projects WHERE projects.id = opportunities.project_id) WHERE state <> 'scored'"
    )
    _communication()
    _analytics()


def _communication() -> None:
    op.create_table(
        "message_preferences",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("message_type", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_message_preferences_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "message_type", name=op.f("pk_message_preferences")),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_digests_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
    )
    op.create_index(op.f("ix_digests_account_id"), "digests", ["account_id"], unique=False)
    op.create_table(
        "digest_entries",
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("digest_id", sa.String(length=36), nullable=True),
        sa.Column("message_type", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_digest_entries_account_id_accounts")),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name=op.f("fk_digest_entries_digest_id_digests")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_digest_entries")),
    )
    op.create_index("ix_digest_entries_account", "digest_entries", ["account_id", "digest_id"], unique=False)
    op.create_index(op.f("ix_digest_entries_digest_id"), "digest_entries", ["digest_id"], unique=False)


def _analytics() -> None:
    op.create_table(
        "metric_buckets",
        sa.Column("metric_type", sa.String(length=128), nullable=False),
        sa.Column("width", sa.String(length=20), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("lowest", sa.Double(), nullable=True),
        sa.Column("highest", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("metric_type", "width", "start", name=op.f("pk_metric_buckets")),
    )
    op.create_index("ix_metric_buckets_start", "metric_buckets", ["width", "start"], unique=False)
    op.create_index("ix_journey_stages_stage", "journey_stages", ["stage", "first_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_journey_stages_stage", table_name="journey_stages")
    op.drop_table("metric_buckets")
    for table in ("digest_entries", "digests", "message_preferences"):
        op.drop_table(table)
    for name in ("closed_because", "expires_at", "offered_version", "decision", "answer"):
        op.drop_column("opportunities", name)
    op.drop_column("projects", "places")
    op.drop_column("clarifications", "withdrawn_at")
