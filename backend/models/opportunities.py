"""Opportunities: how well a freelancer fits a project, what the freelancer said to it, and what the owner decided."""

from collections.abc import Mapping
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


_S = OpportunityState

FOLLOWING: Mapping[OpportunityState, frozenset[OpportunityState]] = {
    _S.SCORED: frozenset({_S.AVAILABLE, _S.INTERESTED, _S.DECLINED}),
    _S.AVAILABLE: frozenset({_S.INTERESTED, _S.DECLINED, _S.SHORTLISTED, _S.REJECTED, _S.EXPIRED, _S.WITHDRAWN}),
    _S.INTERESTED: frozenset({_S.INTERESTED, _S.DECLINED, _S.SHORTLISTED, _S.REJECTED, _S.HIRED, _S.WITHDRAWN}),
    _S.DECLINED: frozenset({_S.INTERESTED, _S.DECLINED}),
    _S.SHORTLISTED: frozenset({_S.SHORTLISTED, _S.DECLINED, _S.REJECTED, _S.HIRED, _S.EXPIRED, _S.WITHDRAWN}),
    _S.REJECTED: frozenset({_S.SHORTLISTED}),
    _S.HIRED: frozenset({_S.REJECTED}),
    _S.EXPIRED: frozenset(),
    _S.WITHDRAWN: frozenset({_S.AVAILABLE}),
}
"""What may follow each state. An answer may be given again; a rejection may be taken back, a hire may fall through;
what was withdrawn may fit again. `SHORTLISTED` holds with and without an answer."""

OFFERED = frozenset({_S.AVAILABLE, _S.INTERESTED, _S.SHORTLISTED, _S.HIRED})
"""The states that take one of the places among which a project is offered."""


class ClosedBecause(StrEnum):
    """Why an opportunity can no longer be answered."""

    UNANSWERED = "unanswered"
    PROJECT_CLOSED = "project_closed"
    PROJECT_FILLED = "project_filled"
    NO_LONGER_FITS = "no_longer_fits"
    FREELANCER_UNAVAILABLE = "freelancer_unavailable"
    OWNER = "owner"
    """The owner took the offer back; matching does not make it again."""


def _confidence(context: DefaultExecutionContext) -> Any:
    """A score that nobody gave is the confidence: the calibration's prior."""
    return context.get_current_parameters()["match_confidence"]  # type: ignore[no-untyped-call]


class Opportunity(Model):
    """One freelancer and one project. `parts`, `missing_skills`, `improvements` and `reasons` take the score apart;
    `match_confidence` and `improvement_potential` follow from it by the calibration of version `calibration`.

    `answer` is what the freelancer said last, `decision` what the owner decided last. `offered_version` is the newest
    version of the project of which an invitation was sent; `expires_at` is when an offer without an answer ends (none:
    it does not, or has its answer). `unsettled` holds the answers whose skills have not been worked in yet, each with
    the id of its event: {"event_id", "answer"}; `unsettled_since` is when the first of them came.
    """

    __tablename__ = "opportunities"
    __table_args__ = (UniqueConstraint("project_id", "freelancer_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(String(36), ForeignKey("projects.id"))
    freelancer_id: Mapped[str] = mapped_column(String(36), ForeignKey("freelancers.id"), index=True)
    state: Mapped[OpportunityState] = mapped_column(default=OpportunityState.SCORED)
    answer: Mapped[str | None] = mapped_column(String(20))
    decision: Mapped[str | None] = mapped_column(String(20))
    offered_version: Mapped[int] = mapped_column(default=0, server_default="0")
    expires_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(String(40))
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

    def may_become(self, state: OpportunityState) -> bool:
        """Whether `state` may follow."""
        return state in FOLLOWING[self.state]

    def become(self, state: OpportunityState) -> None:
        """Go to `state`.

        Raises:
            ValueError: it may not follow; whoever asks for it has to be refused before.
        """
        if not self.may_become(state):
            raise ValueError(f"an opportunity that is {self.state} cannot become {state}")
        self.state = state

    @property
    def waits_for_answer(self) -> bool:
        """Whether the freelancer can still say something for the first time."""
        return self.answer is None and self.state in {OpportunityState.AVAILABLE, OpportunityState.SHORTLISTED}
