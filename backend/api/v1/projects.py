"""Projects, and who fits them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import SignedIn, require_role
from models import Role
from schemas.pages import Page, PageQuery
from schemas.projects import MatchView, OwnersDecision, ProjectDraft, ProjectEdit, ProjectView, RankingView
from schemas.strict import Reference
from services import decisions, projects
from trunkline.sql import Database

router = APIRouter(prefix="/projects", tags=["Projects"])

InDatabase = Annotated[Database, Depends(get_database)]
Owner = Annotated[SignedIn, Depends(require_role(Role.OWNER))]
Reader = Annotated[SignedIn, Depends(require_role(Role.OWNER, Role.OPERATOR))]


@router.post("", status_code=201, summary="Post a project", responses=problem_responses(401, 403, 422, 503))
async def post_project(draft: ProjectDraft, owner: Owner, database: InDatabase) -> ProjectView:
    """Post a project; freelancers are matched to it soon after."""
    return await database.write(lambda session: ProjectView.model_validate(projects.post(session, owner, draft)))


@router.get("", summary="List projects", responses=problem_responses(401, 403, 422))
async def list_projects(page: Annotated[PageQuery, Query()], reader: Reader, database: InDatabase) -> Page[ProjectView]:
    """Return the owner's projects, newest first; all of them for an operator."""

    def read(session: Session) -> Page[ProjectView]:
        found, more = projects.listed(session, reader, limit=page.limit, after=page.after)
        return Page(items=[ProjectView.model_validate(project) for project in found], next=more)

    return await database.read(read)


@router.get("/{project_id}", summary="Read a project", responses=problem_responses(401, 403, 404, 422))
async def get_project(project_id: Reference, reader: Reader, database: InDatabase) -> ProjectView:
    """Return a project."""
    return await database.read(lambda session: ProjectView.model_validate(projects.get(session, reader, project_id)))


@router.patch("/{project_id}", summary="Change a project", responses=problem_responses(401, 403, 404, 409, 422, 503))
async def change_project(project_id: Reference, edit: ProjectEdit, owner: Owner, database: InDatabase) -> ProjectView:
    """Change a project; it is matched again soon after. Closed or filled, it takes back what it has offered."""

    def write(session: Session) -> ProjectView:
        return ProjectView.model_validate(projects.change(session, owner, project_id, edit))

    return await database.write(write)


@router.get("/{project_id}/matches", summary="Who fits, and why", responses=problem_responses(401, 403, 404, 422))
async def get_matches(project_id: Reference, reader: Reader, database: InDatabase) -> RankingView:
    """Return the best 200 freelancers for a project, best first, each with the reasons and what is missing."""
    return await database.read(lambda session: projects.ranking(session, reader, project_id))


@router.post(
    "/{project_id}/matches/{opportunity_id}/decision",
    summary="Shortlist, decline or hire",
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def decide(
    project_id: Reference, opportunity_id: Reference, body: OwnersDecision, owner: Owner, database: InDatabase
) -> MatchView:
    """Decide on a freelancer; the freelancer is told. Whoever takes the last place fills the project."""
    return await database.write(
        lambda session: decisions.decide(session, owner, project_id, opportunity_id, body.decision)
    )


@router.post(
    "/{project_id}/matches/{opportunity_id}/withdrawal",
    summary="Take an offer back",
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def withdraw(project_id: Reference, opportunity_id: Reference, owner: Owner, database: InDatabase) -> MatchView:
    """Take an offer back for good; the freelancer is told."""
    return await database.write(lambda session: decisions.withdraw(session, owner, project_id, opportunity_id))
