"""An offer's life: made with a deadline, answered, expired, withdrawn, made again.

Whoever changes an offer holds its freelancer's row (`IN_ORDER` or more) before the offer's own, so that two who do it
at once come one after the other, and their events in the same order.

An invitation is sent once for each version of a project: `Opportunity.offered_version` says for which it was, and the
event's id is made of it, so that a stream and its readers know a second copy too. An offer that was withdrawn and fits
again at the same version is open again without another invitation.
"""

from datetime import timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from core.config import settings
from models import ClosedBecause, Freelancer, Opportunity, OpportunityState, Project, ProjectState, now
from models.opportunities import OFFERED
from schemas.nats_schemas import (
    FreelancerIdentifiedEvent,
    FreelancerOpportunityEvent,
    OpportunityChangedEvent,
    WorkflowTriggerEvent,
)
from schemas.subjects import FREELANCER_IDENTIFIED, OPPORTUNITY_AVAILABLE, OPPORTUNITY_CHANGED, WORKFLOW_TRIGGER
from services.outgoing import IN_ORDER, emit
from trunkline.sql import timers
from trunkline.sql.timers import Timer

EXPIRY = "opportunity.expiry"
"""The kind of the timers that end offers which nobody answered."""
FITS_AGAIN = "fits_again"
WITHDRAWN_AT_ONCE = 200
"""Offers that end at once when their freelancer is not available any more."""


def offer(session: Session, row: Opportunity, project_version: int) -> None:
    """Offer a project to a freelancer, until the deadline; invite them if they were not for this version of it."""
    row.become(OpportunityState.AVAILABLE)
    row.answer = None
    row.closed_because = None
    set_deadline(session, row)
    if row.offered_version >= project_version:
        _tell_changed(session, row, "available", FITS_AGAIN)
        return
    row.offered_version = project_version
    _invite(session, row)


def set_deadline(session: Session, row: Opportunity) -> None:
    """Give the freelancer the whole time to answer, from now on."""
    row.expires_at = now() + timedelta(days=settings.opportunity_days)
    session.flush()
    timers.set(session, EXPIRY, row.id, row.expires_at)


def may_be_offered(row: Opportunity) -> bool:
    """Whether matching may offer the project: it has not yet, or what took the offer back was not the owner."""
    if row.state is OpportunityState.WITHDRAWN:
        return row.closed_because != ClosedBecause.OWNER
    return row.state is OpportunityState.SCORED


def answered(session: Session, row: Opportunity, answer: str) -> None:
    """Note what the freelancer says: a shortlisted one who is interested stays on the list."""
    row.answer = answer
    row.expires_at = None
    timers.cancel(session, EXPIRY, row.id)
    state, before = OpportunityState(answer), row.state
    if not (before is OpportunityState.SHORTLISTED and state is OpportunityState.INTERESTED):
        row.become(state)
        place_freed(session, row, before)


def withdraw(session: Session, row: Opportunity, reason: ClosedBecause) -> None:
    """Take an offer back, and say why."""
    timers.cancel(session, EXPIRY, row.id)
    _close(session, row, OpportunityState.WITHDRAWN, reason)


def withdraw_all(session: Session, project_id: str, reason: ClosedBecause) -> None:
    """Take back what a project that looks for nobody any more has offered; who is hired stays so."""
    of_project = select(Opportunity.freelancer_id).where(
        Opportunity.project_id == project_id, Opportunity.state.in_(OFFERED - {OpportunityState.HIRED})
    )
    locked = select(Freelancer.id).where(Freelancer.id.in_(of_project)).order_by(Freelancer.id)
    freelancers = session.scalars(locked.with_for_update(key_share=True)).all()
    rows = select(Opportunity).where(Opportunity.project_id == project_id, Opportunity.freelancer_id.in_(freelancers))
    for row in session.scalars(rows.order_by(Opportunity.freelancer_id).execution_options(populate_existing=True)):
        if row.state in OFFERED - {OpportunityState.HIRED}:
            withdraw(session, row, reason)


def withdraw_unanswered(session: Session, freelancer: Freelancer) -> None:
    """Take back what a freelancer, whose row is locked and who is not available any more, has not answered.

    What is left of very many, the matching takes back that the change of the profile has asked for.
    """
    rows = select(Opportunity).where(
        Opportunity.freelancer_id == freelancer.id, Opportunity.state == OpportunityState.AVAILABLE
    )
    for row in session.scalars(rows.order_by(Opportunity.id).limit(WITHDRAWN_AT_ONCE)).all():
        withdraw(session, row, ClosedBecause.FREELANCER_UNAVAILABLE)


def expire(session: Session, timer: Timer) -> None:
    """End an offer that nobody has answered, unless it was made again meanwhile."""
    row = session.get(Opportunity, timer.id)
    if row is None:
        return
    session.get(Freelancer, row.freelancer_id, with_for_update=IN_ORDER)
    session.refresh(row, with_for_update=True)
    if row.waits_for_answer and row.expires_at is not None and row.expires_at <= timer.due:
        _close(session, row, OpportunityState.EXPIRED, ClosedBecause.UNANSWERED)


def place_freed(session: Session, row: Opportunity, before: OpportunityState) -> None:
    """Have the next best be offered the project, if an offer that was `before` in its state has left them a place."""
    if before not in OFFERED or row.state in OFFERED:
        return
    waiting = select(waiting_for_a_place(row.project_id).where(Project.state == ProjectState.OPEN).exists())
    if session.scalar(waiting):
        refill = WorkflowTriggerEvent(
            module_name="freelancer_opportunity", action="refill", data={"project_id": row.project_id}
        )
        emit(session, WORKFLOW_TRIGGER.build(module_name=refill.module_name, action=refill.action), refill)


def waiting_for_a_place(project_id: str) -> Select[str]:
    """Select the freelancers who fit a project and have no offer, best first: there were too many others.

    Whose profile has changed since it was matched is left to the new matching.
    """
    not_for_good = and_(
        Opportunity.state == OpportunityState.WITHDRAWN, Opportunity.closed_because != ClosedBecause.OWNER
    )
    return (
        select(Opportunity.freelancer_id)
        .join(Freelancer, Freelancer.id == Opportunity.freelancer_id)
        .join(Project, Project.id == Opportunity.project_id)
        .where(
            Opportunity.project_id == project_id,
            or_(Opportunity.state == OpportunityState.SCORED, not_for_good),
            Opportunity.score >= settings.offer_threshold,
            Freelancer.available,
            Freelancer.matched_version >= Freelancer.version,
        )
        .order_by(Opportunity.score.desc(), Opportunity.freelancer_id)
    )


def _close(session: Session, row: Opportunity, state: OpportunityState, reason: ClosedBecause) -> None:
    before = row.state
    row.become(state)
    row.closed_because = reason
    row.expires_at = None
    _tell_changed(session, row, state.value, reason)
    place_freed(session, row, before)


def _tell_changed(session: Session, row: Opportunity, state: str, reason: str) -> None:
    changed = OpportunityChangedEvent.model_validate(
        {"project_id": row.project_id, "freelancer_id": row.freelancer_id, "state": state, "reason": str(reason)}
    )
    emit(
        session,
        OPPORTUNITY_CHANGED.build(freelancer_id=row.freelancer_id, project_id=row.project_id),
        changed,
    )


def _invite(session: Session, row: Opportunity) -> None:
    """Tell the owner of the freelancer, and the freelancer of the project."""
    identified = FreelancerIdentifiedEvent(
        project_id=row.project_id,
        freelancer_id=row.freelancer_id,
        match_confidence=row.match_confidence,
        reasons=row.reasons,
    )
    subject = FREELANCER_IDENTIFIED.build(project_id=row.project_id, freelancer_id=row.freelancer_id)
    emit(session, subject, identified, event_id=f"{subject}.{row.offered_version}")
    available = FreelancerOpportunityEvent(
        project_id=row.project_id,
        freelancer_id=row.freelancer_id,
        match_confidence=row.match_confidence,
        missing_skills=row.missing_skills,
        improvement_potential=row.improvement_potential,
    )
    subject = OPPORTUNITY_AVAILABLE.build(freelancer_id=row.freelancer_id, project_id=row.project_id)
    emit(session, subject, available, event_id=f"{subject}.{row.offered_version}")
