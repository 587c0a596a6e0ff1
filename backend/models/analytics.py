"""What the analytics events add up to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, now


class JourneyStage(Model):
    """How often a user has reached a stage, and when first and last."""

    __tablename__ = "journey_stages"
    __table_args__ = (Index("ix_journey_stages_stage", "stage", "first_at"),)

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


class BucketWidth(StrEnum):
    """How much time a bucket holds."""

    HOUR = "hour"
    DAY = "day"


class MetricBucket(Model):
    """A platform figure over an hour or a day that begins at `start`, in UTC."""

    __tablename__ = "metric_buckets"
    __table_args__ = (Index("ix_metric_buckets_start", "width", "start"),)

    metric_type: Mapped[str] = mapped_column(String(128), primary_key=True)
    width: Mapped[BucketWidth] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
    total: Mapped[float]
    lowest: Mapped[float | None]
    highest: Mapped[float | None]
