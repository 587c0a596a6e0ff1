"""Reading workflows: who may see which."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Clarification, Project, Role
from services.refusals import NotFound
from trunkline import workflows
from trunkline.workflows import Entry, Instance
from workflows import clarification


def listed(
    session: Session, asker: SignedIn, *, workflow: str | None, state: str | None, limit: int, after: str | None
) -> tuple[Sequence[Instance], str | None]:
    """Return a page of the asker's workflows, newest first; of all, for an operator."""
    found = workflows.list(session, _seen_by(asker), workflow=workflow, state=state, limit=limit + 1, after=after)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def get(session: Session, asker: SignedIn, workflow_id: str) -> tuple[Instance, list[Entry]]:
    """Return a workflow and its timeline.

    Raises:
        NotFound: there is none that the asker may know of.
    """
    found = workflows.list(session, workflows.table.c.id == workflow_id, _seen_by(asker), limit=1)
    if not found:
        raise NotFound("workflow")
    return found[0], workflows.timeline(workflows.steps(session, workflow_id))


def _seen_by(asker: SignedIn) -> ColumnElement[bool]:
    """Return what holds of the workflows of a freelancer's CVs, an owner's projects, and questions to or from them."""
    if asker.role is Role.OPERATOR:
        return true()
    projects = select(Project.id).where(Project.owner_id == asker.id)
    questions = select(clarification.workflow_id("") + Clarification.id).where(Clarification.freelancer_id == asker.id)
    row = workflows.table.c
    return or_(row.key == asker.id, row.key.in_(projects), row.id.in_(questions))
