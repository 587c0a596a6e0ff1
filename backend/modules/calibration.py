"""Calibration: notes what freelancers and owners answer to matches, and fits the confidence to it.

Every answer is noted with the score that the match had; the last answer of a side stands. After every so many new ones
the module asks itself for a fit; a fit is a new version, in force from its commit on, and the matches of open projects
are then brought up to it, some at a time. All is done by durable handlers, and safe to do twice: a version is fitted
once, and a match that has it is left alone.
"""

import asyncio
from dataclasses import asdict
from functools import partial

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AnsweredBy, CalibrationVersion, MatchOutcome, Opportunity, Project, ProjectState, now
from modules.answering import trigger_of
from schemas.nats_schemas import OpportunityDecisionEvent, OpportunityResponseEvent, WorkflowTriggerEvent
from schemas.subjects import OPPORTUNITY_RESPONSE, PROJECT_DECISION
from services import calibrations
from services.nats_service import NATSService
from services.outgoing import emit
from sourcing.calibration import Calibration, Fit, Outcome, fit
from sourcing.match import Improvement, Match, calibrated
from trunkline import Message, NATSAwareAgent
from trunkline.sql import Database

MODULE_NAME = "calibration"
FIT = trigger_of(MODULE_NAME, "fit")
APPLY = trigger_of(MODULE_NAME, "apply")
REFIT_EVERY = 50
FITTED_TO_AT_MOST = 20_000
WRITTEN_AT_ONCE = 200

log = structlog.get_logger(__name__)


class CalibrationModule(NATSAwareAgent):
    """Listens for answers and decisions, and to its own requests."""

    def __init__(self, nats_service: NATSService, database: Database) -> None:
        super().__init__(MODULE_NAME, nats_service)
        self.database = database

    async def setup_subscriptions(self) -> None:
        """Take the answers of both sides, those of one match in their order, and what this module asks itself for."""
        name = "calibration"
        await self.subscribe(OPPORTUNITY_RESPONSE, self.handle_response, durable=f"{name}-response", ordered=True)
        await self.subscribe(PROJECT_DECISION, self.handle_decision, durable=f"{name}-decision", ordered=True)
        await self.subscribe(FIT, self.handle_fit_trigger, durable=f"{name}-fit")
        await self.subscribe(APPLY, self.handle_apply_trigger, durable=f"{name}-apply")

    async def handle_response(self, subject: str, data: OpportunityResponseEvent, msg: Message) -> None:
        """Note what a freelancer answered."""
        ids = OPPORTUNITY_RESPONSE.parse(subject)
        await msg.commit(
            partial(
                note,
                project_id=ids["project_id"],
                freelancer_id=ids["freelancer_id"],
                answered_by=AnsweredBy.FREELANCER,
                accepted=data.answer == "interested",
                score=data.score,
            )
        )

    async def handle_decision(self, subject: str, data: OpportunityDecisionEvent, msg: Message) -> None:
        """Note what an owner decided."""
        ids = PROJECT_DECISION.parse(subject)
        await msg.commit(
            partial(
                note,
                project_id=ids["project_id"],
                freelancer_id=ids["freelancer_id"],
                answered_by=AnsweredBy.OWNER,
                accepted=data.decision != "rejected",
            )
        )

    async def handle_fit_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Fit a new version, unless the newest has seen every answer."""
        version, through, outcomes = await self.database.read(answers_to_fit)
        if outcomes:
            fitted = await asyncio.to_thread(fit, outcomes, version)
            await msg.commit(partial(put_in_force, fitted=fitted, through=through))

    async def handle_apply_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Bring the matches of open projects up to the version in force."""
        after: str | None = ""
        while after is not None:
            after = await self.database.write(partial(apply_after, opportunity_id=after))
        await msg.commit(lambda session: None)


def note(
    session: Session,
    project_id: str,
    freelancer_id: str,
    answered_by: AnsweredBy,
    accepted: bool,
    score: float | None = None,
) -> None:
    """Note one side's answer to a match, and ask for a fit when there are enough new ones.

    `score` is what was answered to; None: what the match has now. The first answer's stays: what followed from an
    answer, as skills that were confirmed, does not count.
    """
    project = session.get(Project, project_id)
    pair = (MatchOutcome.project_id == project_id, MatchOutcome.freelancer_id == freelancer_id)
    outcome = session.scalar(select(MatchOutcome).where(*pair, MatchOutcome.answered_by == answered_by))
    if outcome is not None:
        outcome.accepted, outcome.answered_at = accepted, now()
        return
    match = session.scalar(
        select(Opportunity).where(Opportunity.project_id == project_id, Opportunity.freelancer_id == freelancer_id)
    )
    if project is None or match is None:
        log.info("answer_without_match", freelancer_id=freelancer_id, project_id=project_id)
        return
    outcome = MatchOutcome(
        project_id=project_id,
        freelancer_id=freelancer_id,
        answered_by=answered_by,
        account_id=freelancer_id if answered_by is AnsweredBy.FREELANCER else project.owner_id,
        score=match.score if score is None else score,
        accepted=accepted,
    )
    session.add(outcome)
    session.flush()
    if outcome.number // REFIT_EVERY > seen_through(session) // REFIT_EVERY:
        ask(session, "fit", outcome.number // REFIT_EVERY)


def answers_to_fit(session: Session) -> tuple[int, int, list[Outcome]]:
    """Return the next version's number, that of the newest answer, and the newest answers.

    There are none when the newest version has seen them all.
    """
    rows = session.scalars(select(MatchOutcome).order_by(MatchOutcome.number.desc()).limit(FITTED_TO_AT_MOST)).all()
    through = rows[0].number if rows else 0
    outcomes = (
        [Outcome(row.account_id, row.score, row.accepted) for row in rows] if through > seen_through(session) else []
    )
    return calibrations.newest(session).version + 1, through, outcomes


def seen_through(session: Session) -> int:
    """Return the number of the newest answer that any version has seen."""
    return session.scalar(select(func.max(CalibrationVersion.through))) or 0


def put_in_force(session: Session, fitted: Fit, through: int) -> None:
    """Keep a fitted version, unless another was quicker, and ask for the matches to be brought up to it."""
    calibration = fitted.calibration
    if calibrations.newest(session).version >= calibration.version:
        return
    session.add(
        CalibrationVersion(
            version=calibration.version,
            a=calibration.a,
            b=calibration.b,
            c=calibration.c,
            outcomes=fitted.outcomes,
            accounts=fitted.accounts,
            through=through,
            calibration_error=fitted.error,
            bins=[asdict(each) for each in fitted.bins],
        )
    )
    ask(session, "apply", calibration.version)


def apply_after(session: Session, opportunity_id: str) -> str | None:
    """Bring the next matches of open projects up to the version in force; return where to go on, None at the end."""
    calibration = calibrations.newest(session)
    rows = session.scalars(
        select(Opportunity)
        .join(Project, Project.id == Opportunity.project_id)
        .where(
            Opportunity.id > opportunity_id,
            Opportunity.calibration < calibration.version,
            Project.state == ProjectState.OPEN,
        )
        .order_by(Opportunity.id)
        .limit(WRITTEN_AT_ONCE)
        .with_for_update(of=Opportunity)
    ).all()
    for row in rows:
        bring_up(row, calibration)
    return rows[-1].id if len(rows) == WRITTEN_AT_ONCE else None


def bring_up(row: Opportunity, calibration: Calibration) -> None:
    """Give a match the confidence that its score has by a calibration."""
    improvements = [Improvement.model_validate(each) for each in row.improvements]
    match = calibrated(Match(score=row.score, improvements=improvements), calibration)
    row.match_confidence = match.match_confidence
    row.improvement_potential = match.improvement_potential
    row.improvements = [each.model_dump() for each in match.improvements]
    row.calibration = match.calibration


def ask(session: Session, action: str, number: int) -> None:
    """Ask this module to act, once for each number of the action."""
    trigger = WorkflowTriggerEvent(module_name=MODULE_NAME, action=action, data={"number": number})
    emit(session, trigger_of(MODULE_NAME, action), trigger, event_id=f"{MODULE_NAME}.{action}.{number}")
