"""What the analytics events add up to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import Current, SignedIn, require_role
from models import Role
from schemas.analytics import (
    BucketView,
    FiguresQuery,
    FunnelQuery,
    FunnelStep,
    FunnelView,
    JourneyView,
    MetricView,
    Period,
    SeriesQuery,
    SeriesView,
    StageTotal,
    StageView,
)
from schemas.calibrations import CalibrationsView
from schemas.pages import Page
from schemas.strict import Reference
from services import analytics, calibrations, metric_buckets
from trunkline.sql import Database

router = APIRouter(prefix="/analytics", tags=["Analytics"])

InDatabase = Annotated[Database, Depends(get_database)]
Operator = Annotated[SignedIn, Depends(require_role(Role.OPERATOR))]


@router.get("/platform", summary="The platform's figures (operators)", responses=problem_responses(401, 403, 422))
async def platform(
    query: Annotated[FiguresQuery, Query()], operator: Operator, database: InDatabase
) -> Page[MetricView]:
    """Return every figure by name: over how many events, their sum, the latest; or of a time, in whole days (UTC)."""

    def read(session: Session) -> Page[MetricView]:
        if query.since is not None or query.until is not None:
            sums, more = metric_buckets.sums(session, query.since, query.until, limit=query.limit, after=query.after)
            days = [MetricView(metric_type=name, count=count, total=total) for name, count, total in sums]
            return Page(items=days, next=more)
        found, more = analytics.metrics(session, limit=query.limit, after=query.after)
        return Page(items=[MetricView.model_validate(metric) for metric in found], next=more)

    return await database.read(read)


@router.get("/platform/series", summary="A figure over time (operators)", responses=problem_responses(401, 403, 422))
async def series(query: Annotated[SeriesQuery, Query()], operator: Operator, database: InDatabase) -> SeriesView:
    """Return a figure by the hour or by the day, from one time to before another; 1000 buckets at most."""

    def read(session: Session) -> SeriesView:
        found = metric_buckets.series(session, query.metric_type, query.bucket, query.since, query.until)
        items = [BucketView.model_validate(bucket) for bucket in found]
        return SeriesView(metric_type=query.metric_type, bucket=query.bucket, items=items)

    return await database.read(read)


@router.get("/funnel", summary="How far users come (operators)", responses=problem_responses(401, 403, 422))
async def funnel(query: Annotated[FunnelQuery, Query()], operator: Operator, database: InDatabase) -> FunnelView:
    """Return how many owners, or freelancers, have reached each stage on the way to a hire."""

    def read(session: Session) -> FunnelView:
        found = analytics.funnel(session, Role(query.role), query.since, query.until)
        first = found[0][1]
        steps = [FunnelStep(stage=stage, users=users, share=users / first if first else None) for stage, users in found]
        return FunnelView(role=query.role, steps=steps)

    return await database.read(read)


@router.get("/journeys", summary="All journeys, by stage (operators)", responses=problem_responses(401, 403, 422))
async def journeys(query: Annotated[Period, Query()], operator: Operator, database: InDatabase) -> list[StageTotal]:
    """Return each stage of all journeys: how many users have reached it (first in a time), how often those in all."""

    def read(session: Session) -> list[StageTotal]:
        found = analytics.stages(session, query.since, query.until)
        return [StageTotal(stage=stage, users=users, count=count) for stage, users, count in found]

    return await database.read(read)


@router.get("/journeys/{user_id}", summary="A user's journey", responses=problem_responses(401, 404, 422))
async def journey(user_id: Reference, asker: Current, database: InDatabase) -> JourneyView:
    """Return the stages that a user has reached, to the user (`me` is one's own) or an operator."""

    def read(session: Session) -> JourneyView:
        wanted = asker.id if user_id == analytics.ME else user_id
        stages = analytics.journey(session, asker, wanted)
        return JourneyView(user_id=wanted, stages=[StageView.model_validate(stage) for stage in stages])

    return await database.read(read)


@router.get(
    "/calibration", summary="What the match confidence is worth (operators)", responses=problem_responses(401, 403)
)
async def calibration(operator: Operator, database: InDatabase) -> CalibrationsView:
    """Return the calibrations of the match confidence, newest first: coefficients, error, predicted beside observed."""
    return await database.read(calibrations.report)
