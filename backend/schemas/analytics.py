"""What the analytics events add up to, as the API shows it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from models import BucketWidth, now
from schemas.pages import PageQuery
from schemas.strict import ShortLine, View

Time = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]
"""A time that something can have happened at."""


class Period(BaseModel, extra="forbid"):
    """From one time to before another; each may be left open."""

    since: Time | None = Field(alias="from", default=None)
    until: Time | None = Field(alias="to", default=None)

    @field_validator("until")
    @classmethod
    def _later(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        since = info.data.get("since")
        if since is not None and until is not None and until <= since:
            raise ValueError("must be later than from")
        return until


class StageView(View):
    """A stage of a user's journey: how often it was reached, first and last."""

    stage: str
    count: int
    first_at: datetime
    last_at: datetime


class JourneyView(BaseModel):
    """A user's journey, in the order in which its stages were first reached."""

    user_id: str
    stages: list[StageView]


class MetricView(View):
    """A platform figure over its events: how many, their sum, and the latest (null: a time was asked for)."""

    metric_type: str
    count: int
    total: float
    latest: float | None = None
    last_at: datetime | None = None


class FiguresQuery(PageQuery, Period):
    """Which page of the figures is wanted; of all time, or of the days (UTC) that a time falls into."""


class SeriesQuery(Period):
    """Which figure is wanted, in which steps, over which time."""

    metric_type: ShortLine
    bucket: BucketWidth = BucketWidth.HOUR
    since: Time = Field(alias="from", default_factory=lambda: now() - timedelta(days=2))
    until: Time = Field(alias="to", default_factory=now, validate_default=True)


class BucketView(View):
    """A figure over one bucket of time. `lowest` and `highest` are null where nothing came."""

    start: datetime
    count: int
    total: float
    lowest: float | None
    highest: float | None


class SeriesView(BaseModel):
    """A figure over time, a bucket for every step; those in which nothing came count nothing."""

    metric_type: str
    bucket: BucketWidth
    items: list[BucketView]


class FunnelQuery(Period):
    """Whose funnel is wanted; of all, or of those who registered in a time."""

    role: Literal["owner", "freelancer"] = "freelancer"


class FunnelStep(BaseModel):
    """A stage, how many users have reached it, and which share that is of those at the first stage."""

    stage: str
    users: int
    share: float | None


class FunnelView(BaseModel):
    """How far the users of a role have come, by the stages of their journey."""

    role: Literal["owner", "freelancer"]
    steps: list[FunnelStep]


class StageTotal(BaseModel):
    """A stage: how many users have reached it, and how often in all."""

    stage: str
    users: int
    count: int
