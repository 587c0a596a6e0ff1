"""Freelancer opportunities: brings projects and freelancers together, and keeps their scores true.

A project is matched when it is posted and whenever it changes; a freelancer, when their profile changes or they answer
an opportunity. The questions of matching (`matching_questions.py`) can be overridden by a subclass that knows better.

With a database the handlers are durable, and what they find is kept in rows, written in batches with their events
(`modules.offers` says why doing it twice is harmless). Without one the handler only listens and publishes, and a
subclass must answer the questions itself.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session

import trunkline
from core.config import settings
from modules import answering
from modules.answers import is_pair, settle
from modules.matched import MODULE_NAME, is_matched, open_project, project_to_match, settle_freelancer, settle_project
from modules.matching import profiles_of
from modules.matching_questions import MatchingQuestions, read_answer
from modules.offers import refill
from modules.open_projects import scores_of_freelancer
from modules.project_scores import scores_of_project, written
from modules.search.keeper import IndexNotReady
from schemas.nats_schemas import (
    FreelancerOpportunityEvent,
    ProjectCreatedEvent,
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
from services import offering
from trunkline import InvalidSubject, Message, Retry
from trunkline.sql import Database

RETRY = Retry(on={IndexNotReady: Retry(attempts=40, first_delay=2, max_delay=30)})
"""A large index takes minutes to be read from the database."""

log = structlog.get_logger(__name__)


class FreelancerOpportunityHandler(MatchingQuestions):
    """Listens for projects, for answers, and for requests to match a freelancer again."""

    def __init__(self, nats_service: trunkline.NATSService, database: Database | None = None) -> None:
        super().__init__(MODULE_NAME, nats_service, database)

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
        """Match a freelancer whose profile has changed with every open project.

        Where `data` names the version that it has, and that was matched meanwhile, there is nothing to do.
        """
        database = self._database()
        freelancer_id = await answering.subject_of(data, msg)
        if freelancer_id is None:
            return
        profiles = await database.read(partial(profiles_of, freelancer_ids=[freelancer_id]))
        if not profiles:
            await msg.commit(partial(answering.refuse, trigger=data, error="there is no such freelancer"))
            return
        version = profiles[0].version
        if not await database.read(partial(is_matched, freelancer_id=freelancer_id, version=data.data.get("version"))):
            await written(database, await scores_of_freelancer(database, profiles[0]))
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
        await written(database, await scores_of_project(self, database, project))
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
        await written(database, await scores_of_project(self, database, project))
        await msg.commit(partial(settle_project, project_id=project.id, version=project.version, cause=msg.event))


def refilled(session: Session, project_id: str, trigger: WorkflowTriggerEvent) -> None:
    """Fill the places that a project has free, and say how many were."""
    offered = refill(session, project_id, settings.offer_threshold)
    if offered is None:
        answering.refuse(session, trigger, "there is no such project that is open")
    else:
        answering.done(session, trigger, {"project_id": project_id, "offered": offered})
