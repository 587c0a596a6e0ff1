"""Freelancer opportunities: brings projects and freelancers together, and keeps their scores true.

A project is matched when it is posted and whenever it changes; a freelancer, when their profile changes or they answer
an opportunity. The four questions of `FreelancerOpportunityHandler` (who fits, what is missing, what would that add,
what does an answer change) can be overridden by a subclass that knows better.

With a database the handlers are durable, and what they find is kept in rows, written in batches with their events
(`modules.offers` says why doing it twice is harmless). Without one the handler only listens and publishes, and a
subclass must answer the four questions itself.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import trunkline
from core.config import settings
from models import Freelancer, Opportunity, Project, ProjectState
from modules import answering
from modules.answers import confirm_skills, is_pair, settle
from modules.matching import (
    READ_AT_ONCE,
    AnyRequirements,
    Assessment,
    PotentialMatch,
    asked,
    assess,
    best,
    profiles_of,
)
from modules.offers import MOST_OFFERS, MOST_RANKED, Score, keep, refill, score_of
from modules.open_projects import OpenProject, as_open, note_described, scores_of_freelancer
from modules.search.keeper import IndexNotReady
from modules.search.searching import Search
from schemas.nats_schemas import (
    FreelancerOpportunityEvent,
    OpportunityResponseEvent,
    ProjectCreatedEvent,
    ProjectRequirements,
    ProjectUpdatedEvent,
    WorkflowTriggerEvent,
)
from schemas.subjects import (
    OPPORTUNITY_AVAILABLE,
    OPPORTUNITY_RESPONSE,
    PROJECT_CREATED,
    PROJECT_UPDATED,
    SCORES_UPDATED,
    SUBJECTS,
)
from services import calibrations, offering
from services.refusals import NotFound
from sourcing.match import calibrated
from trunkline import Event, InvalidPayload, InvalidSubject, Message, NATSAwareAgent, Retry
from trunkline.sql import Database
from workflows import project_matching

T = TypeVar("T")

MODULE_NAME = "freelancer_opportunity"
WRITTEN_AT_ONCE = 50
RETRY = Retry(on={IndexNotReady: Retry(attempts=40, first_delay=2, max_delay=30)})
"""A large index takes minutes to be read from the database."""

log = structlog.get_logger(__name__)


class FreelancerOpportunityHandler(NATSAwareAgent):
    """Listens for projects, for answers, and for requests to match a freelancer again."""

    def __init__(self, nats_service: trunkline.NATSService, database: Database | None = None) -> None:
        super().__init__(MODULE_NAME, nats_service)
        self.database = database
        self.search = Search(self, database, settings.index_dir) if database is not None else None

    async def close(self) -> None:
        """Stop listening, and keep the search index no longer."""
        await self.stop_searching()
        await super().close()

    async def stop_searching(self) -> None:
        """Keep the search index no longer; what listens goes on."""
        if self.search is not None:
            await self.search.stop()

    async def setup_subscriptions(self) -> None:
        """As `setup_event_subscriptions`."""
        await self.setup_event_subscriptions()

    async def setup_event_subscriptions(self) -> None:
        """Begin to listen; durably where there is a database to keep the results in.

        A project's changes, and a freelancer's answers and new profiles, are taken in their order.
        """
        if self.search is None:
            await self.subscribe(PROJECT_CREATED, self.handle_project_created)
            await self.subscribe(OPPORTUNITY_RESPONSE, self.handle_freelancer_opportunity_response)
            return
        name = "freelancer-opportunity"
        rematch = answering.trigger_of(MODULE_NAME, "rematch")
        if (clock := self.nats_service.clock) is not None:
            clock.on(offering.EXPIRY, offering.expire)
        await self.search.start()
        await self.subscribe(PROJECT_CREATED, self.handle_project_created, durable=f"{name}-created", retry=RETRY)
        await self.subscribe(
            PROJECT_UPDATED, self.handle_project_updated, durable=f"{name}-updated", ordered=True, retry=RETRY
        )
        await self.subscribe(
            OPPORTUNITY_RESPONSE, self.handle_freelancer_opportunity_response, durable=f"{name}-response", ordered=True
        )
        await self.subscribe(
            rematch, self.handle_rematch_trigger, durable=f"{name}-rematch", ordered=True, on_buried=answering.give_up
        )
        await self.subscribe(
            answering.trigger_of(MODULE_NAME, "refill"),
            self.handle_refill_trigger,
            durable=f"{name}-refill",
            on_buried=answering.give_up,
        )
        await self.subscribe(
            answering.trigger_of(MODULE_NAME, "match"),
            self.handle_match_trigger,
            durable=f"{name}-match",
            retry=RETRY,
            on_buried=answering.give_up,
        )

    async def handle_project_created(self, subject: str, data: ProjectCreatedEvent, msg: Message) -> None:
        """Find the freelancers whom a new project fits, and offer it to them."""
        if self.database is not None:
            await self._match_project(self.database, str(data.project_id), msg)
            return
        for freelancer_id, match_confidence in await self.find_potential_freelancer_matches(data.requirements):
            opportunity = FreelancerOpportunityEvent(
                project_id=data.project_id,
                freelancer_id=freelancer_id,
                match_confidence=match_confidence,
                missing_skills=await self.identify_skill_gaps(freelancer_id, data.requirements),
                improvement_potential=await self.calculate_improvement_potential(freelancer_id, data.requirements),
            )
            available = OPPORTUNITY_AVAILABLE.build(freelancer_id=freelancer_id, project_id=data.project_id)
            await self.nats_service.publish_event(available, opportunity, persistent=True)

    async def handle_project_updated(self, subject: str, data: ProjectUpdatedEvent, msg: Message) -> None:
        """Match a changed project again."""
        await self._match_project(self._database(), str(data.project_id), msg)

    async def handle_rematch_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Match a freelancer whose profile has changed with every open project."""
        database = self._database()
        freelancer_id = await answering.subject_of(data, msg)
        if freelancer_id is None:
            return
        profiles = await database.read(partial(profiles_of, freelancer_ids=[freelancer_id]))
        if not profiles:
            await msg.commit(partial(answering.refuse, trigger=data, error="there is no such freelancer"))
            return
        await self._keep(database, await scores_of_freelancer(database, profiles[0]))
        version = profiles[0].version
        await msg.commit(
            partial(settle_freelancer, freelancer_id=freelancer_id, version=version, asked_by=answering.asked_by(data))
        )

    async def handle_match_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Match an open project for whoever asks, also one that has been matched as it is."""
        database = self._database()
        project_id = await answering.subject_of(data, msg)
        if project_id is None:
            return
        project = await database.read(partial(open_project, project_id=project_id))
        if project is None:
            await msg.commit(partial(answering.refuse, trigger=data, error="there is no such project that is open"))
            return
        await self._match(database, project)
        settle = partial(settle_project, project_id=project.id, version=project.version, cause=msg.event)
        await msg.commit(partial(settle, asked_by=answering.asked_by(data)))

    async def handle_refill_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Offer a project, of which offers have ended, to the next best who fit."""
        project_id = await answering.subject_of(data, msg)
        if project_id is not None:
            await msg.commit(partial(refilled, project_id=project_id, trigger=data))

    async def handle_freelancer_opportunity_response(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        """Take a freelancer's answer: their skills, the score that follows from them, and word to the owner."""
        freelancer_id = self.extract_id_from_subject(subject, "freelancer")
        project_id = self.extract_id_from_subject(subject, "project")
        if self.database is None:
            updated_score = await self.process_skill_confirmations(freelancer_id, project_id, data)
            event = {
                "freelancer_id": freelancer_id,
                "updated_score": updated_score,
                "timestamp": datetime.now(UTC).isoformat(),
            }
            await self.nats_service.publish_event(SCORES_UPDATED.build(project_id=project_id), event, persistent=True)
            return
        answer = read_answer(data)
        if not await self.database.read(partial(is_pair, freelancer_id=freelancer_id, project_id=project_id)):
            log.info("answer_without_offer", freelancer_id=freelancer_id, project_id=project_id)
            return
        updated_score = await self.process_skill_confirmations(freelancer_id, project_id, data)
        await msg.commit(
            partial(
                settle,
                freelancer_id=freelancer_id,
                project_id=project_id,
                answer=answer,
                updated_score=updated_score,
                event_id=msg.event.id,
            )
        )

    async def find_potential_freelancer_matches(self, requirements: AnyRequirements) -> Sequence[tuple[str, float]]:
        """Return the freelancers who fit best, best first, each with a score from 0 to 1."""
        database = self._database()
        wanted = asked(requirements)
        found: list[Assessment] = []
        for ids in batches(await self.candidates_for(requirements), READ_AT_ONCE):
            profiles = await database.read(partial(profiles_of, freelancer_ids=ids))
            known = [profile for profile in profiles if profile.candidate.skills]
            found = best([*found, *await asyncio.to_thread(assess, wanted, known)], MOST_RANKED)
        calibration = await database.read(calibrations.newest)
        return [PotentialMatch(assessment, calibration) for assessment in found]

    async def candidates_for(self, requirements: AnyRequirements) -> list[str]:
        """Return the ids of those freelancers who are to be scored for a project: all, or the likeliest of many.

        Raises:
            IndexNotReady: there are too many to score them all, and it is not yet known who is likely.
        """
        self._database()
        assert self.search is not None
        return await self.search.candidates_for(asked(requirements))

    async def identify_skill_gaps(self, freelancer_id: str, requirements: AnyRequirements) -> list[str]:
        """Return the skills that are asked for and the freelancer lacks."""
        assessment = await self._assessed(freelancer_id, requirements)
        return list(assessment.match.missing_skills)

    async def calculate_improvement_potential(self, freelancer_id: str, requirements: AnyRequirements) -> float:
        """Return what closing all the gaps would add to the score."""
        assessment = await self._assessed(freelancer_id, requirements)
        return assessment.match.improvement_potential

    async def process_skill_confirmations(
        self, freelancer_id: str, project_id: str, data: OpportunityResponseEvent | Mapping[str, Any]
    ) -> float:
        """Bring the profile up to an answer, and return the score that the freelancer has for the project then."""
        answer = read_answer(data)
        effect = partial(
            confirm_skills,
            freelancer_id=freelancer_id,
            project_id=project_id,
            confirmed=answer.confirmed_skills,
            denied=answer.denied_skills,
        )
        return await self._database().write(effect)

    def extract_id_from_subject(self, subject: str, kind: str) -> str:
        """Return the id of a `kind` ("freelancer", "project", ...) that a declared subject holds.

        Raises:
            InvalidSubject: no declared template names the subject, or it holds no such id.
        """
        found = SUBJECTS.find(subject)
        if found is None or f"{kind}_id" not in found[1]:
            raise InvalidSubject(subject, f"holds no {kind}_id by any declared template")
        return found[1][f"{kind}_id"]

    async def _match_project(self, database: Database, project_id: str, msg: Message) -> None:
        project = await database.read(partial(project_to_match, project_id=project_id))
        if project is None:
            log.info("project_left_alone", project_id=project_id)
            return
        await self._match(database, project)
        await msg.commit(partial(settle_project, project_id=project.id, version=project.version, cause=msg.event))

    async def _match(self, database: Database, project: OpenProject) -> None:
        await note_described(database, [project])
        matches = await self.find_potential_freelancer_matches(ProjectRequirements(**project.requirements))
        scores = await self._scores(database, project, matches)
        await self._keep(database, await self._explained(project, scores))

    async def _scores(
        self, database: Database, project: OpenProject, matches: Sequence[tuple[str, float]]
    ) -> list[Score]:
        """The matches as scores, best first, with those freelancers who have an older score for the project."""
        assessed = {match[0]: match.assessment for match in matches if isinstance(match, PotentialMatch)}
        claimed = {str(match[0]): match[1] for match in matches[:MOST_RANKED] if not isinstance(match, PotentialMatch)}
        earlier = await database.read(partial(scored_freelancers, project_id=project.id))
        missing = {*claimed, *earlier} - assessed.keys()
        profiles = await database.read(partial(profiles_of, freelancer_ids=missing))
        for assessment in await asyncio.to_thread(assess, asked(project.requirements), profiles):
            assessed[assessment.freelancer_id] = assessment
        scores = [score_of(project.id, project.version, assessment) for assessment in assessed.values()]
        scores = [replace(score, claimed_confidence=claimed.get(score.freelancer_id)) for score in scores]
        return sorted(scores, key=lambda score: (-score.match_confidence, score.freelancer_id))

    async def _explained(self, project: OpenProject, scores: list[Score]) -> list[Score]:
        """The scores; for those that may become offers, gaps and potential as the overridable questions answer them."""
        requirements = ProjectRequirements(**project.requirements)
        explained = []
        for score in scores[:MOST_OFFERS]:
            if score.match_confidence >= settings.offer_threshold:
                gaps = await self.identify_skill_gaps(score.freelancer_id, requirements)
                potential = await self.calculate_improvement_potential(score.freelancer_id, requirements)
                score = replace(score, missing_skills=gaps, improvement_potential=potential)
            explained.append(score)
        return explained + scores[MOST_OFFERS:]

    async def _keep(self, database: Database, scores: list[Score]) -> None:
        for batch in batches(scores, WRITTEN_AT_ONCE):
            await database.write(partial(keep, scores=batch, threshold=settings.offer_threshold))

    async def _assessed(self, freelancer_id: str, requirements: AnyRequirements) -> Assessment:
        profiles = await self._database().read(partial(profiles_of, freelancer_ids=[freelancer_id]))
        if not profiles:
            raise NotFound("freelancer")
        [assessment] = assess(asked(requirements), profiles)
        calibration = await self._database().read(calibrations.newest)
        return replace(assessment, match=calibrated(assessment.match, calibration))

    def _database(self) -> Database:
        if self.database is None:
            raise NotImplementedError("without a database, a subclass answers this question itself")
        return self.database


def read_answer(data: OpportunityResponseEvent | Mapping[str, Any]) -> OpportunityResponseEvent:
    """Return the answer, checked.

    Raises:
        InvalidPayload: it is none.
    """
    if isinstance(data, OpportunityResponseEvent):
        return data
    try:
        return OpportunityResponseEvent.model_validate(data)
    except ValidationError as error:
        raise InvalidPayload(str(error)) from error


def project_to_match(session: Session, project_id: str) -> OpenProject | None:
    """Return the project, unless there is none, it looks for nobody, or it has been matched as it is."""
    project = session.get(Project, project_id)
    if project is None or project.state is not ProjectState.OPEN or project.matched_version >= project.version:
        return None
    return as_open(project)


def open_project(session: Session, project_id: str) -> OpenProject | None:
    """Return the project, unless there is none, or it looks for nobody."""
    project = session.get(Project, project_id)
    if project is None or project.state is not ProjectState.OPEN:
        return None
    return as_open(project)


def scored_freelancers(session: Session, project_id: str) -> set[str]:
    """Return the freelancers who have a score for the project."""
    return set(session.scalars(select(Opportunity.freelancer_id).where(Opportunity.project_id == project_id)))


def settle_project(
    session: Session,
    project_id: str,
    version: int,
    cause: Event | None = None,
    asked_by: Mapping[str, Any] | None = None,
) -> None:
    """Note that the project has been matched as it was then, and say so: once, or else to who asked."""
    project = session.get(Project, project_id, with_for_update=True)
    done = {"project_id": project_id, "version": version}
    if project is None or project.matched_version >= version:
        if asked_by is not None:
            answering.complete(session, MODULE_NAME, "match", done, asked_by)
        return
    project_matching.begin(session, project)
    project.matched_version = version
    event = answering.complete(session, MODULE_NAME, "match", done, asked_by)
    if version == project.version:
        project_matching.move(session, project, "match", cause, [event])


def refilled(session: Session, project_id: str, trigger: WorkflowTriggerEvent) -> None:
    """Fill the places that a project has free, and say how many were."""
    offered = refill(session, project_id, settings.offer_threshold)
    if offered is None:
        answering.refuse(session, trigger, "there is no such project that is open")
    else:
        answering.done(session, trigger, {"project_id": project_id, "offered": offered})


def settle_freelancer(
    session: Session, freelancer_id: str, version: int, asked_by: Mapping[str, Any] | None = None
) -> None:
    """Note that the freelancer has been matched as they were then, and say so."""
    older = (Freelancer.id == freelancer_id) & (Freelancer.matched_version < version)
    settled = {"matched_version": version, "updated_at": Freelancer.updated_at}  # the profile itself is as it was
    session.execute(update(Freelancer).where(older).values(settled), execution_options={"synchronize_session": False})
    answering.complete(session, MODULE_NAME, "rematch", {"freelancer_id": freelancer_id}, asked_by)


def batches(whole: list[T], size: int) -> Iterator[list[T]]:
    """Cut a list into parts of at most `size`."""
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
