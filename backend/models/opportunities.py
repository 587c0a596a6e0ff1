"""Opportunities: how well one freelancer fits one project, and what the freelancer said to it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, new_id, now


class OpportunityState(StrEnum):
    """Where an opportunity stands."""

    SCORED = "scored"
    """Below the threshold: shown in the owner's ranking, not offered."""
    AVAILABLE = "available"
    INTERESTED = "interested"
    DECLINED = "declined"
    """By the freelancer."""
    SHORTLISTED = "shortlisted"
    REJECTED = "rejected"
    """By the owner."""
    HIRED = "hired"
    EXPIRED = "expired"
    """Nobody answered in time."""
    WITHDRAWN = "withdrawn"


def _confidence(context: DefaultExecutionContext) -> Any:
    """A score that nobody gave is the confidence: the calibration's prior."""
    return context.get_current_parameters()["match_confidence"]  # type: ignore[no-untyped-call]


class Opportunity(Model):
    """One freelancer and one project. `parts`, `missing_skills`, `improvements` and `reasons` take the score apart;
    `match_confidence` and `improvement_potential` follow from it by the calibration of version `calibration`.

    `unsettled` holds the answers whose skills have not been worked in yet, each with the id of its event: {"event_id",
    "answer"}; `unsettled_since` is when the first of them came.
    """

    __tablename__ = "opportunities"
    __table_args__ = (UniqueConstraint("project_id", "freelancer_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(String(36), ForeignKey("projects.id"))
    freelancer_id: Mapped[str] = mapped_column(String(36), ForeignKey("freelancers.id"), index=True)
    state: Mapped[OpportunityState] = mapped_column(default=OpportunityState.SCORED)
    score: Mapped[float] = mapped_column(default=_confidence)
    match_confidence: Mapped[float]
    calibration: Mapped[int] = mapped_column(default=0, server_default="0")
    improvement_potential: Mapped[float] = mapped_column(default=0.0)
    missing_skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    improvements: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    message: Mapped[str | None] = mapped_column(Text)
    unsettled: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    unsettled_since: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
