"""Finding the freelancers whom a project may fit: those worth scoring, of however many there are.

Up to some thousand profiles these are all of them, and nothing is left out. Beyond that the index says: the one that
this process keeps, or else one of those that answer on `rpc.search.freelancers`, of which each question reaches one.
While there is none that is ready, all profiles are looked at as long as they are not too many.
"""

from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from modules.matching import assess, best, profiles_of
from modules.search.changes import REINDEX
from modules.search.keeper import SMALL, IndexKeeper, IndexNotReady
from modules.search.queries import holds, query_of
from modules.search.reading import ids_up_to
from schemas.nats_schemas import ProjectRequirements, WorkflowTriggerEvent
from schemas.search import SEARCH_FREELANCERS, SearchAnswer, SearchHit, SearchRequest
from sourcing.scoring import Requirements
from trunkline import Message, NATSAwareAgent, NotConnected, RequestError
from trunkline.sql import Database

CANDIDATES = 400
"""Freelancers that are scored for a project, of more than are all scored."""
LOOKED_AT = 20_000
"""Profiles that are all scored while no index is ready."""

log = structlog.get_logger(__name__)


class Search:
    """Finds candidates for `agent`; from `start` to `stop` it keeps an index for that, and answers others."""

    def __init__(self, agent: NATSAwareAgent, database: Database, folder: Path) -> None:
        self.keeper = IndexKeeper(agent.nats_service, database, folder)
        self._agent = agent
        self._service = agent.nats_service
        self._database = database

    async def start(self) -> None:
        """Begin to keep the index, and to answer."""
        await self._agent.subscribe(REINDEX, self.handle_reindex_trigger)
        await self._service.respond(SEARCH_FREELANCERS, self.handle_search_request)
        await self.keeper.start()

    async def stop(self) -> None:
        """Keep the index no longer."""
        await self.keeper.stop()

    async def candidates_for(self, requirements: Requirements) -> list[str]:
        """Return the ids of the freelancers who may fit, at least all those who fit best.

        Raises:
            IndexNotReady: there are too many to look at them all, and no index is ready.
        """
        if not requirements.required and not requirements.wished:
            return []
        everybody = await self._database.read(partial(ids_up_to, count=SMALL + 1))
        if len(everybody) <= SMALL:
            return everybody
        if self.keeper.index is not None:
            return [hit.id for hit in await self.keeper.search(query_of(requirements), CANDIDATES)]
        try:
            return await self._asked(requirements)
        except (RequestError, NotConnected) as error:
            log.info("search_without_index", reason=str(error))
        everybody = await self._database.read(partial(ids_up_to, count=LOOKED_AT + 1))
        if len(everybody) > LOOKED_AT:
            raise IndexNotReady(f"no index is ready, and there are more than {LOOKED_AT} profiles to look at")
        return everybody

    async def handle_search_request(self, subject: str, data: SearchRequest, msg: Message) -> SearchAnswer:
        """Say who may fit, best first."""
        requirements = Requirements.model_validate(data.requirements)
        if self.keeper.index is not None:
            hits = await self.keeper.search(query_of(requirements, data.only), data.limit)
            found = [SearchHit(freelancer_id=hit.id, value=hit.value) for hit in hits]
            return SearchAnswer(freelancers=found, searched=len(self.keeper.index))
        return await self._database.read(partial(answer_exactly, requirements=requirements, request=data))

    async def handle_reindex_trigger(self, subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        """Have the index made anew from the database, in each process that keeps one."""
        self.keeper.rebuild()

    async def _asked(self, requirements: Requirements) -> list[str]:
        """Ask another process."""
        request = SearchRequest(
            requirements=ProjectRequirements.model_validate(requirements.model_dump()), limit=CANDIDATES
        )
        answer = await self._service.request(SEARCH_FREELANCERS, request, response_type=SearchAnswer)
        return [hit.freelancer_id for hit in answer.freelancers]


def answer_exactly(session: Session, requirements: Requirements, request: SearchRequest) -> SearchAnswer:
    """Score everybody, where they are few.

    Raises:
        IndexNotReady: they are many.
    """
    ids = ids_up_to(session, SMALL + 1)
    if len(ids) > SMALL:
        raise IndexNotReady("the index of the freelancers is being read; ask again later")
    profiles = [each for each in profiles_of(session, ids) if holds(request.only, each.candidate)]
    found = best(assess(requirements, profiles), request.limit)
    scores = {each.freelancer_id: each.match.score for each in found}
    hits = [SearchHit(freelancer_id=id, value=score) for id, score in scores.items() if score > 0]
    return SearchAnswer(freelancers=hits, searched=len(ids))
