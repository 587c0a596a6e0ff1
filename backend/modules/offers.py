"""What matching writes: the scores that an owner's ranking shows, and the offers, each made once.

Everything here is safe to do twice. A pair of project and freelancer has one row; an offer is made when that row
becomes `available`, in the same transaction, and taken back when nobody has answered it and it no longer fits; a
changed score is told when the row's score changes. A score counts only if project and profile still have the versions
that it was worked out from: who changed one of them has asked for a new matching, which brings the newer score,
whichever of the two comes to write first.

Rows are locked in one order, projects first, each kind by id, so that two writers never wait for each other.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from models import ClosedBecause, Freelancer, Opportunity, OpportunityState, Project, ProjectState
from models.opportunities import OFFERED
from modules.matching import Assessment
from schemas.nats_schemas import ScoresUpdatedEvent
from schemas.subjects import SCORES_UPDATED
from services import calibrations, offering
from services.outgoing import emit
from sourcing.calibration import Calibration
from sourcing.match import calibrated

MOST_OFFERS = 50
"""Freelancers to whom one project is offered at a time."""
MOST_RANKED = 200
"""Freelancers kept for one project's ranking, besides those to whom it is offered."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well a freelancer fits a project, ready to be written.

    `claimed_confidence` is what a subclass that knows better says (None: as the score gives it).
    """

    project_id: str
    project_version: int
    assessment: Assessment
    missing_skills: list[str]
    improvement_potential: float | None = None
    claimed_confidence: float | None = None

    @property
    def match_confidence(self) -> float:
        """What scores are ranked and offered by: the claim, or the score, whatever a calibration makes of it."""
        return self.assessment.match.score if self.claimed_confidence is None else self.claimed_confidence

    @property
    def freelancer_id(self) -> str:
        """The freelancer."""
        return self.assessment.freelancer_id


def score_of(project_id: str, project_version: int, assessment: Assessment) -> Score:
    """Return what an assessment gives for a project."""
    return Score(project_id, project_version, assessment, list(assessment.match.missing_skills))


def keep(session: Session, scores: Sequence[Score], threshold: float) -> None:
    """Write scores, best first where offers are scarce; make the offers that they call for."""
    projects = locked_projects(session, {score.project_id for score in scores})
    freelancers = locked_freelancers(session, {score.freelancer_id for score in scores})
    rows = existing_rows(session, scores)
    offers = offers_made(session, projects)
    calibration = calibrations.newest(session)
    for score in scores:
        project, freelancer = projects.get(score.project_id), freelancers.get(score.freelancer_id)
        if project is None or freelancer is None or is_outdated(score, project, freelancer):
            continue
        row = rows.get((project.id, freelancer.id))
        if row is None and not freelancer.skills:  # a profile of which nothing is known yet
            continue
        row = write(session, score, row, calibration)
        offers[project.id] += settle_offer(session, row, project, freelancer, threshold, offers[project.id])
    session.flush()
    for project_id in projects:
        prune(session, project_id)


def refill(session: Session, project_id: str, threshold: float) -> int | None:
    """Offer a project to the next best of its ranking, as many as there are places; return how many that were.

    One that has changed since it was matched is left to its new matching. None: there is no such project that is open.
    """
    project = locked_projects(session, [project_id]).get(project_id)
    if project is None or project.state is not ProjectState.OPEN:
        return None
    if project.matched_version < project.version:
        return 0
    before = offers = offers_made(session, {project_id: project})[project_id]
    waiting = session.scalars(offering.waiting_for_a_place(project_id).limit(max(0, MOST_OFFERS - offers))).all()
    freelancers = locked_freelancers(session, waiting)
    of_project = select(Opportunity).where(Opportunity.project_id == project_id, Opportunity.freelancer_id.in_(waiting))
    rows = {row.freelancer_id: row for row in session.scalars(of_project.execution_options(populate_existing=True))}
    for freelancer_id in waiting:
        offers += settle_offer(session, rows[freelancer_id], project, freelancers[freelancer_id], threshold, offers)
    return offers - before


def is_outdated(score: Score, project: Project, freelancer: Freelancer) -> bool:
    """Whether project or profile have changed since the score was worked out, or nobody is looked for any more."""
    return (
        project.state is not ProjectState.OPEN
        or project.version != score.project_version
        or freelancer.version != score.assessment.freelancer_version
    )


def write(session: Session, score: Score, row: Opportunity | None, calibration: Calibration) -> Opportunity:
    """Write one score."""
    previous = row.match_confidence if row is not None else None
    if row is None:
        row = Opportunity(project_id=score.project_id, freelancer_id=score.freelancer_id, state=OpportunityState.SCORED)
        session.add(row)
    fill(row, score, calibration)
    if previous is not None and previous != row.match_confidence:
        tell_score(session, row, previous)
    return row


def settle_offer(
    session: Session, row: Opportunity, project: Project, freelancer: Freelancer, threshold: float, offers: int
) -> int:
    """Make the offer that a score calls for, or take it back; return how many more there are than `offers`."""
    fits = row.score >= threshold
    if freelancer.available and fits and offers < MOST_OFFERS and offering.may_be_offered(row):
        offering.offer(session, row, project.version)
        return 1
    if row.state is OpportunityState.AVAILABLE and not (freelancer.available and fits):
        reason = ClosedBecause.NO_LONGER_FITS if freelancer.available else ClosedBecause.FREELANCER_UNAVAILABLE
        offering.withdraw(session, row, reason)
        return -1
    return 0


def fill(row: Opportunity, score: Score, calibration: Calibration) -> None:
    """Give the row the score, what it is made of, and the confidence that follows from it."""
    match = calibrated(score.assessment.match, calibration)
    row.score = score.match_confidence
    row.match_confidence = match.match_confidence if score.claimed_confidence is None else score.claimed_confidence
    potential = score.improvement_potential
    row.improvement_potential = match.improvement_potential if potential is None else potential
    row.missing_skills = score.missing_skills
    row.improvements = [each.model_dump() for each in match.improvements]
    row.parts = [each.model_dump() for each in match.parts]
    row.reasons = list(match.reasons)
    row.calibration = match.calibration


def tell_score(session: Session, row: Opportunity, previous: float) -> None:
    """Tell the owner that a score has moved."""
    updated = ScoresUpdatedEvent(
        freelancer_id=row.freelancer_id, updated_score=row.match_confidence, previous_score=previous
    )
    emit(session, SCORES_UPDATED.build(project_id=row.project_id), updated)


def prune(session: Session, project_id: str) -> None:
    """Forget the lowest scores of a project that has more than its ranking holds; what was offered stays."""
    surplus = (
        select(Opportunity.id)
        .where(Opportunity.project_id == project_id, Opportunity.state == OpportunityState.SCORED)
        .order_by(Opportunity.score.desc(), Opportunity.freelancer_id)
        .offset(MOST_RANKED)
    )
    session.execute(delete(Opportunity).where(Opportunity.id.in_(surplus)), execution_options=_NOT_IN_SESSION)


_NOT_IN_SESSION = {"synchronize_session": False}


def locked_projects(session: Session, ids: Collection[str]) -> dict[str, Project]:
    """Return projects by id, locked."""
    rows = session.scalars(select(Project).where(Project.id.in_(ids)).order_by(Project.id).with_for_update())
    return {row.id: row for row in rows}


def locked_freelancers(session: Session, ids: Collection[str]) -> dict[str, Freelancer]:
    """Return freelancers by id, locked."""
    rows = session.scalars(select(Freelancer).where(Freelancer.id.in_(ids)).order_by(Freelancer.id).with_for_update())
    return {row.id: row for row in rows}


def existing_rows(session: Session, scores: Sequence[Score]) -> dict[tuple[str, str], Opportunity]:
    """Return the rows that these pairs have."""
    pairs = [(score.project_id, score.freelancer_id) for score in scores]
    rows = session.scalars(
        select(Opportunity).where(tuple_(Opportunity.project_id, Opportunity.freelancer_id).in_(pairs))
    )
    return {(row.project_id, row.freelancer_id): row for row in rows}


def offers_made(session: Session, projects: Mapping[str, Project]) -> Counter[str]:
    """Return how many freelancers each project is offered to now."""
    counted = session.execute(
        select(Opportunity.project_id, func.count().label("offers"))
        .where(Opportunity.project_id.in_(projects), Opportunity.state.in_(OFFERED))
        .group_by(Opportunity.project_id)
    )
    return Counter({row.project_id: row.offers for row in counted})
