"""Performance analytics: what happens on the platform, as journeys of its users and as figures.

Two handlers that never feed themselves: one derives ``analytics.*`` events from the events of the platform's life and
does not listen to ``analytics.>``; the other counts ``analytics.>``, whoever published it, and publishes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from models import CV, ChatMessage, JourneyStage, PlatformMetric, Project, now
from schemas.nats_schemas import AnalyticsPlatformMetricEvent, AnalyticsUserJourneyEvent
from schemas.subjects import (
    ANALYTICS_PLATFORM_METRIC,
    ANALYTICS_USER_JOURNEY,
    CHAT_MESSAGE_CREATED,
    CLARIFICATION_REQUEST,
    CLARIFICATION_RESPONSE,
    CV_PROCESSING_COMPLETED,
    CV_PROCESSING_FAILED,
    FREELANCER_IDENTIFIED,
    OPPORTUNITY_CHANGED,
    OPPORTUNITY_RESPONSE,
    PROJECT_CREATED,
    PROJECT_DECISION,
    PROJECT_UPDATED,
    SUBJECTS,
)
from services import metric_buckets
from services.nats_service import NATSService
from services.outgoing import emit
from trunkline import Message, NATSAwareAgent, Subject
from trunkline.sql import Database

Ids = Mapping[str, str]
Data = Mapping[str, Any]

SOURCES = ("cv", "project", "matching", "freelancer", "chat")


@dataclass(frozen=True, slots=True)
class Finding:
    """What an event says: a stage that users have reached, and a figure."""

    stage: str
    users: tuple[str | None, ...]
    metric: str
    value: float = 1.0


Reader = Callable[[Session, Ids, Data], Finding | None]


def cv_processed(session: Session, ids: Ids, data: Data) -> Finding:
    """A CV was read."""
    return Finding("cv_processed", (_freelancer_of_cv(session, ids),), "cvs_processed")


def cv_failed(session: Session, ids: Ids, data: Data) -> Finding:
    """A CV could not be read."""
    return Finding("cv_failed", (_freelancer_of_cv(session, ids),), "cvs_failed")


def project_posted(session: Session, ids: Ids, data: Data) -> Finding:
    """A project was posted."""
    return Finding("project_posted", (_owner(session, ids),), "projects_posted")


def project_changed(session: Session, ids: Ids, data: Data) -> Finding | None:
    """A project was closed, filled, or opened again."""
    if "state" not in data.get("changed", ()) or data.get("state") not in {"open", "closed", "filled"}:
        return None
    return Finding(f"project_{data['state']}", (_owner(session, ids),), f"projects_{data['state']}")


def match_identified(session: Session, ids: Ids, data: Data) -> Finding:
    """A freelancer and a project were brought together; the figure is how well they fit."""
    users = (_owner(session, ids), ids["freelancer_id"])
    return Finding("matched", users, "match_confidence", float(data.get("match_confidence", 0.0)))


def opportunity_answered(session: Session, ids: Ids, data: Data) -> Finding:
    """A freelancer answered."""
    answer = "declined" if data.get("answer") == "declined" else "interested"
    return Finding(f"opportunity_{answer}", (ids["freelancer_id"],), f"opportunities_{answer}")


def opportunity_changed(session: Session, ids: Ids, data: Data) -> Finding:
    """An offer has expired, was withdrawn, or is open again."""
    return Finding(f"opportunity_{data['state']}", (ids["freelancer_id"],), f"opportunities_{data['state']}")


def freelancer_decided_on(session: Session, ids: Ids, data: Data) -> Finding:
    """An owner has shortlisted, declined or hired somebody."""
    users = (_owner(session, ids), ids["freelancer_id"])
    return Finding(str(data["decision"]), users, f"freelancers_{data['decision']}")


def clarification_asked(session: Session, ids: Ids, data: Data) -> Finding:
    """One side asked the other."""
    return Finding("clarification_asked", (_side(session, ids, data.get("asked_by")),), "clarifications_asked")


def clarification_answered(session: Session, ids: Ids, data: Data) -> Finding:
    """The other side answered."""
    return Finding("clarification_answered", (_side(session, ids, data.get("answered_by")),), "clarifications_answered")


def chat_message_written(session: Session, ids: Ids, data: Data) -> Finding:
    """Somebody wrote a message."""
    message = session.get(ChatMessage, ids["message_id"])
    return Finding("message_written", (message.sender_id if message else None,), "chat_messages")


FINDINGS: Mapping[Subject, Reader] = {
    CV_PROCESSING_COMPLETED: cv_processed,
    CV_PROCESSING_FAILED: cv_failed,
    PROJECT_CREATED: project_posted,
    FREELANCER_IDENTIFIED: match_identified,
    PROJECT_UPDATED: project_changed,
    PROJECT_DECISION: freelancer_decided_on,
    OPPORTUNITY_CHANGED: opportunity_changed,
    OPPORTUNITY_RESPONSE: opportunity_answered,
    CLARIFICATION_REQUEST: clarification_asked,
    CLARIFICATION_RESPONSE: clarification_answered,
    CHAT_MESSAGE_CREATED: chat_message_written,
}


class PerformanceAnalytics(NATSAwareAgent):
    """Listens to the platform's life, and to the analytics events."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__("performance_analytics", nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take what findings are derived from, and what is counted."""
        for source in SOURCES:
            await self.subscribe(f"{source}.>", self.handle_life, durable=f"performance-analytics-{source}")
        await self.subscribe(ANALYTICS_USER_JOURNEY, self.handle_journey, durable="performance-analytics-journeys")
        await self.subscribe(ANALYTICS_PLATFORM_METRIC, self.handle_metric, durable="performance-analytics-metrics")

    async def handle_life(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        """Derive analytics events from one of the platform's life."""
        found = SUBJECTS.find(subject)
        reader = FINDINGS.get(found[0]) if found else None
        if found is not None and reader is not None:
            await msg.commit(partial(derive, reader=reader, ids=found[1], data=data))

    async def handle_journey(self, subject: str, data: AnalyticsUserJourneyEvent, msg: Message) -> None:
        """Count a stage that a user has reached."""
        await msg.commit(partial(count_stage, ids=ANALYTICS_USER_JOURNEY.parse(subject)))

    async def handle_metric(self, subject: str, data: AnalyticsPlatformMetricEvent, msg: Message) -> None:
        """Add up a figure."""
        metric_type = ANALYTICS_PLATFORM_METRIC.parse(subject)["metric_type"]
        await msg.commit(partial(add_figure, metric_type=metric_type, value=data.value, at=msg.event.time))


def derive(session: Session, reader: Reader, ids: Ids, data: Data) -> None:
    """Write the analytics events of one finding."""
    finding = reader(session, ids, data)
    if finding is None:
        return
    for user_id in filter(None, finding.users):
        journey = AnalyticsUserJourneyEvent(user_id=user_id, stage=finding.stage)
        emit(session, ANALYTICS_USER_JOURNEY.build(user_id=user_id, stage=finding.stage), journey)
    metric = AnalyticsPlatformMetricEvent(metric_type=finding.metric, value=finding.value)
    timestamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    emit(session, ANALYTICS_PLATFORM_METRIC.build(metric_type=finding.metric, timestamp=timestamp), metric)


def count_stage(session: Session, ids: Ids) -> None:
    """Count the stage once more for its user."""
    stage = session.get(JourneyStage, (ids["user_id"], ids["stage"]), with_for_update=True)
    reached = now()
    if stage is None:
        stage = JourneyStage(user_id=ids["user_id"], stage=ids["stage"], count=0, first_at=reached)
        session.add(stage)
    stage.count += 1
    stage.last_at = reached


def add_figure(session: Session, metric_type: str, value: float, at: datetime) -> None:
    """Add `value` to the sum of its kind, and to the hour and the day that it came in."""
    metric_buckets.add(session, metric_type, value, at)
    metric = session.get(PlatformMetric, metric_type, with_for_update=True)
    if metric is None:
        metric = PlatformMetric(metric_type=metric_type, count=0, total=0.0)
        session.add(metric)
    metric.count += 1
    metric.total += value
    metric.latest = value
    metric.last_at = now()


def _freelancer_of_cv(session: Session, ids: Ids) -> str | None:
    cv = session.get(CV, ids["cv_id"])
    return cv.freelancer_id if cv else None


def _owner(session: Session, ids: Ids) -> str | None:
    project = session.get(Project, ids["project_id"])
    return project.owner_id if project else None


def _side(session: Session, ids: Ids, side: object) -> str | None:
    return ids["freelancer_id"] if side == "freelancer" else _owner(session, ids)
