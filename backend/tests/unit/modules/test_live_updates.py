"""An event reaches the people whom it concerns, and nobody else."""

from typing import Any

import nats
import pytest
from sqlalchemy.orm import Session

from models import ChatMessage
from modules import live_updates
from modules.live_updates import AUDIENCES, SOURCES, Data, Ids, LiveUpdates, freelancer_of_cv, tell
from schemas.subjects import (
    ANALYTICS_PLATFORM_METRIC,
    ANALYTICS_USER_JOURNEY,
    CV_PROCESSING_STARTED,
    REALTIME,
    SUBJECTS,
)
from services.nats_service import NATSService
from tests.e2e.people import until
from tests.unit.modules.world import World
from trunkline import Event
from trunkline.server import NatsServer


async def told(world: World, subject: str, data: dict[str, Any] | None = None) -> set[str]:
    """The people who are told of an event."""
    found = SUBJECTS.find(subject)
    assert found is not None
    event = Event.create(subject, data or {})
    await world.do(tell, event=event, data=data or {}, kind=found[0], ids=found[1])
    return {REALTIME.parse(subject)["user_id"] for subject in await world.subjects()}


class TestAudiences:
    @pytest.mark.parametrize(
        "happening", ["uploaded", "processing.started", "processing.completed", "processing.failed"]
    )
    async def test_a_cv_concerns_its_freelancer(self, world: World, happening: str) -> None:
        freelancer = await world.freelancer()
        cv = await world.cv(freelancer)
        assert await told(world, f"cv.{cv}.{happening}") == {freelancer}

    @pytest.mark.parametrize(
        "happening", ["project.{}.created", "project.{}.updated", "matching.project.{}.scores.updated"]
    )
    async def test_a_project_and_its_scores_concern_its_owner(self, world: World, happening: str) -> None:
        owner = await world.owner()
        assert await told(world, happening.format(await world.project(owner))) == {owner}

    async def test_an_identified_freelancer_concerns_the_owner_alone(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        project = await world.project(owner)
        assert await told(world, f"matching.project.{project}.freelancer.{freelancer}.identified") == {owner}

    async def test_an_opportunity_concerns_the_freelancer_and_its_answer_both(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        project = await world.project(owner)
        assert await told(world, f"freelancer.{freelancer}.opportunity.{project}.available") == {freelancer}
        assert await told(world, f"freelancer.{freelancer}.opportunity.{project}.response") == {owner, freelancer}

    @pytest.mark.parametrize("happening", ["project.{1}.decision.{0}", "freelancer.{0}.opportunity.{1}.changed"])
    async def test_a_decision_and_an_offers_end_concern_both_sides(self, world: World, happening: str) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        project = await world.project(owner)
        assert await told(world, happening.format(freelancer, project)) == {owner, freelancer}

    async def test_a_clarification_concerns_both_sides(self, world: World) -> None:
        owner, freelancer = await world.owner(), await world.freelancer()
        project = await world.project(owner)
        assert await told(world, f"freelancer.{freelancer}.clarification.{project}.request") == {owner, freelancer}

    async def test_a_chat_message_concerns_the_two_of_its_row_whatever_the_event_says(self, world: World) -> None:
        owner, freelancer, stranger = await world.owner(), await world.freelancer(), await world.freelancer()
        project = await world.project(owner)
        message = await world.add(
            ChatMessage(project_id=project, sender_id=owner, recipient_id=freelancer, role="owner", content="Hello")
        )
        assert await told(world, f"chat.message.{message.id}.created", {"recipient_id": stranger}) == {
            owner,
            freelancer,
        }

    async def test_what_is_not_known_concerns_nobody(self, world: World) -> None:
        assert await told(world, "cv.123.uploaded", {"filename": "resume.pdf"}) == set()

    async def test_the_event_arrives_with_its_id_subject_time_and_data(self, world: World) -> None:
        freelancer = await world.freelancer()
        subject = f"cv.{await world.cv(freelancer)}.uploaded"
        found = SUBJECTS.find(subject)
        assert found is not None
        event = Event.create(subject, {"filename": "cv.pdf"})
        data = {"filename": "cv.pdf"}
        await world.do(tell, event=event, data=data, kind=found[0], ids=found[1])
        [(_, update)] = await world.said()
        assert (update["event_id"], update["subject"], update["data"]) == (event.id, subject, data)
        assert update["time"] == event.time.isoformat().replace("+00:00", "Z")


class TestLoops:
    def test_it_does_not_listen_to_what_it_writes_nor_to_figures(self) -> None:
        assert not {"realtime", "analytics"} & set(SOURCES)
        assert not AUDIENCES.keys() & {REALTIME, ANALYTICS_USER_JOURNEY, ANALYTICS_PLATFORM_METRIC}


class TestOrder:
    """What happens to one CV is told in the order in which it happened."""

    async def test_a_step_that_has_to_be_told_again_holds_back_the_next_of_its_cv_and_of_no_other(
        self, nats_server: NatsServer, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held, free = await world.cv(await world.freelancer()), await world.cv(await world.freelancer())
        failures = iter(
            [held, held]
        )  # a function that shares a commit is run again alone before its attempt has failed

        def fails_once(session: Session, ids: Ids, data: Data) -> list[str | None]:
            if ids["cv_id"] == held and next(failures, None) is not None:
                raise RuntimeError("the first attempt fails")
            return freelancer_of_cv(session, ids, data)

        monkeypatch.setattr(live_updates, "AUDIENCES", {**AUDIENCES, CV_PROCESSING_STARTED: fails_once})
        client = await nats.connect(nats_server.url)
        service = NATSService(client, database=world.database)
        await LiveUpdates(service, world.database).initialize()
        steps = [(held, "started"), (held, "completed"), (free, "started"), (free, "completed")]
        for cv_id, step in steps:
            await service.publish_event(f"cv.{cv_id}.processing.{step}", {}, persistent=True)

        async def all_told() -> list[str] | None:
            updates = [update["subject"] for _, update in await world.said("realtime.*")]
            return updates if len(updates) == len(steps) else None

        updates = await until(all_told)
        assert updates == [f"cv.{cv_id}.processing.{step}" for cv_id, step in (*steps[2:], *steps[:2])]
        await service.stop()
        await client.close()
