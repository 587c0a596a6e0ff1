"""Reading what the analytics events add up to."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Account, JourneyStage, PlatformMetric, Role
from services.refusals import NotFound

MAX_STAGES = 500
ME = "me"

FUNNELS: Mapping[Role, tuple[str, ...]] = {
    Role.FREELANCER: ("registered", "cv_processed", "matched", "opportunity_interested", "shortlisted", "hired"),
    Role.OWNER: ("registered", "project_posted", "matched", "shortlisted", "hired"),
}
"""The stages of a journey that leads to its end, in order."""


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


def stages(session: Session, since: datetime | None, until: datetime | None) -> list[tuple[str, int, int]]:
    """Return each stage, how many users have reached it first in a time, and how often those have in all.

    The most reached come first.
    """
    users = func.count().label("users")
    rows = select(JourneyStage.stage, users, func.sum(JourneyStage.count)).group_by(JourneyStage.stage)
    if since is not None:
        rows = rows.where(JourneyStage.first_at >= since)
    if until is not None:
        rows = rows.where(JourneyStage.first_at < until)
    found = session.execute(rows.order_by(users.desc(), JourneyStage.stage).limit(MAX_STAGES))
    return [(stage, count, int(total)) for stage, count, total in found]


def funnel(session: Session, role: Role, since: datetime | None, until: datetime | None) -> list[tuple[str, int]]:
    """Return how many users of a role have reached each stage of its funnel, of those who registered in a time."""
    users = select(Account.id).where(Account.role == role)
    if since is not None:
        users = users.where(Account.created_at >= since)
    if until is not None:
        users = users.where(Account.created_at < until)
    reached = (
        select(JourneyStage.stage, func.count())
        .where(JourneyStage.stage.in_(FUNNELS[role]), JourneyStage.user_id.in_(users))
        .group_by(JourneyStage.stage)
    )
    counted: dict[str, int] = dict(iter(session.execute(reached)))
    return [(stage, counted.get(stage, 0)) for stage in FUNNELS[role]]
