"""Opportunities: what is offered to a freelancer, and the answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import SignedIn, require_role
from models import OpportunityState, Role
from schemas.opportunities import BestProjectsView, OpportunityAnswer, OpportunityView
from schemas.pages import Page, PageQuery
from schemas.strict import Reference
from services import opportunities
from trunkline.sql import Database

router = APIRouter(prefix="/opportunities", tags=["Opportunities"])

InDatabase = Annotated[Database, Depends(get_database)]
Freelancer = Annotated[SignedIn, Depends(require_role(Role.FREELANCER))]


Offered = Literal[
    OpportunityState.AVAILABLE,
    OpportunityState.INTERESTED,
    OpportunityState.DECLINED,
    OpportunityState.SHORTLISTED,
    OpportunityState.REJECTED,
    OpportunityState.HIRED,
    OpportunityState.EXPIRED,
    OpportunityState.WITHDRAWN,
]


class OpportunityQuery(PageQuery):
    """Which page of which opportunities is wanted."""

    state: Offered | None = None


@router.get("", summary="List one's opportunities", responses=problem_responses(401, 403, 422))
async def list_opportunities(
    query: Annotated[OpportunityQuery, Query()], freelancer: Freelancer, database: InDatabase
) -> Page[OpportunityView]:
    """Return what was offered to the freelancer, newest first."""

    def read(session: Session) -> Page[OpportunityView]:
        found, more = opportunities.listed(session, freelancer, state=query.state, limit=query.limit, after=query.after)
        return Page(items=found, next=more)

    return await database.read(read)


@router.get("/best", summary="Which projects fit, and why", responses=problem_responses(401, 403, 404))
async def best_projects(freelancer: Freelancer, database: InDatabase) -> BestProjectsView:
    """Return the best 200 open projects, best first, with the reasons; what a project is, once it was offered."""
    return await database.read(lambda session: opportunities.best(session, freelancer))


@router.get("/{opportunity_id}", summary="Read an opportunity", responses=problem_responses(401, 403, 404, 422))
async def get_opportunity(opportunity_id: Reference, freelancer: Freelancer, database: InDatabase) -> OpportunityView:
    """Return one of the freelancer's opportunities."""
    return await database.read(lambda session: opportunities.get(session, freelancer, opportunity_id))


@router.post(
    "/{opportunity_id}/response",
    summary="Answer an opportunity",
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def respond(
    opportunity_id: Reference, answer: OpportunityAnswer, freelancer: Freelancer, database: InDatabase
) -> OpportunityView:
    """Say yes or no, and which skills are there or not; the match is scored again soon after."""
    return await database.write(lambda session: opportunities.respond(session, freelancer, opportunity_id, answer))
