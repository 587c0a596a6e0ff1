"""Opportunities: what is offered to a freelancer, and their answer."""

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import ClosedBecause, Freelancer, Opportunity, OpportunityState, Project, ProjectState, now
from schemas.nats_schemas import OpportunityResponseEvent, ProjectRequirements
from schemas.opportunities import BestProjectsView, NotOfferedView, OpportunityAnswer, OpportunityView
from schemas.subjects import OPPORTUNITY_RESPONSE
from services import offering
from services.freelancers import edits_of, with_edits
from services.outgoing import IN_ORDER, emit
from services.pages import page
from services.refusals import Conflict, NotFound
from services.rematching import rematch
from sourcing.match import DIGITS

MAX_BEST = 200
IN_PLAY = (OpportunityState.AVAILABLE, OpportunityState.INTERESTED, OpportunityState.SHORTLISTED)
KEPT_BACK = ("work", "terms")
_WHY = {
    ClosedBecause.PROJECT_CLOSED: "the project was closed",
    ClosedBecause.PROJECT_FILLED: "all its places are taken",
    ClosedBecause.NO_LONGER_FITS: "project or profile have changed, and do not fit any more",
    ClosedBecause.FREELANCER_UNAVAILABLE: "you were not available; say in your profile that you are",
    ClosedBecause.OWNER: "the owner took it back",
}


def listed(
    session: Session, freelancer: SignedIn, *, state: OpportunityState | None, limit: int, after: str | None
) -> tuple[list[OpportunityView], str | None]:
    """Return a page of what was offered to the freelancer; of one state, or of all."""
    rows = _offered(freelancer)
    if state is not None:
        rows = rows.where(Opportunity.state == state)
    found, more = page(session, rows, Opportunity.id, limit=limit, after=after)
    projects = session.scalars(select(Project).where(Project.id.in_({each.project_id for each in found})))
    by_id = {project.id: project for project in projects}
    return [_view(each, by_id[each.project_id]) for each in found], more


def best(session: Session, freelancer: SignedIn, *, limit: int = MAX_BEST) -> BestProjectsView:
    """Return the open projects that fit the freelancer best, best first; of those not offered, not what they are.

    Raises:
        NotFound: the account has no profile.
    """
    profile = session.get(Freelancer, freelancer.id)
    if profile is None:
        raise NotFound("freelancer")
    found = session.execute(
        select(Opportunity, Project)
        .join(Project, Project.id == Opportunity.project_id)
        .where(
            Opportunity.freelancer_id == freelancer.id,
            or_(
                Opportunity.state.in_(IN_PLAY),
                and_(Opportunity.state == OpportunityState.SCORED, Opportunity.score > 0),
            ),
            Project.state == ProjectState.OPEN,
        )
        .order_by(Opportunity.score.desc(), Opportunity.project_id)
        .limit(limit)
    )
    matches = [
        _not_offered(opportunity) if opportunity.state is OpportunityState.SCORED else _view(opportunity, project)
        for opportunity, project in found
    ]
    told = [match for match in matches if match.score > 0 or match.state is not OpportunityState.SCORED]
    return BestProjectsView(
        freelancer_id=profile.id,
        version=profile.version,
        matched_version=profile.matched_version,
        matches=sorted(told, key=lambda match: (-match.score, match.id)),
    )


def get(session: Session, freelancer: SignedIn, opportunity_id: str) -> OpportunityView:
    """Return one of the freelancer's opportunities.

    Raises:
        NotFound: there is none of that id that was offered to them.
    """
    opportunity = session.scalar(_offered(freelancer).where(Opportunity.id == opportunity_id))
    if opportunity is None:
        raise NotFound("opportunity")
    return _view(opportunity, session.get_one(Project, opportunity.project_id))


def respond(session: Session, freelancer: SignedIn, opportunity_id: str, answer: OpportunityAnswer) -> OpportunityView:
    """Keep the freelancer's answer; the last one stands. The profile has the skills they confirm or deny at once.

    Raises:
        NotFound: there is none of that id that was offered to them.
        Conflict: it has expired or was withdrawn, the owner has decided, or the project looks for nobody any more.
        Invalid: the profile would have too many skills.
    """
    opportunity = session.scalar(_offered(freelancer).where(Opportunity.id == opportunity_id))
    if opportunity is None:
        raise NotFound("opportunity")
    project = session.get_one(Project, opportunity.project_id, with_for_update={"read": True})  # nobody closes it now
    profile = session.get_one(Freelancer, freelancer.id, with_for_update=IN_ORDER)
    session.refresh(opportunity, with_for_update=True)
    _check(opportunity, project, answer)
    skills = with_edits(profile.skills, edits_of(answer.confirmed_skills, answer.denied_skills))
    if skills != profile.skills:
        profile.skills = skills
        profile.version += 1
        rematch(session, profile)
    before = opportunity.answer
    offering.answered(session, opportunity, answer.answer)
    opportunity.message = answer.message
    event = OpportunityResponseEvent(
        project_id=project.id,
        freelancer_id=freelancer.id,
        answer=answer.answer,
        score=opportunity.score,
        confirmed_skills=answer.confirmed_skills,
        denied_skills=answer.denied_skills,
        skills_noted=True,
        previous_answer=before,
    )
    subject = OPPORTUNITY_RESPONSE.build(freelancer_id=freelancer.id, project_id=project.id)
    emitted = emit(session, subject, event)
    opportunity.unsettled = [
        *opportunity.unsettled,
        {"event_id": emitted.id, "answer": event.model_dump(mode="json")},
    ]
    opportunity.unsettled_since = opportunity.unsettled_since or now()
    session.flush()
    return _view(opportunity, project)


def _check(opportunity: Opportunity, project: Project, answer: OpportunityAnswer) -> None:
    """Refuse an answer that comes too late."""
    state = opportunity.state
    if state is OpportunityState.WITHDRAWN:
        why = _WHY[ClosedBecause(opportunity.closed_because)] if opportunity.closed_because else "it is closed"
        raise Conflict(f"this opportunity was withdrawn: {why}", kind="opportunity-withdrawn")
    has_expired = opportunity.expires_at is not None and opportunity.expires_at <= now()
    if state is OpportunityState.EXPIRED or has_expired:
        raise Conflict("this opportunity has expired: it was not answered in time", kind="opportunity-expired")
    if not opportunity.may_become(OpportunityState(answer.answer)) and not _stays_listed(opportunity, answer):
        raise Conflict(f"the owner has decided already: you are {state}", kind=f"opportunity-{state}")
    if project.state is not ProjectState.OPEN:
        raise Conflict(f"the project is {project.state}", kind="project-not-open")


def _stays_listed(opportunity: Opportunity, answer: OpportunityAnswer) -> bool:
    return opportunity.state is OpportunityState.SHORTLISTED and answer.answer == "interested"


def _offered(freelancer: SignedIn) -> Select[Opportunity]:
    return select(Opportunity).where(
        Opportunity.freelancer_id == freelancer.id, Opportunity.state != OpportunityState.SCORED
    )


def _not_offered(opportunity: Opportunity) -> NotOfferedView:
    """The parts that depend on neither title, place, rate nor availability, and nothing that is made of those that do.

    Their weights are what they would be if there had been no title to compare.
    """
    rest = 1.0 - sum(part["weight"] for part in opportunity.parts if part["name"] == "work")
    parts = [
        part | {"weight": round(part["weight"] / rest, DIGITS)}
        for part in opportunity.parts
        if part["name"] not in KEPT_BACK
    ]
    return NotOfferedView(
        id=opportunity.id,
        state=OpportunityState.SCORED,
        score=sum(part["weight"] * part["value"] for part in parts),
        missing_skills=opportunity.missing_skills,
        parts=parts,
    )


def _view(opportunity: Opportunity, project: Project) -> OpportunityView:
    return OpportunityView(
        id=opportunity.id,
        project_id=project.id,
        project_title=project.title,
        project_description=project.description,
        requirements=ProjectRequirements(**project.requirements),
        state=opportunity.state,
        score=opportunity.score,
        match_confidence=opportunity.match_confidence,
        missing_skills=opportunity.missing_skills,
        improvement_potential=opportunity.improvement_potential,
        improvements=opportunity.improvements,
        parts=opportunity.parts,
        reasons=opportunity.reasons,
        message=opportunity.message,
        answer=opportunity.answer,
        expires_at=opportunity.expires_at,
        closed_because=opportunity.closed_because,
        created_at=opportunity.created_at,
        updated_at=opportunity.updated_at,
    )
