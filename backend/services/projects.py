"""Projects: posting, changing, reading; and the ranking of who fits."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import Freelancer, Opportunity, OpportunityState, Project, Role
from schemas.nats_schemas import ProjectRequirements
from schemas.projects import MatchView, ProjectDraft, ProjectEdit, RankingView
from services import project_lifecycle
from services.pages import page
from services.project_announcing import announce_created
from services.refusals import NotFound
from trunkline.sql import outbox
from workflows import project_matching

MAX_MATCHES = 200


def post(session: Session, owner: SignedIn, draft: ProjectDraft) -> Project:
    """Post a project; `project.{id}.created` goes out with it."""
    project = Project(
        owner_id=owner.id,
        title=draft.title,
        description=draft.description,
        requirements=draft.requirements.model_dump(mode="json"),
        places=draft.places,
    )
    session.add(project)
    session.flush()
    with outbox.noted(session) as events:
        announce_created(session, project)
    project_matching.begin(session, project, events)
    return project


def change(session: Session, owner: SignedIn, project_id: str, edit: ProjectEdit) -> Project:
    """Change a project; `project.{id}.updated` names what changed. An edit that changes nothing says nothing.

    Raises:
        NotFound: there is none of that id among the owner's.
        Conflict: it was opened, and all its places are taken.
    """
    project = session.scalar(
        select(Project).where(Project.id == project_id, Project.owner_id == owner.id).with_for_update()
    )
    if project is None:
        raise NotFound("project")
    project_matching.begin(session, project)
    changed = [name for name, value in _given(edit).items() if _set(project, name, value)]
    if changed:
        project_lifecycle.edited(session, project, changed)
    return project


def get(session: Session, asker: SignedIn, project_id: str) -> Project:
    """Return a project to its owner or an operator.

    Raises:
        NotFound: there is none that the asker may know of.
    """
    project = session.get(Project, project_id)
    if project is None or (asker.role is not Role.OPERATOR and project.owner_id != asker.id):
        raise NotFound("project")
    return project


def listed(session: Session, asker: SignedIn, *, limit: int, after: str | None) -> tuple[list[Project], str | None]:
    """Return a page of the owner's projects; of all, for an operator."""
    rows = select(Project)
    if asker.role is not Role.OPERATOR:
        rows = rows.where(Project.owner_id == asker.id)
    return page(session, rows, Project.id, limit=limit, after=after)


def ranking(session: Session, asker: SignedIn, project_id: str, *, limit: int = MAX_MATCHES) -> RankingView:
    """Return who fits a project, best first, with the reasons; not those who do not fit at all.

    Raises:
        NotFound: there is no project that the asker may know of.
    """
    project = get(session, asker, project_id)
    found = session.execute(
        select(Opportunity, Freelancer.name)
        .join(Freelancer, Freelancer.id == Opportunity.freelancer_id)
        .where(
            Opportunity.project_id == project_id,
            or_(Opportunity.score > 0, Opportunity.state != OpportunityState.SCORED),
        )
        .order_by(Opportunity.score.desc(), Opportunity.freelancer_id)
        .limit(limit)
    )
    return RankingView(
        project_id=project.id,
        version=project.version,
        matched_version=project.matched_version,
        matches=[match_view(opportunity, name) for opportunity, name in found],
    )


def match_view(opportunity: Opportunity, name: str) -> MatchView:
    """Return a match as its owner sees it."""
    return MatchView(
        opportunity_id=opportunity.id,
        freelancer_id=opportunity.freelancer_id,
        freelancer_name=name,
        state=opportunity.state,
        answer=opportunity.answer,
        decision=opportunity.decision,
        closed_because=opportunity.closed_because,
        expires_at=opportunity.expires_at,
        score=opportunity.score,
        match_confidence=opportunity.match_confidence,
        missing_skills=opportunity.missing_skills,
        improvement_potential=opportunity.improvement_potential,
        improvements=opportunity.improvements,
        parts=_parts(opportunity),
        reasons=opportunity.reasons,
        message=opportunity.message,
    )


def _parts(opportunity: Opportunity) -> list[dict[str, Any]]:
    """The parts of the score; without the CV's sentences while the project was not offered to the freelancer.

    Anybody can post a project that everybody is scored for.
    """
    if opportunity.state is not OpportunityState.SCORED:
        return opportunity.parts
    return [
        {**part, "evidence": [{**each, "sentence": None} for each in part.get("evidence", [])]}
        for part in opportunity.parts
    ]


def _given(edit: ProjectEdit) -> dict[str, Any]:
    return {name: getattr(edit, name) for name in ProjectEdit.model_fields if name in edit.model_fields_set}


def _set(project: Project, name: str, value: Any) -> bool:
    """Set a field; say whether that changed it."""
    stored = value.model_dump(mode="json") if isinstance(value, ProjectRequirements) else value
    if getattr(project, name) == stored:
        return False
    setattr(project, name, stored)
    return True
