"""Answers become a calibration: each noted once, a fit after enough of them, and the matches brought up to it."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import nats
import pytest
from sqlalchemy import select

from models import AnsweredBy, CalibrationVersion, MatchOutcome, Opportunity, Project, ProjectState
from modules import calibration
from modules.calibration import CalibrationModule, answers_to_fit, apply_after, note, put_in_force
from modules.matching import asked, assess, profiles_of, requirements_of
from modules.offers import keep, score_of
from schemas.nats_schemas import OpportunityDecisionEvent, OpportunityResponseEvent
from schemas.subjects import OPPORTUNITY_RESPONSE, PROJECT_DECISION
from services import calibrations
from services.nats_service import NATSService
from services.outgoing import emit
from sourcing.calibration import PRIOR, fit
from tests.e2e.people import until
from tests.unit.modules.world import World, skill
from trunkline.server import NatsServer


async def outcomes(world: World) -> list[MatchOutcome]:
    return await world.database.read(lambda session: list(session.scalars(select(MatchOutcome))))


async def answered(world: World, score: float, accepted: bool, **fields: Any) -> str:
    """A match that a freelancer has answered; returns its id."""
    project, freelancer = await world.project(**fields), await world.freelancer(skill("Python"))
    opportunity = await world.opportunity(project, freelancer, match_confidence=score)
    await world.do(
        note, project_id=project, freelancer_id=freelancer, answered_by=AnsweredBy.FREELANCER, accepted=accepted
    )
    return opportunity


async def fitted(world: World) -> None:
    version, through, found = await world.database.read(answers_to_fit)
    await world.do(put_in_force, fitted=fit(found, version), through=through)


class TestNoting:
    async def test_the_last_answer_of_each_side_stands_with_the_score_of_its_first(self, world: World) -> None:
        project, freelancer = await world.project(), await world.freelancer(skill("Python"))
        opportunity = await world.opportunity(project, freelancer, match_confidence=0.4)
        pair = {"project_id": project, "freelancer_id": freelancer}
        await world.do(note, **pair, answered_by=AnsweredBy.FREELANCER, accepted=False)
        await world.change(Opportunity, opportunity, score=0.9)
        await world.do(note, **pair, answered_by=AnsweredBy.FREELANCER, accepted=True)
        await world.do(note, **pair, answered_by=AnsweredBy.OWNER, accepted=True)
        found = await outcomes(world)
        assert [(each.answered_by, each.accepted, each.score) for each in found] == [
            ("freelancer", True, 0.4),
            ("owner", True, 0.9),
        ]
        assert found[0].account_id == freelancer != found[1].account_id

    async def test_an_answer_to_no_match_is_no_outcome(self, world: World) -> None:
        pair = {"project_id": await world.project(), "freelancer_id": await world.freelancer()}
        await world.do(note, **pair, answered_by=AnsweredBy.OWNER, accepted=True)
        assert await outcomes(world) == []

    async def test_after_enough_answers_a_fit_is_asked_for_once(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calibration, "REFIT_EVERY", 3)
        for _ in range(2):
            await answered(world, 0.5, True)
        assert await world.said("workflow.calibration.>") == []
        await answered(world, 0.5, True)
        assert await world.subjects("workflow.calibration.>") == ["workflow.calibration.fit.trigger"]
        await fitted(world)
        await answered(world, 0.5, True)
        assert await world.subjects("workflow.calibration.fit.>") == ["workflow.calibration.fit.trigger"]


class TestFitting:
    async def test_a_fit_is_a_new_version_in_force_with_its_error(self, world: World) -> None:
        assert await world.database.read(calibrations.newest) == PRIOR
        for number in range(12):
            await answered(world, 0.8, accepted=number < 3)
        await fitted(world)
        newest = await world.database.read(calibrations.newest)
        assert newest.version == 1
        assert newest.confidence(0.8) < 0.7
        row = await world.get(CalibrationVersion, 1)
        assert (row.outcomes, row.accounts, row.through) == (12, 12, 12)
        assert 0 < row.calibration_error < 1
        assert sum(each["share"] for each in row.bins) == pytest.approx(1, abs=0.01)

    async def test_with_nothing_new_there_is_nothing_to_fit(self, world: World) -> None:
        await answered(world, 0.8, True)
        await fitted(world)
        assert (await world.database.read(answers_to_fit))[2] == []

    async def test_matches_of_open_projects_follow_and_closed_ones_stay(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calibration, "WRITTEN_AT_ONCE", 1)
        first = await answered(world, 0.8, False)
        second = await answered(world, 0.4, False)
        closed = await answered(world, 0.8, False, state=ProjectState.CLOSED)
        await world.change(Opportunity, first, improvements=[{"skill": "Rust", "points": 0.1, "adds": 0.1}])
        await fitted(world)
        after: str | None = ""
        while after is not None:
            after = await world.do(apply_after, opportunity_id=after)
        newest = await world.database.read(calibrations.newest)
        rows = [await world.get(Opportunity, each) for each in (first, second, closed)]
        assert [row.calibration for row in rows] == [1, 1, 0]
        assert rows[2].match_confidence == 0.8
        assert rows[0].match_confidence == pytest.approx(newest.confidence(0.8), abs=1e-6)
        together = rows[0].match_confidence + rows[0].improvement_potential
        assert together == pytest.approx(newest.confidence(0.9), abs=2e-6)
        assert rows[0].improvements[0]["adds"] == pytest.approx(rows[0].improvement_potential, abs=1e-6)
        assert rows[0].score == 0.8

    async def test_a_new_matching_is_calibrated_and_offers_follow_the_score(self, world: World) -> None:
        for number in range(40):
            await answered(world, 0.8, accepted=number < 2)
        await fitted(world)
        freelancer = await world.freelancer(skill("Python", "confirmed"))
        project = await world.project(requirements={"required_skills": ["Python"]})

        def match(session: Any) -> None:

            found = assess(
                asked(requirements_of(session.get_one(Project, project))), profiles_of(session, [freelancer])
            )
            keep(session, [score_of(project, 1, each) for each in found], threshold=0.9)

        await world.database.write(match)
        row = await world.opportunity_of(project, freelancer)
        assert row is not None
        assert (row.score, row.calibration, row.state) == (1.0, 1, "available")
        assert row.match_confidence < 0.9


@pytest.fixture
async def service(nats_server: NatsServer, world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NATSService]:
    """The module at work; every answer is fitted to."""
    monkeypatch.setattr(calibration, "REFIT_EVERY", 1)
    client = await nats.connect(nats_server.url)
    service = NATSService(client, database=world.database)
    await CalibrationModule(service, world.database).initialize()
    await service.start()
    yield service
    await service.stop()
    await client.close()


@pytest.mark.usefixtures("service")
async def test_an_answer_and_a_decision_lead_all_the_way_to_calibrated_matches(
    world: World,
) -> None:
    """By events alone: noted, fitted, applied; the owner's decision then makes the next version."""
    project, freelancer = await world.project(), await world.freelancer(skill("Python"))
    opportunity = await world.opportunity(project, freelancer, match_confidence=0.6)
    pair = {"project_id": project, "freelancer_id": freelancer}

    async def is_at(version: int) -> bool:
        return (await world.get(Opportunity, opportunity)).calibration == version

    answer = OpportunityResponseEvent(**pair, answer="interested", score=0.5)
    await world.do(emit, subject=OPPORTUNITY_RESPONSE.build(**pair), data=answer)
    await until(partial(is_at, 1))
    decision = OpportunityDecisionEvent(**pair, decision="rejected", match_confidence=0.6)
    await world.do(emit, subject=PROJECT_DECISION.build(**pair), data=decision)
    await until(partial(is_at, 2))
    found = await outcomes(world)
    assert [(each.answered_by, each.score, each.accepted) for each in found] == [
        ("freelancer", 0.5, True),
        ("owner", 0.6, False),
    ]
