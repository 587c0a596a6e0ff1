"""The questions that matching asks: who fits, what is missing, what would that add, what does an answer change.

They are methods, for a subclass that knows better to override, and are answered here from the database and the search
index. Where there is no database, a subclass must answer them itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import ValidationError

import trunkline
from core.config import settings
from modules.answers import confirm_skills
from modules.matching import (
    READ_AT_ONCE,
    AnyRequirements,
    Assessment,
    PotentialMatch,
    asked,
    assess,
    batches,
    best,
    profiles_of,
)
from modules.offers import MOST_RANKED
from modules.search.searching import Search
from schemas.nats_schemas import OpportunityResponseEvent
from services import calibrations
from services.refusals import NotFound
from sourcing.match import calibrated
from trunkline import InvalidPayload, NATSAwareAgent
from trunkline.sql import Database


class MatchingQuestions(NATSAwareAgent):
    """An agent that can say how freelancers and projects fit."""

    def __init__(self, agent_name: str, nats_service: trunkline.NATSService, database: Database | None) -> None:
        super().__init__(agent_name, nats_service)
        self.database = database
        self.search = Search(self, database, settings.index_dir) if database is not None else None

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
        """Bring the profile up to an answer, and return the score that the freelancer has for the project then.

        An answer whose skills the profile has already is not brought there again: the freelancer may have said
        something else of them since.
        """
        answer = read_answer(data)
        effect = partial(
            confirm_skills,
            freelancer_id=freelancer_id,
            project_id=project_id,
            confirmed=[] if answer.skills_noted else answer.confirmed_skills,
            denied=[] if answer.skills_noted else answer.denied_skills,
        )
        return await self._database().write(effect)

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
