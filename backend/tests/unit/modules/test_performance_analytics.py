"""What happens becomes stages of journeys and figures; both are counted, and nothing feeds itself."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from models import BucketWidth, JourneyStage, MetricBucket, PlatformMetric, new_id, now
from modules.performance_analytics import FINDINGS, SOURCES, PerformanceAnalytics, add_figure, count_stage, derive
from schemas.subjects import (
    ANALYTICS_PLATFORM_METRIC,
    ANALYTICS_USER_JOURNEY,
    CLARIFICATION_REQUEST,
    CV_PROCESSING_FAILED,
    FREELANCER_IDENTIFIED,
    OPPORTUNITY_CHANGED,
    OPPORTUNITY_RESPONSE,
    PROJECT_DECISION,
    PROJECT_UPDATED,
    STREAMS,
)
from services.nats_service import NATSService
from tests.e2e.people import until
from tests.unit.modules.world import World
from trunkline import Connection, NatsSettings, Subject
from trunkline.server import NatsServer


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

    async def test_an_owners_decision_is_a_stage_for_both_sides(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        ids = {"project_id": await world.project(owner), "freelancer_id": freelancer}
        subjects = await derived(world, PROJECT_DECISION, {"decision": "hired"}, **ids)
        assert {subject for subject in subjects if subject.startswith("analytics.user.")} == {
            f"analytics.user.{owner}.journey.hired",
            f"analytics.user.{freelancer}.journey.hired",
        }

    async def test_an_offer_that_ends_is_a_stage_of_its_freelancer(self, world: World) -> None:
        freelancer = await world.freelancer()
        ids = {"project_id": "p", "freelancer_id": freelancer}
        subjects = await derived(world, OPPORTUNITY_CHANGED, {"state": "expired", "reason": "unanswered"}, **ids)
        assert subjects[0] == f"analytics.user.{freelancer}.journey.opportunity_expired"

    @pytest.mark.parametrize(("changed", "stages"), [(["state", "title"], ["project_filled"]), (["title"], [])])
    async def test_a_project_that_is_filled_is_a_stage_and_one_that_is_renamed_is_none(
        self, world: World, changed: list[str], stages: list[str]
    ) -> None:
        owner = await world.owner()
        data: dict[str, object] = {"changed": changed, "state": "filled"}
        subjects = await derived(world, PROJECT_UPDATED, data, project_id=await world.project(owner))
        journeys = [subject for subject in subjects if subject.startswith("analytics.user.")]
        assert journeys == [f"analytics.user.{owner}.journey.{stage}" for stage in stages]

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
            await world.do(add_figure, metric_type="match_confidence", value=value, at=now())
        metric = await world.get(PlatformMetric, "match_confidence")
        assert (metric.count, metric.total, metric.latest) == (2, 0.75, 0.25)


class TestBuckets:
    """Figures by the hour and by the day: each once, in its time, for as long as they are kept."""

    async def test_a_figure_falls_into_the_hour_and_the_day_that_it_came_in(self, world: World) -> None:
        noon = (now() - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
        for minutes, value in ((0, 1.0), (59, 3.0), (61, 8.0)):
            await world.do(add_figure, metric_type="m", value=value, at=noon + timedelta(minutes=minutes))
        found = await world.database.read(lambda session: session.scalars(select(MetricBucket)).all())
        assert sorted(
            (each.width, each.start, each.count, each.total, each.lowest, each.highest) for each in found
        ) == [
            ("day", noon.replace(hour=0), 3, 12.0, 1.0, 8.0),
            ("hour", noon, 2, 4.0, 1.0, 3.0),
            ("hour", noon + timedelta(hours=1), 1, 8.0, 8.0, 8.0),
        ]

    async def test_an_event_that_comes_again_is_counted_once(self, nats_server: NatsServer, world: World) -> None:
        connection = Connection(NatsSettings(url=SecretStr(nats_server.url)), streams=STREAMS)
        service = NATSService(connection, database=world.database)
        await PerformanceAnalytics(service, world.database).initialize()
        await service.start()
        try:
            subject = f"analytics.platform.{new_id()}.1"
            name = subject.split(".")[2]
            for last in (1, 1, 2):
                event = {"metric_type": name, "value": 1.0}
                where = subject[:-1] + str(last)
                await service.publish_event(where, event, persistent=True, event_id=f"{name}.{last}")

            async def is_counted() -> bool:
                metric = await world.database.read(lambda session: session.get(PlatformMetric, name))
                return metric is not None and metric.count == 2

            await until(is_counted)
        finally:
            await service.stop()
        rows = select(MetricBucket.count).where(MetricBucket.metric_type == name)
        assert await world.database.read(lambda session: session.scalars(rows).all()) == [2, 2]

    async def test_old_buckets_go_when_a_new_one_begins_whatever_their_figure(self, world: World) -> None:
        old = now() - timedelta(days=800)
        for width in BucketWidth:
            fields = {"count": 1, "total": 1.0, "lowest": 1.0, "highest": 1.0}
            await world.add(MetricBucket(metric_type="gone", width=width, start=old, **fields))
        await world.do(add_figure, metric_type="m", value=1.0, at=now())
        found = await world.database.read(lambda session: session.scalars(select(MetricBucket.metric_type)).all())
        assert list(found) == ["m", "m"]

    @pytest.mark.parametrize("days", [-900, 2])
    async def test_what_is_too_old_or_of_the_future_begins_no_bucket(self, world: World, days: int) -> None:
        await world.do(add_figure, metric_type="m", value=1.0, at=now() + timedelta(days=days))
        assert await world.database.read(lambda session: session.scalar(select(MetricBucket))) is None
