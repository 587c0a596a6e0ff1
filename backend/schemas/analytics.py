"""What the analytics events add up to, as the API shows it."""

from datetime import datetime

from pydantic import BaseModel

from schemas.strict import View


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
    """A platform figure over its events: how many, their sum, and the latest."""

    metric_type: str
    count: int
    total: float
    latest: float
    last_at: datetime
