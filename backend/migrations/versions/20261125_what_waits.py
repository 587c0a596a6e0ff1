"""What waits for a handler can be seen: readings of a CV, profiles not matched yet, answers not settled yet."""

import sqlalchemy as sa
from alembic import op

revision = "8d1f0c6b42a7"
down_revision = "ce5ffedae1f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cvs", sa.Column("readings", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("freelancers", sa.Column("matched_version", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE freelancers SET matched_version = version")
    op.add_column("opportunities", sa.Column("unsettled", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("opportunities", sa.Column("unsettled_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_opportunities_unsettled_since"), "opportunities", ["unsettled_since"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_opportunities_unsettled_since"), table_name="opportunities")
    op.drop_column("opportunities", "unsettled_since")
    op.drop_column("opportunities", "unsettled")
    op.drop_column("freelancers", "matched_version")
    op.drop_column("cvs", "readings")
