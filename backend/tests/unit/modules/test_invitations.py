"""An invitation is sent once for a pair and a version, ends at its deadline, and is open again when it fits again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import nats
import pytest
import pytest_asyncio
from sqlalchemy import select

from core.security import SignedIn
from models import Freelancer, Opportunity, OpportunityState, Project, Role, now
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from modules.offers import keep
from schemas.freelancers import FreelancerEdit
from services import freelancers, offering
from services.nats_service import NATSService
from tests.e2e.people import until
from tests.unit.modules.test_offers import REQUIREMENTS, THRESHOLD, match, scored
from tests.unit.modules.world import World, skill
from trunkline.server import NatsServer
from trunkline.sql import Clock, Database, timers
from trunkline.sql.tables import outbox


@pytest_asyncio.fixture
async def second(world: World, tmp_path: Path) -> AsyncIterator[Database]:
    """The world's database, as another process has it open."""
    database = Database(f"sqlite:///{tmp_path / 'world.db'}")
    await database.start()
    yield database
    await database.close()


async def offered(world: World) -> tuple[str, str, str]:
    """A project that fits a freelancer, offered."""
    freelancer = await world.freelancer(skill("Python"), skill("Rust"))
    project = await world.project(requirements=REQUIREMENTS)
    await match(world, project, freelancer)
    row = await world.opportunity_of(project, freelancer)
    assert row is not None
    return project, freelancer, row.id


class TestOnce:
    async def test_two_workers_and_a_replay_invite_once(
        self, nats_server: NatsServer, world: World, second: Database
    ) -> None:
        """Also when the event that asks for the matching comes again under another id, as after its mark was lost."""
        freelancers = [await world.freelancer(skill("Python"), skill("Rust")) for _ in range(5)]
        project = await world.project(requirements=REQUIREMENTS)
        workers = []
        for database in (world.database, second):
            service = NATSService(await nats.connect(nats_server.url), database=database)
            await FreelancerOpportunityHandler(service, database).initialize()
            workers.append(service)
        event = {"project_id": project, "requirements": REQUIREMENTS}
        for number in range(6):
            subject = f"project.{project}.created"
            await workers[0].publish_event(subject, event, persistent=True, event_id=f"{subject}.{number // 2}")

        async def is_matched() -> bool | None:
            return (await world.get(Project, project)).matched_version == 1 or None

        await until(is_matched)
        await asyncio.gather(*(service.stop() for service in workers))
        for service in workers:
            await service.nc.close()
        invited = await world.subjects("freelancer.*.opportunity.*.available")
        assert sorted(invited) == sorted(f"freelancer.{each}.opportunity.{project}.available" for each in freelancers)

    async def test_writers_at_once_invite_once(self, world: World, second: Database) -> None:
        freelancer = await world.freelancer(skill("Python"), skill("Rust"))
        project = await world.project(requirements=REQUIREMENTS)
        scores = await scored(world, project, freelancer)
        write = partial(keep, scores=scores, threshold=THRESHOLD)
        await asyncio.gather(*(each.write(write) for each in (world.database, second) * 3))
        assert len(await world.subjects("freelancer.*.opportunity.*.available")) == 1

    async def test_a_newer_version_invites_again_what_was_withdrawn(self, world: World) -> None:
        project, freelancer, row = await offered(world)
        for version, requirements in ((2, {"required_skills": ["Cooking"]}), (3, REQUIREMENTS)):
            await world.change(Project, project, requirements=requirements, version=version)
            await match(world, project, freelancer)
        said = await world.said("freelancer.>")
        assert [subject.rsplit(".")[-1] for subject, _ in said] == ["available", "changed", "available"]
        assert (said[1][1]["state"], said[1][1]["reason"]) == ("withdrawn", "no_longer_fits")
        assert (await world.get(Opportunity, row)).state is OpportunityState.AVAILABLE

    async def test_what_fits_again_at_the_same_version_is_open_again_without_an_invitation(self, world: World) -> None:
        project, freelancer, row = await offered(world)
        for version, available in ((2, False), (3, True)):
            await world.change(Freelancer, freelancer, available=available, version=version)
            await match(world, project, freelancer)
        said = await world.said("freelancer.>")
        assert [(subject.rsplit(".")[-1], data.get("reason")) for subject, data in said] == [
            ("available", None),
            ("changed", "freelancer_unavailable"),
            ("changed", "fits_again"),
        ]
        assert (await world.get(Opportunity, row)).state is OpportunityState.AVAILABLE

    async def test_very_many_offers_are_taken_back_some_at_once_and_the_rest_by_the_matching(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No transaction writes thousands of them."""
        monkeypatch.setattr(offering, "WITHDRAWN_AT_ONCE", 1)
        first, freelancer, _ = await offered(world)
        second = await world.project(requirements=REQUIREMENTS)
        await match(world, second, freelancer)
        asker = SignedIn(freelancer, "Ada", "ada@example.org", Role.FREELANCER, now())
        edit = FreelancerEdit(available=False)
        await world.do(freelancers.change, asker=asker, freelancer_id=freelancer, edit=edit)
        assert len(await world.subjects("freelancer.*.opportunity.*.changed")) == 1
        await match(world, first, freelancer)
        await match(world, second, freelancer)
        assert len(await world.subjects("freelancer.*.opportunity.*.changed")) == 2

    @pytest.mark.parametrize(
        ("state", "because"),
        [
            (OpportunityState.WITHDRAWN, "owner"),
            (OpportunityState.EXPIRED, "unanswered"),
            (OpportunityState.REJECTED, None),
        ],
    )
    async def test_what_is_settled_is_not_offered_again(
        self, world: World, state: OpportunityState, because: str | None
    ) -> None:
        project, freelancer, row = await offered(world)
        await world.change(Opportunity, row, state=state, closed_because=because)
        await world.change(Project, project, version=2)
        await match(world, project, freelancer)
        assert (await world.get(Opportunity, row)).state is state
        assert len(await world.subjects("freelancer.>")) == 1

    async def test_an_invitation_has_an_id_of_pair_and_version(self, world: World) -> None:
        """So that the stream, and whoever has done it, know a second copy for what it is."""
        project, freelancer, _ = await offered(world)
        ids = await world.database.read(lambda session: session.scalars(select(outbox.c.event_id)).all())
        assert f"freelancer.{freelancer}.opportunity.{project}.available.1" in ids


class TestDeadline:
    async def test_an_offer_that_nobody_answers_expires_in_whichever_process_runs_then(self, world: World) -> None:
        project, freelancer, row = await offered(world)
        past = now() - timedelta(seconds=1)
        await world.change(Opportunity, row, expires_at=past)
        await world.do(lambda session: timers.set(session, offering.EXPIRY, row, past))
        clock = Clock(world.database)
        clock.on(offering.EXPIRY, offering.expire)
        await clock.start()

        async def is_expired() -> bool | None:
            return (await world.get(Opportunity, row)).state is OpportunityState.EXPIRED or None

        await until(is_expired)
        await clock.stop()
        [(_, told)] = await world.said(f"freelancer.{freelancer}.opportunity.{project}.changed")
        assert (told["state"], told["reason"]) == ("expired", "unanswered")

    async def test_the_deadline_commits_with_the_offer(self, world: World) -> None:
        _, _, row = await offered(world)
        timer = await world.do(timers.get, kind=offering.EXPIRY, id=row)
        expires_at = (await world.get(Opportunity, row)).expires_at
        assert timer is not None
        assert expires_at == timer.due
        assert expires_at > now() + timedelta(days=13)

    async def test_a_timer_that_an_offer_has_outlived_ends_nothing(self, world: World) -> None:
        """The offer was made again while the timer rang."""
        _, _, row = await offered(world)
        early = timers.Timer(offering.EXPIRY, row, now(), {})
        await world.do(offering.expire, timer=early)
        assert (await world.get(Opportunity, row)).state is OpportunityState.AVAILABLE
