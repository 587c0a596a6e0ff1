"""Who may speak with whom: the two sides of a match, an owner's project and a freelancer scored for it.

The freelancer's side is open once the project was offered to them; what was scored below the threshold is the owner's
to see, and the owner's to begin.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Opportunity, OpportunityState, Project, Role
from services.refusals import NotFound


@dataclass(frozen=True, slots=True)
class Pair:
    """A match, seen by one of its sides."""

    project_id: str
    owner_id: str
    freelancer_id: str

    def other(self, account_id: str) -> str:
        """Return the other side's account."""
        return self.freelancer_id if account_id == self.owner_id else self.owner_id


def pair(session: Session, asker: SignedIn, project_id: str, freelancer_id: str) -> Pair:
    """Return the match of a project and a freelancer, of which the asker is one side.

    Raises:
        NotFound: there is no such match, or the asker is no side of it.
    """
    found = session.execute(
        select(Project.owner_id, Opportunity.state)
        .join(Opportunity, Opportunity.project_id == Project.id)
        .where(Project.id == project_id, Opportunity.freelancer_id == freelancer_id)
    ).one_or_none()
    if found is None:
        raise NotFound("match")
    owner_id, state = found
    is_owner = asker.role is Role.OWNER and asker.id == owner_id
    is_freelancer = asker.role is Role.FREELANCER and asker.id == freelancer_id
    if not is_owner and not (is_freelancer and state is not OpportunityState.SCORED):
        raise NotFound("match")
    return Pair(project_id, owner_id, freelancer_id)
