"""The canary: now and then, what was asked lately is answered once more, by looking at every vector as it is.

The share of that answer which the index had found is its recall. It is told as the platform's figure `search_recall`;
when it falls too low, the index looks at twice as many lists from then on.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from schemas.nats_schemas import AnalyticsPlatformMetricEvent
from schemas.subjects import ANALYTICS_PLATFORM_METRIC
from services.outgoing import emit
from sourcing.index.documents import Query

if TYPE_CHECKING:
    from sourcing.index.index import Index

CANARY_SECONDS = 600.0
TRIED = 4
COMPARED = 50
"""Of each answer."""
LEAST_RECALL = 0.95
METRIC = "search_recall"


def recall_of(index: "Index", queries: Sequence[Query]) -> float:
    """Return the share of the exact answers that the index finds. Takes time: for a thread."""
    shares = []
    for query in queries:
        exact = {hit.id for hit in index.search(query, COMPARED, exactly=True)}
        found = {hit.id for hit in index.search(query, COMPARED)}
        shares.append(len(exact & found) / len(exact) if exact else 1.0)
    return sum(shares) / len(shares) if shares else 1.0


def widened(index: "Index") -> int:
    """Have the index look at twice as many lists; return at how many it looks now."""
    for segment in index.segments:
        segment.nearest.widen()
    return index.statistics().probes


def tell_recall(session: Session, recall: float) -> None:
    """Tell the figure."""
    event = AnalyticsPlatformMetricEvent(metric_type=METRIC, value=recall)
    timestamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    emit(session, ANALYTICS_PLATFORM_METRIC.build(metric_type=METRIC, timestamp=timestamp), event)
