"""Who may speak with whom: the two sides of a match, an owner's project and a freelancer scored for it.

The freelancer's side is open once the project was offered to them, or the owner has written or asked; what was scored
below the threshold is the owner's to see, and the owner's to begin. A conversation that has begun stays open, whatever
becomes of the score, and also when the project is closed: there may be things left to settle.
"""

from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import ChatMessage, Clarification, Opportunity, OpportunityState, Project, Role
from services.refusals import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Pair:
    """A match, seen by one of its sides."""

    project_id: str
    owner_id: str
    freelancer_id: str

    def other(self, account_id: str) -> str:
        """Return the other side's account."""
        return self.freelancer_id if account_id == self.owner_id else self.owner_id


def freelancer_meant(asker: SignedIn, freelancer_id: str | None) -> str:
    """Return whom a question is about: the freelancer whom an owner has named, or the asker.

    Raises:
        Invalid: an owner has not named the freelancer.
    """
    if freelancer_id:
        return freelancer_id
    if asker.role is not Role.FREELANCER:
        raise Invalid("freelancer_id", "an owner names the freelancer whom the question is for")
    return asker.id


def pair(session: Session, asker: SignedIn, project_id: str, freelancer_id: str) -> Pair:
    """Return the match of a project and a freelancer, of which the asker is one side.

    Raises:
        NotFound: there is no such match, or the asker is no side of it.
    """
    project = session.get(Project, project_id)
    if project is None:
        raise NotFound("match")
    found = Pair(project_id, project.owner_id, freelancer_id)
    is_owner = asker.role is Role.OWNER and asker.id == found.owner_id
    is_freelancer = asker.role is Role.FREELANCER and asker.id == freelancer_id
    state = session.scalar(
        select(Opportunity.state).where(
            Opportunity.project_id == project_id, Opportunity.freelancer_id == freelancer_id
        )
    )
    is_open = (is_owner and state is not None) or (is_freelancer and state not in (None, OpportunityState.SCORED))
    if not is_open and not ((is_owner or is_freelancer) and _has_begun(session, found)):
        raise NotFound("match")
    return found


def _has_begun(session: Session, match: Pair) -> bool:
    """Whether the owner has written to the freelancer, or asked them."""
    written = exists().where(
        ChatMessage.project_id == match.project_id,
        ChatMessage.sender_id == match.owner_id,
        ChatMessage.recipient_id == match.freelancer_id,
    )
    asked = exists().where(
        Clarification.project_id == match.project_id,
        Clarification.freelancer_id == match.freelancer_id,
        Clarification.asked_by == Role.OWNER,
    )
    return bool(session.scalar(select(or_(written, asked))))
