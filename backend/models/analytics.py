"""What the analytics events add up to."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, now


class JourneyStage(Model):
    """How often a user has reached a stage, and when first and last."""

    __tablename__ = "journey_stages"

    user_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    stage: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime] = mapped_column(default=now)


class PlatformMetric(Model):
    """A platform figure: its sum and count, and its latest value."""

    __tablename__ = "platform_metrics"

    metric_type: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    total: Mapped[float] = mapped_column(default=0.0)
    latest: Mapped[float] = mapped_column(default=0.0)
    last_at: Mapped[datetime] = mapped_column(default=now)
