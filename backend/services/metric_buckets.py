"""Platform figures over time: what came in each hour and each day, for as long as each is kept.

A figure is counted in the transaction that marks its event as done, so once. Where it begins a new bucket, buckets that
are too old go, a limited number with each: so the table is bounded by the kinds of figures and the time.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from core.config import settings
from models import BucketWidth, MetricBucket, now
from services.refusals import Invalid
from trunkline.sql.dialects import insert

LENGTH: Mapping[BucketWidth, timedelta] = {BucketWidth.HOUR: timedelta(hours=1), BucketWidth.DAY: timedelta(days=1)}
MOST_BUCKETS = 1000
"""Buckets that one question is answered with."""
_FORGOTTEN_AT_ONCE = 500


def kept(width: BucketWidth) -> timedelta:
    """Return how long buckets of a width are kept."""
    days = settings.analytics_hour_days if width is BucketWidth.HOUR else settings.analytics_day_days
    return timedelta(days=days)


def begins(width: BucketWidth, at: datetime) -> datetime:
    """Return when the bucket begins that a time falls into, in UTC."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if width is BucketWidth.HOUR else hour.replace(hour=0)


def add(session: Session, metric_type: str, value: float, at: datetime) -> None:
    """Add a figure to its hour and its day; what is too old for one, or of the future, is not."""
    present = now()
    for width in BucketWidth:
        if present - kept(width) < at <= present + LENGTH[BucketWidth.HOUR] and _add(
            session, metric_type, width, begins(width, at), value
        ):
            _forget(session, width, present - kept(width))


def series(
    session: Session, metric_type: str, width: BucketWidth, since: datetime, until: datetime
) -> list[MetricBucket]:
    """Return the buckets from the one of `since` to before `until`, in order; those without a figure count nothing.

    Raises:
        Invalid: there are too many buckets between them.
    """
    first = begins(width, since)
    if (until - first) / LENGTH[width] > MOST_BUCKETS:
        raise Invalid("query.from", f"more than {MOST_BUCKETS} buckets; ask for a shorter time, or for days")
    rows = select(MetricBucket).where(
        MetricBucket.metric_type == metric_type,
        MetricBucket.width == width,
        MetricBucket.start >= first,
        MetricBucket.start < until,
    )
    found = {row.start: row for row in session.scalars(rows)}
    empty = {"metric_type": metric_type, "width": width, "count": 0, "total": 0.0, "lowest": None, "highest": None}
    starts = []
    while first < until:
        starts.append(first)
        first += LENGTH[width]
    return [found.get(start) or MetricBucket(**empty, start=start) for start in starts]


def sums(
    session: Session, since: datetime | None, until: datetime | None, *, limit: int, after: str | None
) -> tuple[list[tuple[str, int, float]], str | None]:
    """Return a page of the figures of the days from that of `since` to before `until`: name, count and total."""
    rows = select(MetricBucket.metric_type, func.sum(MetricBucket.count), func.sum(MetricBucket.total))
    rows = rows.where(MetricBucket.width == BucketWidth.DAY).group_by(MetricBucket.metric_type)
    if since is not None:
        rows = rows.where(MetricBucket.start >= begins(BucketWidth.DAY, since))
    if until is not None:
        rows = rows.where(MetricBucket.start < until)
    if after is not None:
        rows = rows.where(MetricBucket.metric_type > after)
    answer = session.execute(rows.order_by(MetricBucket.metric_type).limit(limit + 1))
    found = [(name, int(count), float(total)) for name, count, total in answer]
    return found[:limit], found[limit - 1][0] if len(found) > limit else None


def _add(session: Session, metric_type: str, width: BucketWidth, start: datetime, value: float) -> bool:
    """Add a figure to a bucket; say whether it is the bucket's first."""
    table = MetricBucket.__table__
    row = insert(session, table).values(  # type: ignore[arg-type]
        metric_type=metric_type, width=width, start=start, count=1, total=value, lowest=value, highest=value
    )
    least, most = ("min", "max") if session.get_bind().dialect.name == "sqlite" else ("least", "greatest")
    added = row.on_conflict_do_update(
        index_elements=["metric_type", "width", "start"],
        set_={
            "count": table.c.count + 1,
            "total": table.c.total + value,
            "lowest": getattr(func, least)(table.c.lowest, value),
            "highest": getattr(func, most)(table.c.highest, value),
        },
    )
    return bool(session.execute(added.returning(table.c.count)).scalar_one() == 1)


def _forget(session: Session, width: BucketWidth, before: datetime) -> None:
    key = (MetricBucket.metric_type, MetricBucket.width, MetricBucket.start)
    old = select(*key).where(MetricBucket.width == width, MetricBucket.start < before).limit(_FORGOTTEN_AT_ONCE)
    session.execute(delete(MetricBucket).where(tuple_(*key).in_(old)), execution_options={"synchronize_session": False})
