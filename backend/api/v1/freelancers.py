"""Freelancers' profiles."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import Current, SignedIn, require_role
from models import Role
from schemas.freelancers import FreelancerEdit, FreelancerView
from schemas.pages import Page, PageQuery
from schemas.strict import Reference
from services import freelancers
from trunkline.sql import Database

router = APIRouter(prefix="/freelancers", tags=["Freelancers"])

InDatabase = Annotated[Database, Depends(get_database)]
Operator = Annotated[SignedIn, Depends(require_role(Role.OPERATOR))]
Freelancer = Annotated[SignedIn, Depends(require_role(Role.FREELANCER))]


@router.get("", summary="List all profiles (operators)", responses=problem_responses(401, 403, 422))
async def list_freelancers(
    page: Annotated[PageQuery, Query()], operator: Operator, database: InDatabase
) -> Page[FreelancerView]:
    """Return all profiles, newest first."""

    def read(session: Session) -> Page[FreelancerView]:
        found, more = freelancers.listed(session, limit=page.limit, after=page.after)
        return Page(items=[FreelancerView.model_validate(each) for each in found], next=more)

    return await database.read(read)


@router.get("/{freelancer_id}", summary="Read a profile", responses=problem_responses(401, 404, 422))
async def get_freelancer(freelancer_id: Reference, asker: Current, database: InDatabase) -> FreelancerView:
    """Return a profile; `me` is one's own. Owners may read those that were matched to their projects."""

    def read(session: Session) -> FreelancerView:
        return FreelancerView.model_validate(freelancers.get(session, asker, freelancer_id))

    return await database.read(read)


@router.patch("/{freelancer_id}", summary="Change one's profile", responses=problem_responses(401, 403, 404, 422, 503))
async def change_freelancer(
    freelancer_id: Reference, edit: FreelancerEdit, asker: Freelancer, database: InDatabase
) -> FreelancerView:
    """Change one's own profile (`me`). A field that was set by hand is not overwritten by the next CV."""

    def write(session: Session) -> FreelancerView:
        return FreelancerView.model_validate(freelancers.change(session, asker, freelancer_id, edit))

    return await database.write(write)
