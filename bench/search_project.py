"""`search-project-...`: a project is posted among so many freelancers; until it is matched and its offers are written.

The platform's own handler, with its database in SQLite and its index, in this process. Besides: how long a profile that
was edited as by the API takes until the index has it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench import profiles
from bench.place import Place, running_server
from bench.search_database import account, fill
from bench.work import BenchError, Found, Work
from core.security import SignedIn
from models import Account, Model, Opportunity, OpportunityState, Project, Role, now
from modules.freelancer_opportunity import FreelancerOpportunityHandler
from modules.matching import READ_AT_ONCE, Assessment, asked, assess, best, profiles_of
from modules.search.keeper import IndexKeeper
from modules.search.queries import query_of
from modules.search.searching import CANDIDATES, LOOKED_AT, Search
from schemas.freelancers import FreelancerEdit, SkillEdit
from schemas.projects import ProjectDraft
from services import freelancers, projects
from services.nats_service import NATSService
from sourcing.scoring import Requirements
from sourcing.skills import all_skills
from trunkline import Connection, NatsSettings
from trunkline.sql import Database

READY_LIMIT_SECONDS = 1800.0
LIMIT_SECONDS = 120.0
PAUSE_SECONDS = 0.005
OWNER = "owner"
EDITS = 10
COMPARED = 2
BEST = 50


@dataclass(frozen=True)
class Platform(Place):
    """The handler, ready to match."""

    database: Database
    keeper: IndexKeeper
    market: profiles.Market
    made: float
    built: float


@asynccontextmanager
async def platform(times: int, count: int) -> AsyncIterator[Platform]:
    """Write the freelancers, and wait until they are indexed."""
    market, _ = profiles.market_of_skills()
    with TemporaryDirectory(prefix="search-bench-", ignore_cleanup_errors=True) as folder:
        async with running_server() as server:
            database = Database(f"sqlite:///{Path(folder) / 'app.db'}")
            database.create_tables(Model.metadata)
            await database.start()
            began = time.perf_counter()
            await fill(database, market, *profiles.freelancers(market, count))
            await database.write(lambda session: session.add(Account(**{**account(OWNER), "role": Role.OWNER})))
            made, began = time.perf_counter() - began, time.perf_counter()
            service = NATSService(Connection(NatsSettings(url=SecretStr(server.url))), database=database)
            handler = FreelancerOpportunityHandler(service, database)
            handler.search = Search(handler, database, Path(folder))
            await handler.initialize()
            await service.start()
            keeper = handler.search.keeper
            async with asyncio.timeout(READY_LIMIT_SECONDS):
                while keeper.index is None:
                    await asyncio.sleep(PAUSE_SECONDS)
            built = time.perf_counter() - began
            try:
                yield Platform(server, database, keeper, market, made, built)
            finally:
                await handler.close()
                await service.stop()
                await database.close()


async def with_the_platform(place: Platform, times: int) -> Found:
    """Post projects one after another; the slowest."""
    seconds, busy, offers, recalls = [], [], [], []
    queries, titles = profiles.queries(place.market, times)
    for number, query in enumerate(queries):
        names = [all_skills()[id].name for id in query.skills]
        requirements = {"required_skills": names, "min_years": 5, "max_rate": 80}
        draft = ProjectDraft.model_validate({"title": titles.headline(number), "requirements": requirements})
        began, busy_before = time.perf_counter(), time.process_time()
        owner = SignedIn(OWNER, "Olga", "olga@example.org", Role.OWNER, now())
        posted = await place.database.write(partial(projects.post, owner=owner, draft=draft))
        async with asyncio.timeout(LIMIT_SECONDS):
            while not await place.database.read(partial(is_matched, project_id=posted.id)):
                await asyncio.sleep(PAUSE_SECONDS)
        seconds.append(time.perf_counter() - began)
        busy.append(time.process_time() - busy_before)
        offers.append(await place.database.read(partial(offered, project_id=posted.id)))
        if number < COMPARED:
            recalls.append(await recall_of(place, asked({**requirements, "title": draft.title})))
    if not any(offers):
        raise BenchError("nobody was offered anything")
    visible = [await until_indexed(place, number) for number in range(EDITS)]
    return Found(
        max(seconds),
        {
            "s, the middle one": median(seconds),
            "s of processor time, the middle one": median(busy),
            "freelancers to whom a project was offered": float(median(offers)),
            f"recall of the fifty who score best of {LOOKED_AT:,}": sum(recalls) / len(recalls),
            "s until an edited profile is found, the slowest": max(visible),
            "s to write them to the database": place.made,
            "s to index them from it": place.built,
        },
    )


async def recall_of(place: Platform, requirements: Requirements) -> float:
    """Score the likeliest so many, among ten thousand all: the share of the best fifty who are candidates."""
    likely = [hit.id for hit in await place.keeper.search(query_of(requirements), LOOKED_AT)]
    found: list[Assessment] = []
    for begin in range(0, len(likely), READ_AT_ONCE):
        ids = likely[begin : begin + READ_AT_ONCE]
        profiles_read = await place.database.read(partial(profiles_of, freelancer_ids=ids))
        found = best([*found, *assess(requirements, profiles_read)], BEST)
    candidates = {hit.id for hit in await place.keeper.search(query_of(requirements), CANDIDATES)}
    return len({each.freelancer_id for each in found} & candidates) / len(found)


async def until_indexed(place: Platform, number: int) -> float:
    """The seconds from an edit until the index has it."""
    freelancer_id = f"{number:036d}"
    asker = SignedIn(freelancer_id, "Ada", "ada@example.org", Role.FREELANCER, now())
    edit = FreelancerEdit(skills=[SkillEdit(name=f"skill at {time.time_ns()}", status="confirmed")])
    changed = await place.database.write(
        partial(freelancers.change, asker=asker, freelancer_id=freelancer_id, edit=edit)
    )
    began = time.perf_counter()
    index = place.keeper.index
    assert index is not None
    async with asyncio.timeout(LIMIT_SECONDS):
        while index.versions([freelancer_id]).get(freelancer_id) != changed.version:
            await asyncio.sleep(PAUSE_SECONDS)
    return time.perf_counter() - began


def is_matched(session: Session, project_id: str) -> bool:
    """Whether the project has been matched."""
    return session.get_one(Project, project_id).matched_version > 0


def offered(session: Session, project_id: str) -> int:
    """To how many it was offered."""
    rows = select(func.count()).where(
        Opportunity.project_id == project_id, Opportunity.state != OpportunityState.SCORED
    )
    return session.scalar(rows) or 0


async def two_seconds(place: Platform, times: int) -> Found:
    """What is to be kept."""
    return Found(2.0)


def work(name: str, count: int) -> Work[Platform]:
    """The work of matching projects among so many."""
    return Work(
        name=f"search-project-{name}",
        description=f"a project posted among {count:,} freelancers, until matched and offered, the slowest one",
        place=partial(platform, count=count),
        ours=with_the_platform,
        peers={"two seconds": two_seconds},
        goal={"two seconds": 1.0},
        times=20,
        quick_times=5,
        rounds=1,
        quick_rounds=1,
        unit="s",
        lower_is_better=True,
    )


SMALL = work("10k", 10_000)
LARGE = work("100k", 100_000)
LARGEST = work("1m", 1_000_000)
"""Takes some ten minutes: as the one before, with the flag `--million` alone."""
