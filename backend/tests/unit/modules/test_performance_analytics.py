"""What happens becomes stages of journeys and figures; both are counted, and nothing feeds itself."""

import pytest

from models import JourneyStage, PlatformMetric
from modules.performance_analytics import FINDINGS, SOURCES, add_figure, count_stage, derive
from schemas.subjects import (
    ANALYTICS_PLATFORM_METRIC,
    ANALYTICS_USER_JOURNEY,
    CLARIFICATION_REQUEST,
    CV_PROCESSING_FAILED,
    FREELANCER_IDENTIFIED,
    OPPORTUNITY_RESPONSE,
)
from tests.unit.modules.world import World
from trunkline import Subject


async def derived(world: World, subject: Subject, data: dict[str, object], **ids: str) -> list[str]:
    await world.do(derive, reader=FINDINGS[subject], ids=ids, data=data)
    return await world.subjects()


class TestFindings:
    async def test_a_match_is_a_stage_for_both_sides_and_its_confidence_a_figure(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        project = await world.project(owner)
        ids = {"project_id": project, "freelancer_id": freelancer}
        await world.do(derive, reader=FINDINGS[FREELANCER_IDENTIFIED], ids=ids, data={"match_confidence": 0.75})
        said = await world.said()
        assert {subject for subject, _ in said[:2]} == {
            f"analytics.user.{owner}.journey.matched",
            f"analytics.user.{freelancer}.journey.matched",
        }
        assert said[2][0].startswith("analytics.platform.match_confidence.")
        assert said[2][1]["value"] == 0.75

    async def test_a_failed_cv_is_a_stage_of_its_freelancer(self, world: World) -> None:
        freelancer = await world.freelancer()
        cv = await world.cv(freelancer)
        subjects = await derived(world, CV_PROCESSING_FAILED, {}, cv_id=cv)
        assert subjects[0] == f"analytics.user.{freelancer}.journey.cv_failed"
        assert ANALYTICS_PLATFORM_METRIC.parse(subjects[1])["metric_type"] == "cvs_failed"

    async def test_an_answer_is_named_by_what_it_says(self, world: World) -> None:
        freelancer = await world.freelancer()
        subjects = await derived(
            world, OPPORTUNITY_RESPONSE, {"answer": "declined"}, freelancer_id=freelancer, project_id="p"
        )
        assert subjects[0] == f"analytics.user.{freelancer}.journey.opportunity_declined"

    @pytest.mark.parametrize("side", ["owner", "freelancer"])
    async def test_a_question_is_a_stage_of_who_asked(self, world: World, side: str) -> None:
        people = {"owner": await world.owner(), "freelancer": await world.freelancer()}
        project = await world.project(people["owner"])
        ids = {"project_id": project, "freelancer_id": people["freelancer"]}
        subjects = await derived(world, CLARIFICATION_REQUEST, {"asked_by": side}, **ids)
        assert subjects[0] == f"analytics.user.{people[side]}.journey.clarification_asked"

    async def test_a_cv_that_is_not_known_gives_a_figure_and_no_journey(self, world: World) -> None:
        [subject] = await derived(world, CV_PROCESSING_FAILED, {}, cv_id="123")
        assert subject.startswith("analytics.platform.cvs_failed.")

    def test_nothing_is_derived_from_what_is_derived(self) -> None:
        assert "analytics" not in SOURCES
        assert not FINDINGS.keys() & {ANALYTICS_USER_JOURNEY, ANALYTICS_PLATFORM_METRIC}


class TestCounting:
    async def test_stages_are_counted_for_each_user(self, world: World) -> None:
        for user_id, stage in [("ada", "registered"), ("ada", "matched"), ("ada", "matched"), ("grace", "matched")]:
            await world.do(count_stage, ids={"user_id": user_id, "stage": stage})
        assert (await world.get(JourneyStage, ("ada", "matched"))).count == 2
        assert (await world.get(JourneyStage, ("ada", "registered"))).count == 1
        assert (await world.get(JourneyStage, ("grace", "matched"))).count == 1

    async def test_a_stage_that_was_reached_once_was_first_and_last_reached_then(self, world: World) -> None:
        await world.do(count_stage, ids={"user_id": "ada", "stage": "matched"})
        stage = await world.get(JourneyStage, ("ada", "matched"))
        assert stage.first_at == stage.last_at
        await world.do(count_stage, ids={"user_id": "ada", "stage": "matched"})
        again = await world.get(JourneyStage, ("ada", "matched"))
        assert again.first_at == stage.first_at < again.last_at

    async def test_figures_are_added_up(self, world: World) -> None:
        for value in (0.5, 0.25):
            await world.do(add_figure, metric_type="match_confidence", value=value)
        metric = await world.get(PlatformMetric, "match_confidence")
        assert (metric.count, metric.total, metric.latest) == (2, 0.75, 0.25)
