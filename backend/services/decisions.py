"""What an owner decides on a freelancer to whom a project was offered: shortlist, decline, hire; or take it back."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import ClosedBecause, Freelancer, Opportunity, OpportunityState, Project, ProjectState
from schemas.nats_schemas import OpportunityDecisionEvent
from schemas.projects import Decision, MatchView
from schemas.subjects import PROJECT_DECISION
from services import offering, project_lifecycle
from services.outgoing import IN_ORDER, emit
from services.projects import match_view
from services.refusals import Conflict, NotFound
from trunkline.sql import timers

_LOOKING = {OpportunityState.SHORTLISTED, OpportunityState.HIRED}


def decide(session: Session, owner: SignedIn, project_id: str, opportunity_id: str, decision: Decision) -> MatchView:
    """Keep and tell a decision; with the last place taken, the project is filled. The same once more changes nothing.

    Raises:
        NotFound: there is no such match of a project of the owner's.
        Conflict: it is not in a state for it; says which, and what to do.
    """
    project, freelancer, row = _locked(session, owner, project_id, opportunity_id)
    if row.decision == decision and row.state.value == decision:
        return match_view(row, freelancer.name)
    state = OpportunityState(decision)
    _check(project, row, state)
    event = OpportunityDecisionEvent(
        project_id=project.id,
        freelancer_id=row.freelancer_id,
        decision=decision,
        match_confidence=row.match_confidence,
        previous_decision=row.decision,
    )
    before = row.state
    row.become(state)
    row.decision = decision
    if not row.waits_for_answer:
        row.expires_at = None
        timers.cancel(session, offering.EXPIRY, row.id)
    elif row.expires_at is None:  # a rejection is taken back that ended the time to answer
        offering.set_deadline(session, row)
    emit(session, PROJECT_DECISION.build(project_id=project.id, freelancer_id=row.freelancer_id), event)
    offering.place_freed(session, row, before)
    session.flush()
    if state is OpportunityState.HIRED and project_lifecycle.hired(session, project.id) >= project.places:
        project_lifecycle.edited(session, project, [])
    return match_view(row, freelancer.name)


def withdraw(session: Session, owner: SignedIn, project_id: str, opportunity_id: str) -> MatchView:
    """Take an offer back for good; once more changes nothing.

    Raises:
        NotFound: there is no such match of a project of the owner's.
        Conflict: there is no offer that could be taken back.
    """
    _, freelancer, row = _locked(session, owner, project_id, opportunity_id)
    if row.closed_because != ClosedBecause.OWNER:
        if not row.may_become(OpportunityState.WITHDRAWN):
            raise _misfit(row, "withdrawn")
        offering.withdraw(session, row, ClosedBecause.OWNER)
        session.flush()
    return match_view(row, freelancer.name)


def _locked(
    session: Session, owner: SignedIn, project_id: str, opportunity_id: str
) -> tuple[Project, Freelancer, Opportunity]:
    """Return project, freelancer and offer, locked in this order, which is that of all who write them."""
    own = select(Project).where(Project.id == project_id, Project.owner_id == owner.id)
    project = session.scalar(own.with_for_update())
    found = session.get(Opportunity, opportunity_id)
    if project is None or found is None or found.project_id != project.id:
        raise NotFound("match")
    freelancer = session.get_one(Freelancer, found.freelancer_id, with_for_update=IN_ORDER)
    session.refresh(found, with_for_update=True)
    return project, freelancer, found


def _check(project: Project, row: Opportunity, state: OpportunityState) -> None:
    """Refuse a decision that does not fit the state of project or offer."""
    if state in _LOOKING and project.state is not ProjectState.OPEN:
        raise Conflict(f"the project is {project.state}; open it again first", kind="project-not-open")
    if state is OpportunityState.HIRED and row.waits_for_answer:
        raise Conflict(
            "the freelancer has not said that they are interested; wait for their answer, or ask them",
            kind="opportunity-unanswered",
        )
    if not row.may_become(state):
        raise _misfit(row, state.value)


def _misfit(row: Opportunity, wanted: str) -> Conflict:
    if row.state is OpportunityState.SCORED:
        return Conflict("the project was not offered to this freelancer", kind="opportunity-not-offered")
    return Conflict(f"this freelancer is {row.state}, which cannot become {wanted}", kind=f"opportunity-{row.state}")
