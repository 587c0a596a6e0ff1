"""How much may be asked: open questions of one side of a match, and questions of an account in a day."""

import math
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.config import settings
from core.security import SignedIn
from models import Account, Clarification, Project, Role, now
from services.matched import Pair
from services.outgoing import IN_ORDER
from services.refusals import Conflict, TooMany

DAY = timedelta(days=1)


def check(session: Session, asker: SignedIn, match: Pair) -> None:
    """Refuse a question too many. The asker's account is locked, so that two at once are counted both.

    Raises:
        Conflict: too many of the asker's questions to the other side wait for an answer.
        TooMany: the asker has asked too many in a day.
    """
    session.get(Account, asker.id, with_for_update=IN_ORDER)
    waiting = select(func.count()).where(
        Clarification.project_id == match.project_id,
        Clarification.freelancer_id == match.freelancer_id,
        Clarification.asked_by == asker.role,
        Clarification.answer.is_(None),
        Clarification.withdrawn_at.is_(None),
    )
    if (session.scalar(waiting) or 0) >= settings.clarification_open_limit:
        raise Conflict(
            f"{settings.clarification_open_limit} of your questions on this match wait for an answer; wait for one, or "
            "withdraw one by canceling its task",
            kind="too-many-open-questions",
        )
    since = now() - DAY
    mine = _asked_by(asker), Clarification.created_at > since
    asked, first = session.execute(select(func.count(), func.min(Clarification.created_at)).where(*mine)).one()
    if asked >= settings.clarification_daily_limit:
        wait = max(1, math.ceil((first - since).total_seconds()))
        raise TooMany(
            f"you have asked {asked} questions within a day, which is as many as may be; ask again in {wait} seconds",
            retry_after=wait,
        )


def _asked_by(asker: SignedIn) -> ColumnElement[bool]:
    if asker.role is Role.FREELANCER:
        return (Clarification.asked_by == Role.FREELANCER) & (Clarification.freelancer_id == asker.id)
    own = select(Project.id).where(Project.owner_id == asker.id)
    return (Clarification.asked_by == Role.OWNER) & Clarification.project_id.in_(own)
