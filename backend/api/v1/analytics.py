"""What the analytics events add up to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import Current, SignedIn, require_role
from models import Role
from schemas.analytics import JourneyView, MetricView, StageView
from schemas.calibrations import CalibrationsView
from schemas.pages import Page, PageQuery
from schemas.strict import Reference
from services import analytics, calibrations
from trunkline.sql import Database

router = APIRouter(prefix="/analytics", tags=["Analytics"])

InDatabase = Annotated[Database, Depends(get_database)]
Operator = Annotated[SignedIn, Depends(require_role(Role.OPERATOR))]


@router.get("/platform", summary="The platform's figures (operators)", responses=problem_responses(401, 403, 422))
async def platform(page: Annotated[PageQuery, Query()], operator: Operator, database: InDatabase) -> Page[MetricView]:
    """Return every figure by name: over how many events, their sum, the latest."""

    def read(session: Session) -> Page[MetricView]:
        found, more = analytics.metrics(session, limit=page.limit, after=page.after)
        return Page(items=[MetricView.model_validate(metric) for metric in found], next=more)

    return await database.read(read)


@router.get("/journeys/{user_id}", summary="A user's journey", responses=problem_responses(401, 404, 422))
async def journey(user_id: Reference, asker: Current, database: InDatabase) -> JourneyView:
    """Return the stages that a user has reached, to the user or an operator."""

    def read(session: Session) -> JourneyView:
        stages = analytics.journey(session, asker, user_id)
        return JourneyView(user_id=user_id, stages=[StageView.model_validate(stage) for stage in stages])

    return await database.read(read)


@router.get(
    "/calibration", summary="What the match confidence is worth (operators)", responses=problem_responses(401, 403)
)
async def calibration(operator: Operator, database: InDatabase) -> CalibrationsView:
    """Return the calibrations of the match confidence, newest first: coefficients, error, predicted beside observed."""
    return await database.read(calibrations.report)
