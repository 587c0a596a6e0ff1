"""What a project's words name is kept with it; it is found when the project is next matched."""

import sqlalchemy as sa
from alembic import op

revision = "a94c17d2e05b"
down_revision = "e8a1f4c2b760"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("projects") as projects:
        projects.add_column(sa.Column("described_skills", sa.JSON(), server_default="[]", nullable=False))
        projects.add_column(sa.Column("described_by", sa.String(length=100), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("projects") as projects:
        projects.drop_column("described_by")
        projects.drop_column("described_skills")
