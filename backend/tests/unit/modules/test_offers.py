"""Scores are kept and offers made once, whatever comes twice, late or at the same time."""

from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import ClosedBecause, Freelancer, Opportunity, OpportunityState, Project, ProjectState
from modules import offers
from modules.answers import confirm_skills, settle
from modules.matching import Assessment, asked, assess, best, profiles_of
from modules.offers import Score, keep, refill, score_of
from schemas.nats_schemas import OpportunityResponseEvent
from services import freelancers, offering
from tests.unit.modules.world import World, skill
from trunkline.sql.timers import Timer

REQUIREMENTS = {"required_skills": ["Python", "Rust"]}
THRESHOLD = 0.35


async def scored(world: World, project_id: str, *freelancers: str) -> list[Score]:
    """The scores of these freelancers for the project, as both are now."""
    project = await world.get(Project, project_id)
    profiles = await world.do(profiles_of, freelancer_ids=freelancers)
    assessments = best(assess(asked(project.requirements), profiles), len(profiles))
    return [score_of(project.id, project.version, assessment) for assessment in assessments]


async def match(world: World, project_id: str, *freelancers: str) -> None:
    await world.do(keep, scores=await scored(world, project_id, *freelancers), threshold=THRESHOLD)


class TestOffers:
    async def test_who_fits_well_enough_is_told_and_so_is_the_owner(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python", "confirmed"))
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, freelancer)
        said = dict(await world.said())
        available = said[f"freelancer.{freelancer}.opportunity.{project}.available"]
        assert available["missing_skills"] == ["Rust"]
        assert available["improvement_potential"] > 0
        identified = said[f"matching.project.{project}.freelancer.{freelancer}.identified"]
        assert identified["match_confidence"] == available["match_confidence"]
        assert identified["reasons"]
        row = await world.opportunity_of(project, freelancer)
        assert row is not None
        assert row.state is OpportunityState.AVAILABLE

    async def test_who_does_not_is_ranked_and_not_told(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Cooking", "confirmed"))
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, freelancer)
        assert await world.said() == []
        row = await world.opportunity_of(project, freelancer)
        assert row is not None
        assert (row.state, row.missing_skills) == (OpportunityState.SCORED, ["Python", "Rust"])

    async def test_who_is_not_available_is_not_told(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python", "confirmed"), skill("Rust", "confirmed"), available=False)
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, freelancer)
        assert await world.said() == []

    async def test_done_again_nothing_is_said_again(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python", "confirmed"))
        project = await world.project(requirements=REQUIREMENTS)
        for _ in range(3):
            await match(world, project, freelancer)
        assert len(await world.said()) == 2

    async def test_offers_are_bounded_and_the_best_get_them(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(offers, "MOST_OFFERS", 1)
        good = await world.freelancer(skill("Python", "confirmed"))
        better = await world.freelancer(skill("Python", "confirmed"), skill("Rust", "confirmed"))
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, good, better)
        await match(world, project, good, better)
        assert await world.subjects("freelancer.>") == [f"freelancer.{better}.opportunity.{project}.available"]

    async def test_the_ranking_is_bounded_and_keeps_the_best(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(offers, "MOST_RANKED", 2)
        weak = [await world.freelancer(skill("Cooking")) for _ in range(3)]
        some = await world.freelancer(skill("Python"), available=False)
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, *weak, some)
        count = await world.database.read(lambda session: session.scalar(select(func.count(Opportunity.id))))
        assert count == 2
        assert await world.opportunity_of(project, some) is not None


class TestChanges:
    async def test_only_a_changed_score_is_told_with_the_one_before(self, world: World) -> None:
        changing, same = await world.freelancer(skill("Python")), await world.freelancer(skill("Python"))
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, changing, same)
        before = await world.opportunity_of(project, changing)
        assert before is not None
        await world.change(Freelancer, changing, skills=[skill("Python", "confirmed")], version=2)
        await match(world, project, changing, same)
        [(_, event)] = await world.said("matching.*.*.scores.updated")
        assert event["freelancer_id"] == changing
        assert event["previous_score"] == before.match_confidence
        assert event["updated_score"] > before.match_confidence

    async def test_who_comes_to_fit_is_offered_the_project_then(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Cooking"))
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, freelancer)
        await world.change(Freelancer, freelancer, skills=[skill("Python"), skill("Rust")], version=2)
        await match(world, project, freelancer)
        assert await world.subjects("freelancer.>") == [f"freelancer.{freelancer}.opportunity.{project}.available"]

    async def test_an_answer_survives_another_matching(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python"), skill("Rust"))
        project = await world.project(requirements=REQUIREMENTS)
        await match(world, project, freelancer)
        row = await world.opportunity_of(project, freelancer)
        assert row is not None
        await world.change(Opportunity, row.id, state=OpportunityState.DECLINED)
        await world.change(Project, project, requirements={"required_skills": ["Python"]}, version=2)
        await match(world, project, freelancer)
        assert (await world.get(Opportunity, row.id)).state is OpportunityState.DECLINED
        assert len(await world.subjects("freelancer.>")) == 1


class TestLateScores:
    @pytest.mark.parametrize("kind", ["project", "freelancer"])
    async def test_a_score_of_an_older_version_is_not_written(self, world: World, kind: str) -> None:
        freelancer = await world.freelancer(skill("Python"), skill("Rust"))
        project = await world.project(requirements=REQUIREMENTS)
        late = await scored(world, project, freelancer)
        if kind == "project":
            await world.change(Project, project, version=2)
        else:
            await world.change(Freelancer, freelancer, version=2)
        await world.do(keep, scores=late, threshold=THRESHOLD)
        assert await world.opportunity_of(project, freelancer) is None

    async def test_a_project_that_was_closed_meanwhile_offers_nothing(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python"), skill("Rust"))
        project = await world.project(requirements=REQUIREMENTS)
        late = await scored(world, project, freelancer)
        await world.change(Project, project, state=ProjectState.CLOSED)
        await world.do(keep, scores=late, threshold=THRESHOLD)
        assert await world.said() == []


class TestAnswers:
    async def test_a_confirmed_skill_counts_fully_and_a_denied_one_is_absent(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python"), skill("Rust"))
        project = await world.project(requirements=REQUIREMENTS)
        [before] = await scored(world, project, freelancer)
        higher = await world.do(
            confirm_skills, freelancer_id=freelancer, project_id=project, confirmed=["python"], denied=[]
        )
        lower = await world.do(
            confirm_skills, freelancer_id=freelancer, project_id=project, confirmed=[], denied=["Rust"]
        )
        assert lower < before.match_confidence < higher
        profile = await world.get(Freelancer, freelancer)
        assert {each["id"]: each["status"] for each in profile.skills} == {"python": "confirmed", "rust": "denied"}
        assert profile.version == 3

    async def test_of_answers_at_once_none_makes_a_profile_grow_without_end(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(freelancers, "MOST_SKILLS", 2)
        freelancer = await world.freelancer(skill("Python"))
        project = await world.project(requirements=REQUIREMENTS)
        confirm = partial(world.do, confirm_skills, freelancer_id=freelancer, project_id=project, denied=[])
        before = await confirm(confirmed=[])
        assert await confirm(confirmed=["Rust", "Weaving"]) == before
        assert (await world.get(Freelancer, freelancer)).version == 1
        assert await confirm(confirmed=["Rust"]) > before

    async def test_the_same_answer_again_changes_nothing(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python"))
        project = await world.project(requirements=REQUIREMENTS)
        scores = {
            await world.do(
                confirm_skills, freelancer_id=freelancer, project_id=project, confirmed=["Rust"], denied=["Python"]
            )
            for _ in range(2)
        }
        assert len(scores) == 1
        assert (await world.get(Freelancer, freelancer)).version == 2

    async def test_the_owner_hears_the_new_score_and_the_other_projects_are_matched_again(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python"))
        project = await world.project(requirements=REQUIREMENTS)
        row = await world.opportunity(project, freelancer, match_confidence=0.4)
        answer = OpportunityResponseEvent(
            project_id=project, freelancer_id=freelancer, answer="interested", confirmed_skills=["Rust"]
        )
        await world.do(
            settle, freelancer_id=freelancer, project_id=project, answer=answer, updated_score=0.8, event_id="answer"
        )
        said = dict(await world.said())
        updated = said[f"matching.project.{project}.scores.updated"]
        assert (updated["previous_score"], updated["updated_score"]) == (0.4, 0.8)
        asked = said["workflow.freelancer_opportunity.rematch.trigger"]["data"]
        assert asked == {"freelancer_id": freelancer, "version": 1}
        opportunity = await world.get(Opportunity, row)
        assert (opportunity.state, opportunity.match_confidence) == (OpportunityState.INTERESTED, 0.8)

    async def test_a_late_answer_does_not_take_back_the_one_that_stands(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python"))
        project = await world.project(requirements=REQUIREMENTS)
        row = await world.opportunity(project, freelancer, state=OpportunityState.DECLINED)
        answer = OpportunityResponseEvent(project_id=project, freelancer_id=freelancer, answer="interested")
        await world.do(
            settle, freelancer_id=freelancer, project_id=project, answer=answer, updated_score=0.8, event_id="answer"
        )
        assert (await world.get(Opportunity, row)).state is OpportunityState.DECLINED


class TestCandidates:
    async def test_the_best_come_first_and_ids_decide_among_equals(self, world: World) -> None:
        equal = sorted([await world.freelancer(skill("Python")) for _ in range(3)])
        top = await world.freelancer(skill("Python"), skill("Rust"))
        profiles = await world.do(profiles_of, freelancer_ids=[*equal, top])
        found: list[Assessment] = best(assess(asked(REQUIREMENTS), reversed(profiles)), 3)
        assert [assessment.freelancer_id for assessment in found] == [top, *equal[:2]]


class TestFreedPlaces:
    """An offer that ends leaves its place to the next best."""

    REFILL = "workflow.freelancer_opportunity.refill.trigger"

    @pytest.fixture
    async def full(self, world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
        """A project of one place, who has it, and who fits less well."""
        monkeypatch.setattr(offers, "MOST_OFFERS", 1)
        better = await world.freelancer(skill("Python", "confirmed"), skill("Rust", "confirmed"))
        good = await world.freelancer(skill("Python", "confirmed"), matched_version=1)
        project = await world.project(requirements=REQUIREMENTS, matched_version=1)
        await match(world, project, better, good)
        return project, better, good

    async def end(self, world: World, project: str, freelancer: str, state: OpportunityState) -> None:
        """Have an offer end as by itself, without a word."""
        row = await world.opportunity_of(project, freelancer)
        assert row is not None
        await world.change(Opportunity, row.id, state=state, closed_because=ClosedBecause.NO_LONGER_FITS)

    @pytest.mark.parametrize("ending", ["declined", "expired", "withdrawn"])
    async def test_the_next_best_is_offered_the_project(
        self, world: World, full: tuple[str, str, str], ending: str
    ) -> None:
        project, better, good = full

        def end(session: Session) -> None:
            row = session.scalars(select(Opportunity).where(Opportunity.freelancer_id == better)).one()
            if ending == "declined":
                offering.answered(session, row, "declined")
            elif ending == "withdrawn":
                offering.withdraw(session, row, ClosedBecause.OWNER)
            else:
                assert row.expires_at is not None
                offering.expire(session, Timer(offering.EXPIRY, row.id, row.expires_at, {}))

        await world.do(end)
        assert await world.subjects(self.REFILL) == [self.REFILL]
        assert await world.do(refill, project_id=project, threshold=THRESHOLD) == 1
        assert f"freelancer.{good}.opportunity.{project}.available" in await world.subjects("freelancer.>")
        assert await world.do(refill, project_id=project, threshold=THRESHOLD) == 0

    async def test_nothing_is_asked_for_when_nobody_waits(self, world: World) -> None:
        freelancer = await world.freelancer(skill("Python", "confirmed"))
        project = await world.project(requirements=REQUIREMENTS, matched_version=1)
        await match(world, project, freelancer)

        def withdraw(session: Session) -> None:
            row = session.scalars(select(Opportunity)).one()
            offering.withdraw(session, row, ClosedBecause.OWNER)

        await world.do(withdraw)
        assert await world.subjects(self.REFILL) == []

    async def test_who_is_not_available_any_more_is_passed_over(self, world: World, full: tuple[str, str, str]) -> None:
        project, better, good = full
        await world.change(Freelancer, good, available=False)
        await self.end(world, project, better, OpportunityState.EXPIRED)
        assert await world.do(refill, project_id=project, threshold=THRESHOLD) == 0

    async def test_a_project_that_has_changed_waits_for_its_matching(
        self, world: World, full: tuple[str, str, str]
    ) -> None:
        project, better, _ = full
        await self.end(world, project, better, OpportunityState.EXPIRED)
        await world.change(Project, project, version=2)
        assert await world.do(refill, project_id=project, threshold=THRESHOLD) == 0

    async def test_who_is_about_to_be_matched_again_waits_for_that(
        self, world: World, full: tuple[str, str, str]
    ) -> None:
        project, better, good = full
        await self.end(world, project, better, OpportunityState.EXPIRED)
        await world.change(Freelancer, good, version=2)
        assert await world.do(refill, project_id=project, threshold=THRESHOLD) == 0

    async def test_what_was_withdrawn_and_fits_again_gets_a_place_too(
        self, world: World, full: tuple[str, str, str]
    ) -> None:
        project, better, good = full
        await self.end(world, project, better, OpportunityState.EXPIRED)
        await self.end(world, project, good, OpportunityState.WITHDRAWN)
        assert await world.do(refill, project_id=project, threshold=THRESHOLD) == 1
