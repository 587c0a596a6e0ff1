"""Every table: the platform's and Trunkline's."""

import sqlalchemy as sa
from alembic import op

revision = "ce5ffedae1f2"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "journey_stages",
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("stage", sa.String(length=128), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "stage", name=op.f("pk_journey_stages")),
    )
    op.create_table(
        "platform_metrics",
        sa.Column("metric_type", sa.String(length=128), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("latest", sa.Double(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("metric_type", name=op.f("pk_platform_metrics")),
    )
    op.create_table(
        "freelancers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("headline", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("positions", sa.JSON(), nullable=False),
        sa.Column("years_of_experience", sa.Double(), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("cv_id", sa.String(length=36), nullable=True),
        sa.Column("edited", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["accounts.id"], name=op.f("fk_freelancers_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freelancers")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("requirements", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("matched_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name=op.f("fk_projects_owner_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_index(op.f("ix_projects_owner_id"), "projects", ["owner_id"], unique=False)
    op.create_index(op.f("ix_projects_state"), "projects", ["state"], unique=False)
    op.create_table(
        "chat_messages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("sender_id", sa.String(length=36), nullable=False),
        sa.Column("recipient_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_chat_messages_project_id_projects")),
        sa.ForeignKeyConstraint(["recipient_id"], ["accounts.id"], name=op.f("fk_chat_messages_recipient_id_accounts")),
        sa.ForeignKeyConstraint(["sender_id"], ["accounts.id"], name=op.f("fk_chat_messages_sender_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_messages")),
    )
    op.create_index(op.f("ix_chat_messages_project_id"), "chat_messages", ["project_id"], unique=False)
    op.create_index(op.f("ix_chat_messages_recipient_id"), "chat_messages", ["recipient_id"], unique=False)
    op.create_index(op.f("ix_chat_messages_sender_id"), "chat_messages", ["sender_id"], unique=False)
    op.create_table(
        "clarifications",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("freelancer_id", sa.String(length=36), nullable=False),
        sa.Column("asked_by", sa.String(length=20), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["freelancers.id"], name=op.f("fk_clarifications_freelancer_id_freelancers")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_clarifications_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarifications")),
    )
    op.create_index(op.f("ix_clarifications_freelancer_id"), "clarifications", ["freelancer_id"], unique=False)
    op.create_index(op.f("ix_clarifications_project_id"), "clarifications", ["project_id"], unique=False)
    op.create_table(
        "cvs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("freelancer_id", sa.String(length=36), nullable=False),
        sa.Column("filename", sa.String(length=1024), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("extracted", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["freelancer_id"], ["freelancers.id"], name=op.f("fk_cvs_freelancer_id_freelancers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cvs")),
    )
    op.create_index(op.f("ix_cvs_freelancer_id"), "cvs", ["freelancer_id"], unique=False)
    op.create_index(op.f("ix_cvs_state"), "cvs", ["state"], unique=False)
    op.create_table(
        "opportunities",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=36), nullable=False),
        sa.Column("freelancer_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("match_confidence", sa.Double(), nullable=False),
        sa.Column("improvement_potential", sa.Double(), nullable=False),
        sa.Column("missing_skills", sa.JSON(), nullable=False),
        sa.Column("improvements", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["freelancer_id"], ["freelancers.id"], name=op.f("fk_opportunities_freelancer_id_freelancers")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_opportunities_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
        sa.UniqueConstraint("project_id", "freelancer_id", name=op.f("uq_opportunities_project_id")),
    )
    op.create_index(op.f("ix_opportunities_freelancer_id"), "opportunities", ["freelancer_id"], unique=False)
    op.create_table(
        "trunkline_attempts",
        sa.Column("handler", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("handler", "event_id"),
        comment="how often a handler has begun events that are not done yet",
    )
    op.create_index(op.f("ix_trunkline_attempts_begun_at"), "trunkline_attempts", ["begun_at"], unique=False)
    op.create_table(
        "trunkline_database",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("only"),
        comment="one row: the identity of this database, by which the processes that share it find one another",
    )
    op.create_table(
        "trunkline_dead_letters",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("handler", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("message_id", sa.String(length=256), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=1024), nullable=False),
        sa.Column("original_subject", sa.String(length=1024), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("original_payload", sa.LargeBinary(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("stream", sa.String(length=255), nullable=True),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error_class", sa.String(length=255), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("traceback", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="events that could not be handled or sent",
    )
    op.create_index(
        "ix_trunkline_dead_letters_kind", "trunkline_dead_letters", ["handler", "error_class", "type"], unique=False
    )
    op.create_index(
        op.f("ix_trunkline_dead_letters_replayed_at"), "trunkline_dead_letters", ["replayed_at"], unique=False
    )
    op.create_index(
        "uq_trunkline_dead_letters_message", "trunkline_dead_letters", ["handler", "message_id"], unique=True
    )
    op.create_table(
        "trunkline_inbox",
        sa.Column("handler", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("handler", "event_id"),
        comment="which events a handler has done",
    )
    op.create_index(op.f("ix_trunkline_inbox_done_at"), "trunkline_inbox", ["done_at"], unique=False)
    op.create_table(
        "trunkline_known_servers",
        sa.Column("servers", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("servers"),
        comment="where JetStream was seen: its absence there is a failure, not a choice",
    )
    op.create_table(
        "trunkline_leases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("fence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="who may do what only one may do; fence grows with each change of owner",
    )
    op.create_table(
        "trunkline_outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=256), nullable=False),
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("subject", sa.String(length=1024), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("message_id"),
        comment="events that wait for their stream",
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_trunkline_outbox_event_id"), "trunkline_outbox", ["event_id"], unique=False)
    op.create_index(op.f("ix_trunkline_outbox_subject"), "trunkline_outbox", ["subject"], unique=False)
    op.create_table(
        "trunkline_receipts",
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("subject", sa.String(length=1024), nullable=False),
        sa.Column("guarantee", sa.String(length=20), nullable=False),
        sa.Column("stream", sa.String(length=255), nullable=True),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("duplicate", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        comment="where the events of the outbox went; kept for a day",
    )
    op.create_index(op.f("ix_trunkline_receipts_sent_at"), "trunkline_receipts", ["sent_at"], unique=False)
    op.create_index("ix_trunkline_receipts_subject", "trunkline_receipts", ["subject", "sent_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_trunkline_receipts_subject", table_name="trunkline_receipts")
    op.drop_index(op.f("ix_trunkline_receipts_sent_at"), table_name="trunkline_receipts")
    op.drop_table("trunkline_receipts")
    op.drop_index(op.f("ix_trunkline_outbox_subject"), table_name="trunkline_outbox")
    op.drop_index(op.f("ix_trunkline_outbox_event_id"), table_name="trunkline_outbox")
    op.drop_table("trunkline_outbox")
    op.drop_table("trunkline_leases")
    op.drop_table("trunkline_known_servers")
    op.drop_index(op.f("ix_trunkline_inbox_done_at"), table_name="trunkline_inbox")
    op.drop_table("trunkline_inbox")
    op.drop_index("uq_trunkline_dead_letters_message", table_name="trunkline_dead_letters")
    op.drop_index(op.f("ix_trunkline_dead_letters_replayed_at"), table_name="trunkline_dead_letters")
    op.drop_index("ix_trunkline_dead_letters_kind", table_name="trunkline_dead_letters")
    op.drop_table("trunkline_dead_letters")
    op.drop_table("trunkline_database")
    op.drop_index(op.f("ix_trunkline_attempts_begun_at"), table_name="trunkline_attempts")
    op.drop_table("trunkline_attempts")
    op.drop_index(op.f("ix_opportunities_freelancer_id"), table_name="opportunities")
    op.drop_table("opportunities")
    op.drop_index(op.f("ix_cvs_state"), table_name="cvs")
    op.drop_index(op.f("ix_cvs_freelancer_id"), table_name="cvs")
    op.drop_table("cvs")
    op.drop_index(op.f("ix_clarifications_project_id"), table_name="clarifications")
    op.drop_index(op.f("ix_clarifications_freelancer_id"), table_name="clarifications")
    op.drop_table("clarifications")
    op.drop_index(op.f("ix_chat_messages_sender_id"), table_name="chat_messages")
    op.drop_index(op.f("ix_chat_messages_recipient_id"), table_name="chat_messages")
    op.drop_index(op.f("ix_chat_messages_project_id"), table_name="chat_messages")
    op.drop_table("chat_messages")
    op.drop_index(op.f("ix_projects_state"), table_name="projects")
    op.drop_index(op.f("ix_projects_owner_id"), table_name="projects")
    op.drop_table("projects")
    op.drop_table("freelancers")
    op.drop_table("platform_metrics")
    op.drop_table("journey_stages")
    op.drop_table("accounts")
