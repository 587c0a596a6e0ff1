"""Who may fit is found: among few by looking at all, among many by an index that follows every change."""

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from core.security import SignedIn
from core.settings import BACKEND
from models import Freelancer, OpportunityState, Project, Role, now
from modules import open_projects
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from modules.matching import asked
from modules.search import building, canary, keeper, searching
from modules.search.changes import ask_for_rebuilding
from modules.search.keeper import IndexKeeper, IndexNotReady
from modules.search.queries import query_of
from modules.search.reading import documents_of
from modules.search.searching import Search
from schemas.freelancers import FreelancerEdit, SkillEdit
from schemas.nats_schemas import ProjectRequirements
from schemas.search import SEARCH_FREELANCERS, SearchAnswer, SearchFilters, SearchRequest
from services import freelancers
from services.nats_service import NATSService
from services.project_announcing import announce_created
from services.rematching import rematch
from sourcing.scoring import Requirements
from sourcing.title_words import title_words
from tests.e2e.people import until
from tests.unit.modules.world import World, skill
from tests.unit.sourcing.index.made import MEANING
from trunkline import Connection, NATSAwareAgent, NatsSettings, RemoteError
from trunkline.server import NatsServer

WANTED = Requirements(required_skills=["skill-1"])
LIMIT_SECONDS = 30


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than three profiles are indexed, and skills have made-up vectors."""
    monkeypatch.setattr(keeper, "SMALL", 3)
    monkeypatch.setattr(searching, "SMALL", 3)
    monkeypatch.setattr(building, "skills_meaning", lambda: MEANING)


@pytest.fixture
async def service(nats_server: NatsServer, world: World) -> AsyncIterator[NATSService]:
    """A service on a server with JetStream, with the world's database."""
    running = NATSService(Connection(NatsSettings(url=SecretStr(nats_server.url))), database=world.database)
    await running.start()
    await running.connection.wait_connected(LIMIT_SECONDS)
    yield running
    await running.stop()


async def people(world: World, count: int = 5) -> list[str]:
    """Freelancers who have the first skill."""
    return [await world.freelancer(skill("skill-1")) for _ in range(count)]


async def edit(world: World, freelancer_id: str, name: str) -> None:
    """Have a freelancer confirm a skill, as the API does."""
    await world.do(
        freelancers.change,
        asker=SignedIn(freelancer_id, "Ada", "ada@example.org", Role.FREELANCER, now()),
        freelancer_id=freelancer_id,
        edit=FreelancerEdit(skills=[SkillEdit(name=name, status="confirmed")]),
    )


async def kept(service: NATSService, world: World, folder: Path) -> IndexKeeper:
    """A keeper whose index is ready."""
    started = IndexKeeper(service, world.database, folder)
    await started.start()
    await until(partial(index_of, started))
    return started


async def index_of(index_keeper: IndexKeeper) -> object:
    return index_keeper.index


async def ids(index_keeper: IndexKeeper, name: str, only: SearchFilters | None = None) -> list[str]:
    query = query_of(asked(ProjectRequirements(required_skills=[name])), only)
    return [hit.id for hit in await index_keeper.search(query, 50)]


def search_of(service: NATSService, world: World, folder: Path) -> Search:
    return Search(NATSAwareAgent("searching", service), world.database, folder)


class TestFew:
    async def test_they_are_all_candidates_and_nothing_is_indexed(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> None:
        everybody = [*await people(world, 2), await world.freelancer(skill("skill-7"))]
        search = search_of(service, world, tmp_path)
        await search.start()
        assert sorted(await search.candidates_for(WANTED)) == sorted(everybody)
        assert search.keeper.index is None
        await search.stop()

    async def test_who_asks_over_nats_is_answered_from_the_database(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> None:
        here = await world.freelancer(skill("skill-1"), location="Oslo")
        await world.freelancer(skill("skill-1"), location="Bergen")
        search = search_of(service, world, tmp_path)
        await search.start()
        await service.nc.flush()
        request = SearchRequest(
            requirements=ProjectRequirements(required_skills=["skill-1"]), only=SearchFilters(location="oslo")
        )
        answer = await service.request(SEARCH_FREELANCERS, request, response_type=SearchAnswer)
        assert [hit.freelancer_id for hit in answer.freelancers] == [here]
        assert answer.searched == 2
        await search.stop()


async def test_of_a_profile_the_index_has_the_words_of_its_titles_and_neither_its_name_nor_what_else_it_tells(
    world: World,
) -> None:
    found = await world.freelancer(
        skill("skill-1"),
        headline="Baker",
        summary="Painting of houses.",
        positions=[{"title": "Web developer", "organisation": "Software Ltd", "description": "Sold pottery."}],
    )
    [document] = await world.database.read(partial(documents_of, freelancer_ids=[found]))
    assert document.words == title_words(["Baker", "Web developer"])
    await world.change(Freelancer, found, name="Jo Baker")
    [document] = await world.database.read(partial(documents_of, freelancer_ids=[found]))
    assert document.words == title_words(["Web developer"])
    assert query_of(Requirements(title="Web developer", required_skills=["skill-1"])).words == document.words


@pytest.mark.usefixtures("few_are_many")
class TestMany:
    async def test_an_edited_profile_is_found_by_what_it_says_now(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> None:
        everybody = await people(world)
        index_keeper = await kept(service, world, tmp_path)
        assert sorted(await ids(index_keeper, "skill-1")) == sorted(everybody)
        await edit(world, everybody[2], "skill-30")
        await until(partial(first_is, index_keeper, "skill-30", everybody[2]))
        await index_keeper.stop()

    async def test_what_happened_after_the_snapshot_is_replayed_and_nothing_else_is_read(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> None:
        everybody = await people(world)
        first = await kept(service, world, tmp_path)
        await first.mirror.save()
        await first.stop()
        await edit(world, everybody[0], "skill-30")
        await world.change(Freelancer, everybody[1], skills=[skill("skill-40")], version=9)  # of which no event tells
        second = await kept(service, world, tmp_path)
        await until(partial(first_is, second, "skill-30", everybody[0]))
        assert second.index is not None
        assert second.index.versions(everybody[:2]) == {everybody[0]: 2, everybody[1]: 1}
        assert await second.mirror.compare() == 1
        assert second.index.versions(everybody[1:2]) == {everybody[1]: 9}
        await second.stop()

    async def test_a_snapshot_that_cannot_be_used_is_made_anew(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> None:
        everybody = await people(world)
        (tmp_path / "freelancers.index").write_bytes(b"something else")
        index_keeper = await kept(service, world, tmp_path)
        assert sorted(await ids(index_keeper, "skill-1")) == sorted(everybody)
        await index_keeper.stop()

    async def test_a_snapshot_is_compared_with_the_database_where_the_stream_keeps_nothing(
        self, core_nats_server: NatsServer, world: World, tmp_path: Path
    ) -> None:
        everybody = await people(world)
        service = NATSService(Connection(NatsSettings(url=SecretStr(core_nats_server.url))), database=world.database)
        await service.start()
        await service.connection.wait_connected(LIMIT_SECONDS)
        first = await kept(service, world, tmp_path)
        await first.mirror.save()
        await first.stop()
        await world.change(Freelancer, everybody[1], skills=[skill("skill-40")], version=9)
        second = await kept(service, world, tmp_path)
        assert (await ids(second, "skill-40"))[:1] == [everybody[1]]
        await edit(world, everybody[3], "skill-30")
        await until(partial(first_is, second, "skill-30", everybody[3]))
        await second.stop()
        await service.stop()

    async def test_it_is_made_anew_when_that_is_asked_for(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> None:
        everybody = await people(world)
        search = search_of(service, world, tmp_path)
        await search.start()
        await until(partial(index_of, search.keeper))
        await world.change(Freelancer, everybody[1], skills=[skill("skill-40")], version=9)
        await world.do(ask_for_rebuilding)
        await until(partial(first_is, search.keeper, "skill-40", everybody[1]))
        await search.stop()

    async def test_another_process_is_asked_where_this_one_keeps_none(
        self, service: NATSService, nats_server: NatsServer, world: World, tmp_path: Path
    ) -> None:
        everybody = await people(world)
        other = await world.freelancer(skill("skill-30"))
        arguments = [nats_server.url, str(world.database.engine.url), str(tmp_path)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.unit.modules.search_process", *arguments),
            cwd=BACKEND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(LIMIT_SECONDS):
            while (await process.stdout.readline()).strip() != b"ready":
                assert process.returncode is None
            found = await search_of(service, world, tmp_path / "none").candidates_for(WANTED)
            await process.communicate(b"")
        assert process.returncode == 0
        assert set(found) >= set(everybody)
        assert found[0] != other

    async def test_all_are_looked_at_while_no_index_is_ready_unless_they_are_too_many(
        self, service: NATSService, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        everybody = await people(world)
        search = search_of(service, world, tmp_path)
        assert sorted(await search.candidates_for(WANTED)) == sorted(everybody)
        monkeypatch.setattr(searching, "LOOKED_AT", 4)
        with pytest.raises(IndexNotReady, match="no index is ready"):
            await search.candidates_for(WANTED)

    async def test_who_asks_too_early_is_told_so(
        self, service: NATSService, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await people(world)
        search = search_of(service, world, tmp_path)
        await service.respond(SEARCH_FREELANCERS, search.handle_search_request)
        await service.nc.flush()
        request = SearchRequest(requirements=ProjectRequirements(required_skills=["skill-1"]))
        with pytest.raises(RemoteError, match="index_not_ready"):
            await service.request(SEARCH_FREELANCERS, request, response_type=SearchAnswer)

    async def test_a_filter_holds_in_the_index_as_in_the_database(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> None:
        await people(world)
        cheap = await world.freelancer(skill("skill-1"), rate=50.0, years_of_experience=6.0)
        index_keeper = await kept(service, world, tmp_path)
        assert await ids(index_keeper, "skill-1", SearchFilters(max_rate=60, min_years=5)) == [cheap]
        await index_keeper.stop()

    async def test_the_canary_tells_what_share_of_the_exact_answer_is_found(
        self, service: NATSService, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await people(world)
        index_keeper = await kept(service, world, tmp_path)
        await ids(index_keeper, "skill-1")
        assert await index_keeper.try_recall() == 1.0
        [(_, figure)] = await said(world)
        assert (figure["metric_type"], figure["value"]) == ("search_recall", 1.0)
        await index_keeper.stop()

    def test_a_search_that_finds_too_little_looks_further(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from sourcing.index import segment
        from sourcing.index.index import Index
        from tests.unit.sourcing.index.made import asking, vocabulary
        from tests.unit.sourcing.index.made import freelancers as made_freelancers

        monkeypatch.setattr(segment, "LISTS_FROM", 1000)
        index = Index(vocabulary())
        index.change(made_freelancers(2000))
        index.segments[0].nearest.probes = 1
        before = canary.recall_of(index, [asking("skill-1", "skill-2"), asking("skill-50")])
        assert canary.widened(index) == 2
        assert canary.recall_of(index, [asking("skill-1", "skill-2"), asking("skill-50")]) >= before
        for _ in range(10):
            canary.widened(index)
        assert canary.recall_of(index, [asking("skill-1", "skill-2"), asking("skill-50")]) == 1.0


async def first_is(index_keeper: IndexKeeper, name: str, freelancer_id: str) -> bool:
    return (await ids(index_keeper, name))[:1] == [freelancer_id]


async def said(world: World) -> list[tuple[str, dict[str, object]]]:
    """The figures that wait in the outbox or have gone to the stream."""
    return [each for each in await world.said("analytics.platform.>") if each]


class TestMatching:
    """With the handler that the platform runs, on a server."""

    @pytest.fixture
    async def handler(
        self, service: NATSService, world: World, tmp_path: Path
    ) -> AsyncIterator[FreelancerOpportunityHandler]:
        made = FreelancerOpportunityHandler(service, world.database)
        made.search = Search(made, world.database, tmp_path)
        yield made
        await made.close()

    @pytest.mark.usefixtures("few_are_many")
    async def test_a_project_among_many_is_matched_with_the_likeliest_and_whoever_had_a_score(
        self, handler: FreelancerOpportunityHandler, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(searching, "CANDIDATES", 2)
        best = [await world.freelancer(skill("skill-1", "confirmed"), skill("skill-2", "confirmed")) for _ in range(2)]
        others = await people(world, 4)
        project = await world.project(requirements={"required_skills": ["skill-1", "skill-2"]})
        await world.opportunity(project, others[0], state=OpportunityState.SCORED, match_confidence=0.9)
        await handler.initialize()
        assert handler.search is not None
        await until(partial(index_of, handler.search.keeper))
        await world.do(announce_of, project_id=project)
        await until(partial(is_matched, world, Project, project))
        scored = {each: await world.opportunity_of(project, each) for each in [*best, *others]}
        assert [each for each, row in scored.items() if row is not None] == [*best, others[0]]
        row = scored[others[0]]
        assert row is not None
        assert row.match_confidence < 0.9

    async def test_a_freelancer_is_matched_with_the_best_projects_and_those_they_had_a_score_for(
        self, handler: FreelancerOpportunityHandler, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(open_projects, "MOST_PROJECTS", 1)
        monkeypatch.setattr(open_projects, "PROJECTS_AT_ONCE", 2)
        freelancer = await world.freelancer(skill("skill-1", "confirmed"))
        wanted: list[list[str]] = [["skill-5"], ["skill-1"], ["skill-1", "skill-2"], ["skill-3"], ["skill-4"]]
        projects = [await world.project(requirements={"required_skills": each}) for each in wanted]
        await world.opportunity(projects[3], freelancer, state=OpportunityState.SCORED, match_confidence=0.9)
        await handler.initialize()
        await world.do(rematch, freelancer=await world.get(Freelancer, freelancer))
        await until(partial(is_matched, world, Freelancer, freelancer))
        rows = [await world.opportunity_of(each, freelancer) for each in projects]
        assert [row is not None for row in rows] == [False, True, False, True, False]
        assert rows[3] is not None
        assert rows[3].match_confidence == 0.0


async def is_matched(world: World, kind: type[Project] | type[Freelancer], id: str) -> bool:
    row = await world.get(kind, id)
    return row.matched_version == row.version


def announce_of(session: Session, project_id: str) -> None:
    announce_created(session, session.get_one(Project, project_id))
