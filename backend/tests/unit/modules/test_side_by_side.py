"""Where transactions run side by side (PostgreSQL, its tables made by the migrations), what is to be once is once."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.config import settings
from core.database import migrate
from core.security import SignedIn
from models import (
    Channel,
    DigestEntry,
    MessagePreference,
    MessageType,
    MetricBucket,
    Opportunity,
    OpportunityState,
    PlatformMetric,
    Project,
    ProjectState,
    Role,
    now,
)
from modules.offers import keep, locked_freelancers, locked_projects
from modules.performance_analytics import add_figure
from schemas.clarifications import Question
from schemas.opportunities import OpportunityAnswer
from schemas.projects import ProjectEdit
from services import clarifications, decisions, digests, offering, opportunities, preferences, projects
from services.refusals import Conflict
from services.routing import route
from tests.e2e.people import until
from tests.unit.modules.test_offers import REQUIREMENTS, THRESHOLD, scored
from tests.unit.modules.world import World, skill
from trunkline.sql import Database
from trunkline.sql.timers import Timer
from trunkline.testing import PostgresqlServer


@pytest_asyncio.fixture
async def beside(postgresql_server: PostgresqlServer) -> AsyncIterator[World]:
    """A world in PostgreSQL."""
    name = f"beside_{uuid4().hex}"
    url = postgresql_server.create_database(name)
    await asyncio.to_thread(migrate, url)
    database = Database(url)
    await database.start()
    yield World(database)
    await database.close()
    postgresql_server.drop_database(name)


def signed_in(id: str, role: Role) -> SignedIn:
    """Somebody who asks."""
    return SignedIn(id, "Somebody", "s@example.org", role, now() + timedelta(hours=1))


async def test_many_matchings_invite_each_once_and_two_hires_fill_the_last_place_once(beside: World) -> None:
    freelancers = [await beside.freelancer(skill("Python"), skill("Rust")) for _ in range(4)]
    owner_id = await beside.owner()
    project = await beside.project(owner_id, requirements=REQUIREMENTS)
    scores = await scored(beside, project, *freelancers)
    write = partial(keep, scores=scores, threshold=THRESHOLD)
    await asyncio.gather(*(beside.database.write(write) for _ in range(4)))
    invited = await beside.subjects("freelancer.*.opportunity.*.available")
    assert sorted(invited) == sorted(f"freelancer.{each}.opportunity.{project}.available" for each in freelancers)

    rows = [await beside.opportunity_of(project, each) for each in freelancers]
    ids = [row.id for row in rows if row is not None]
    for id in ids[:2]:
        await beside.do(
            lambda session, id=id: offering.answered(session, session.get_one(Opportunity, id), "interested")
        )
    hire = partial(decisions.decide, owner=signed_in(owner_id, Role.OWNER), project_id=project, decision="hired")
    answers = await asyncio.gather(
        *(beside.database.write(partial(hire, opportunity_id=id)) for id in ids[:2]), return_exceptions=True
    )
    assert sum(isinstance(answer, BaseException) for answer in answers) == 1
    assert (await beside.get(Project, project)).state is ProjectState.FILLED
    states = sorted([(await beside.get(Opportunity, id)).state.value for id in ids])
    assert states == ["hired", "withdrawn", "withdrawn", "withdrawn"]
    due = Timer(offering.EXPIRY, ids[3], now() + timedelta(days=30), {})
    await beside.do(offering.expire, timer=due)
    assert (await beside.get(Opportunity, ids[3])).state is OpportunityState.WITHDRAWN


async def test_an_answer_that_comes_while_a_project_is_closed_comes_too_late(beside: World) -> None:
    """Also one that takes a refusal back: the project would be left with somebody who waits for it."""
    owner_id, freelancer_id = await beside.owner(), await beside.freelancer(skill("Python"))
    project_id = await beside.project(owner_id)
    opportunity_id = await beside.opportunity(project_id, freelancer_id, state=OpportunityState.DECLINED)
    is_closing, is_answered = threading.Event(), threading.Event()

    def close(session: Session) -> None:
        edit = ProjectEdit(state=ProjectState.CLOSED)
        projects.change(session, signed_in(owner_id, Role.OWNER), project_id, edit)
        is_closing.set()
        is_answered.wait(0.5)  # it is not, where it has to wait for this transaction

    async def answer() -> None:
        await asyncio.to_thread(is_closing.wait, 20)
        interested = partial(
            opportunities.respond,
            freelancer=signed_in(freelancer_id, Role.FREELANCER),
            opportunity_id=opportunity_id,
            answer=OpportunityAnswer(answer="interested"),
        )
        try:
            await beside.database.write(interested)
        finally:
            is_answered.set()

    closed, answered = await asyncio.gather(beside.database.write(close), answer(), return_exceptions=True)
    assert closed is None
    assert isinstance(answered, Conflict)
    assert answered.kind == "project-not-open"
    assert (await beside.get(Opportunity, opportunity_id)).state is OpportunityState.DECLINED


async def test_a_question_that_waits_for_a_matching_holds_up_none(beside: World) -> None:
    """Else each would wait for the other, until the database ends one of them."""
    owner_id, freelancer_id = await beside.owner(), await beside.freelancer(skill("Python"))
    project_id = await beside.project(owner_id)
    await beside.opportunity(project_id, freelancer_id)
    ask = partial(
        clarifications.ask,
        asker=signed_in(freelancer_id, Role.FREELANCER),
        question=Question(project_id=project_id, question="When?"),
    )
    mine = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"

    async def is_waiting() -> bool:
        return await beside.database.read(lambda session: session.scalar(text(mine)) is not None)

    with Session(beside.database.engine) as matching:
        locked_projects(matching, [project_id])
        asking = asyncio.create_task(beside.database.write(ask))
        await until(is_waiting)
        matching.execute(text("SET LOCAL lock_timeout = '300ms'"))
        assert locked_freelancers(matching, [freelancer_id]).keys() == {freelancer_id}
    assert (await asking).question == "When?"


async def test_figures_that_come_at_once_are_all_counted(beside: World) -> None:
    await beside.do(add_figure, metric_type="m", value=1.0, at=now())
    add = partial(add_figure, metric_type="m", value=2.0, at=now())
    await asyncio.gather(*(beside.database.write(add) for _ in range(12)))
    assert (await beside.get(PlatformMetric, "m")).count == 13
    buckets = await beside.database.read(lambda session: session.scalars(select(MetricBucket)).all())
    assert {(each.width, each.count, each.highest) for each in buckets} == {("hour", 13, 2.0), ("day", 13, 2.0)}


async def test_a_message_that_is_routed_twice_at_once_is_in_one_digest(
    beside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = {"smtp_url": SecretStr("smtp://localhost"), "mail_from": "a@example.org"}
    monkeypatch.setattr(preferences, "settings", settings.model_copy(update=mailing))
    freelancer, owner = await beside.freelancer(), await beside.owner()
    await beside.add(MessagePreference(account_id=freelancer, message_type=MessageType.CHAT, channel=Channel.EMAIL))
    send = partial(route, message_type=MessageType.CHAT, message_id="m", sender_id=owner, recipient_id=freelancer)
    await asyncio.gather(*(beside.database.write(send) for _ in range(4)))
    await beside.do(digests.make, timer=Timer(digests.COLLECTED, freelancer, now(), {}))
    [digest_id] = await beside.database.read(lambda session: session.scalars(select(DigestEntry.digest_id)).all())
    assert digest_id is not None
    claim = partial(digests.claim, digest_id=digest_id)
    claims = await asyncio.gather(*(beside.database.write(claim) for _ in range(3)))
    assert sum(claimed is not None for claimed in claims) == 1
