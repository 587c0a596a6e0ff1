"""What only a handler can move on is found when it waits too long, told under one id, and no longer when it is done."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import CV, CVState, Freelancer, Opportunity, Project, Role, now
from modules import cv_analyzer, waiting
from modules.answers import settle
from modules.cv_analyzer import begin, complete
from modules.matched import settle_freelancer, settle_project
from modules.profile_builder import build
from schemas.nats_schemas import OpportunityResponseEvent
from schemas.opportunities import OpportunityAnswer
from services import opportunities
from sourcing.profiles import ReadProfile
from tests.unit.modules.world import World
from trunkline.sql.tables import outbox
from workflows import cv_processing

MUCH_LATER = timedelta(hours=1)


async def told(world: World, *, after: timedelta = MUCH_LATER) -> list[str]:
    """Empty the outbox, tell of all that waits then, and return the ids of the events."""

    def tell(session: Session) -> list[str]:
        session.execute(outbox.delete())
        for each in list(waiting.found(session, now() + after)):
            each.tell(session)
        return list(session.scalars(select(outbox.c.event_id).order_by(outbox.c.seq)))

    return await world.database.write(tell)


async def test_what_has_not_waited_long_is_left_alone(world: World) -> None:
    await world.cv(await world.freelancer(matched_version=1))
    await world.project()
    assert await told(world, after=-MUCH_LATER) == []


class TestCVs:
    async def test_an_uploaded_cv_waits_until_it_is_read_and_then_its_profile_until_it_is_built(
        self, world: World
    ) -> None:
        freelancer = await world.freelancer(matched_version=1)
        cv = await world.cv(freelancer)
        assert await told(world) == await told(world) == [f"cv.{cv}.uploaded"]
        await world.do(begin, cv_id=cv)
        assert await told(world) == [f"cv.{cv}.uploaded"]
        assert await told(world, after=timedelta(seconds=60)) == []  # it is being read
        await world.do(complete, cv_id=cv, profile=ReadProfile(headline="Engineer"))
        assert await told(world) == await told(world) == [f"analyze_cv_{cv}"]
        await world.do(build, cv_id=cv)
        assert await told(world) == [f"rematch.{freelancer}.2"]
        await world.do(settle_freelancer, freelancer_id=freelancer, version=2)
        assert await told(world) == []

    async def test_one_that_kills_its_reader_every_time_fails_in_the_end(self, world: World) -> None:
        cv = await world.cv(await world.freelancer(matched_version=1))
        for _ in range(cv_analyzer.RETRY.attempts):
            assert await told(world) == [f"cv.{cv}.uploaded"]
            await world.do(begin, cv_id=cv)
        await told(world)
        failed = await world.get(CV, cv)
        assert (failed.state, failed.error) == (CVState.FAILED, cv_processing.FAULT)
        assert await told(world) == []


class TestMatching:
    async def test_a_project_waits_until_its_newest_version_is_matched(self, world: World) -> None:
        project = await world.project()
        assert await told(world) == await told(world) == [f"project.{project}.created"]
        await world.do(settle_project, project_id=project, version=1)
        assert await told(world) == []
        await world.change(Project, project, version=3)
        assert await told(world) == [f"project.{project}.updated.3"]

    async def test_a_profile_waits_until_its_newest_version_is_matched_which_is_no_edit(self, world: World) -> None:
        freelancer = await world.freelancer()
        edited_at = (await world.get(Freelancer, freelancer)).updated_at
        assert await told(world) == [f"rematch.{freelancer}.1"]
        await world.do(settle_freelancer, freelancer_id=freelancer, version=1)
        assert await told(world) == []
        assert (await world.get(Freelancer, freelancer)).updated_at == edited_at


class TestAnswers:
    async def test_every_answer_waits_until_it_is_settled(self, world: World) -> None:
        freelancer = await world.freelancer(matched_version=1)
        project = await world.project(matched_version=1)
        opportunity = await world.opportunity(project, freelancer)
        asker = SignedIn(freelancer, "Somebody", "f@example.org", Role.FREELANCER, now() + MUCH_LATER)
        answers = [OpportunityAnswer(answer="interested", confirmed_skills=[name]) for name in ("Python", "NATS")]
        for answer in answers:
            await world.do(opportunities.respond, freelancer=asker, opportunity_id=opportunity, answer=answer)
        ids = [each["event_id"] for each in (await world.get(Opportunity, opportunity)).unsettled]
        await world.do(settle_freelancer, freelancer_id=freelancer, version=3)  # the profile has both skills
        assert await told(world) == ids
        assert [data["confirmed_skills"] for _, data in await world.said()] == [["Python"], ["NATS"]]
        for event_id in ids:
            answer_of = OpportunityResponseEvent(project_id=project, freelancer_id=freelancer, answer="interested")
            await world.do(
                settle,
                freelancer_id=freelancer,
                project_id=project,
                answer=answer_of,
                updated_score=0.5,
                event_id=event_id,
            )
        assert await told(world) == []
