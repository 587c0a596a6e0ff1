"""Offers from before there were deadlines get one, so that none waits for an answer for ever."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "d3f0b86a4c17"
down_revision = "a94c17d2e05b"
branch_labels = None
depends_on = None

_DAYS = 14
_OPPORTUNITIES = sa.table(
    "opportunities",
    sa.column("id", sa.String),
    sa.column("state", sa.String),
    sa.column("answer", sa.String),
    sa.column("expires_at", sa.DateTime(timezone=True)),
)
_TIMERS = sa.table(
    "trunkline_timers",
    sa.column("kind", sa.String),
    sa.column("id", sa.String),
    sa.column("due", sa.Double),
    sa.column("payload", sa.JSON),
    sa.column("failures", sa.Integer),
)


def upgrade() -> None:
    due = datetime.now(UTC) + timedelta(days=_DAYS)
    connection = op.get_bind()
    columns = _OPPORTUNITIES.c
    endless = sa.and_(
        columns.state.in_(("available", "shortlisted")), columns.answer.is_(None), columns.expires_at.is_(None)
    )
    ids = connection.scalars(sa.select(columns.id).where(endless)).all()
    if not ids:
        return
    connection.execute(sa.update(_OPPORTUNITIES).where(endless).values(expires_at=due))
    timer = {"kind": "opportunity.expiry", "due": due.timestamp(), "payload": {}, "failures": 0}
    connection.execute(sa.insert(_TIMERS), [{**timer, "id": id} for id in ids])


def downgrade() -> None:
    """A deadline does no harm."""
