"""Reading what the analytics events add up to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Account, JourneyStage, PlatformMetric, Role
from services.refusals import NotFound

MAX_STAGES = 500


def journey(session: Session, asker: SignedIn, user_id: str) -> list[JourneyStage]:
    """Return the stages that a user has reached, to the user or an operator.

    Raises:
        NotFound: there is no such account that the asker may know of.
    """
    if asker.id != user_id and asker.role is not Role.OPERATOR:
        raise NotFound("account")
    if session.get(Account, user_id) is None:
        raise NotFound("account")
    stages = select(JourneyStage).where(JourneyStage.user_id == user_id)
    return list(session.scalars(stages.order_by(JourneyStage.first_at, JourneyStage.stage).limit(MAX_STAGES)))


def metrics(session: Session, *, limit: int, after: str | None) -> tuple[list[PlatformMetric], str | None]:
    """Return a page of the platform's figures, by name."""
    rows = select(PlatformMetric).order_by(PlatformMetric.metric_type).limit(limit + 1)
    if after is not None:
        rows = rows.where(PlatformMetric.metric_type > after)
    found = list(session.scalars(rows))
    return found[:limit], found[limit - 1].metric_type if len(found) > limit else None
