"""What follows from a project's edit, in one transaction: its version, its offers, its event, its workflow."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import ClosedBecause, Opportunity, OpportunityState, Project, ProjectState
from services import offering
from services.project_announcing import announce_updated
from services.refusals import Conflict
from trunkline.sql import outbox
from workflows import project_matching

_CLOSING = {
    ProjectState.CLOSED: ClosedBecause.PROJECT_CLOSED,
    ProjectState.FILLED: ClosedBecause.PROJECT_FILLED,
}


def hired(session: Session, project_id: str) -> int:
    """Return how many freelancers are hired for a project."""
    rows = select(func.count()).where(Opportunity.project_id == project_id, Opportunity.state == OpportunityState.HIRED)
    return session.scalar(rows) or 0


def edited(session: Session, project: Project, changed: list[str]) -> None:
    """Count an edit of a locked project, and do and tell what follows.

    Args:
        session: the transaction.
        project: as it is after the edit.
        changed: the names of the fields that changed.

    Raises:
        Conflict: it was opened, and all its places are taken.
    """
    taken = hired(session, project.id)
    if project.state is ProjectState.OPEN and taken >= project.places:
        if "state" in changed:
            raise Conflict(
                f"all {project.places} places are taken; raise places to look for more", kind="project-places-taken"
            )
        project.state = ProjectState.FILLED
        changed = [*changed, "state"]
    project_matching.begin(session, project)
    project.count_edit()
    with outbox.noted(session) as events:
        announce_updated(session, project, changed)
        if "state" in changed and project.state in _CLOSING:
            offering.withdraw_all(session, project.id, _CLOSING[project.state])
    project_matching.edited(session, project, effects=events)
    session.flush()
