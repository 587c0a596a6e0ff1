"""The scores of a project: worked out from the questions that matching asks, explained where they may become offers.

`written` writes scores, a project's or a freelancer's, in transactions of `WRITTEN_AT_ONCE`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import settings
from models import Opportunity
from modules.matching import PotentialMatch, asked, assess, batches, profiles_of
from modules.matching_questions import MatchingQuestions
from modules.offers import MOST_OFFERS, MOST_RANKED, Score, keep, score_of
from modules.open_projects import OpenProject, note_described
from schemas.nats_schemas import ProjectRequirements
from trunkline.sql import Database

WRITTEN_AT_ONCE = 50


async def scores_of_project(questions: MatchingQuestions, database: Database, project: OpenProject) -> list[Score]:
    """Return the scores of those who fit best, best first, and of those who have an older score for the project."""
    await note_described(database, [project])
    matches = await questions.find_potential_freelancer_matches(ProjectRequirements(**project.requirements))
    return await _explained(questions, project, await _scores(database, project, matches))


async def written(database: Database, scores: list[Score]) -> None:
    """Write scores, and make the offers that they call for."""
    for batch in batches(scores, WRITTEN_AT_ONCE):
        await database.write(partial(keep, scores=batch, threshold=settings.offer_threshold))


async def _scores(database: Database, project: OpenProject, matches: Sequence[tuple[str, float]]) -> list[Score]:
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


async def _explained(questions: MatchingQuestions, project: OpenProject, scores: list[Score]) -> list[Score]:
    """The scores; for those that may become offers, gaps and potential as a subclass answers them.

    The platform's own answers stand in the scores already: to ask for them would read each profile twice more.
    """
    others = type(questions)
    says_gaps = others.identify_skill_gaps is not MatchingQuestions.identify_skill_gaps
    says_potential = others.calculate_improvement_potential is not MatchingQuestions.calculate_improvement_potential
    requirements = ProjectRequirements(**project.requirements)
    explained = []
    for score in scores[:MOST_OFFERS]:
        if score.match_confidence >= settings.offer_threshold:
            if says_gaps:
                gaps = await questions.identify_skill_gaps(score.freelancer_id, requirements)
                score = replace(score, missing_skills=gaps)
            if says_potential:
                potential = await questions.calculate_improvement_potential(score.freelancer_id, requirements)
                score = replace(score, improvement_potential=potential)
        explained.append(score)
    return explained + scores[MOST_OFFERS:]


def scored_freelancers(session: Session, project_id: str) -> set[str]:
    """Return the freelancers who have a score for the project."""
    return set(session.scalars(select(Opportunity.freelancer_id).where(Opportunity.project_id == project_id)))
