"""`search-...`: the best fifty freelancers for a project, of so many, on one thread; the slowest of a hundred.

Ours is the platform's index: exact by skills, and by vectors, fused. The peers look at every vector, and at nothing
else. How much of the exact answer ours has stands in the notes, exact being the same question with every vector looked
at; besides, how long a changed profile takes to be found.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import psutil

from bench import profiles
from bench.place import Place, running_server
from bench.work import BenchError, Found, Work
from modules.search.searching import CANDIDATES
from sourcing.index.columns import vectors_of
from sourcing.index.documents import Query
from sourcing.index.index import Index, of_columns
from sourcing.index.vocabulary import Meaning, Vectors, Vocabulary
from sourcing.skill_vectors import nearness

BEST = 50
COMPARED = 40
"""Queries that are answered exactly too."""
CHANGES = 20
MILLION = 1_000_000
MIB = 1 << 20
LOWEST_RECALL = 0.95


@dataclass(frozen=True)
class Searched(Place):
    """Freelancers in an index, and their vectors as they are for those who look at all."""

    market: profiles.Market
    index: Index
    vectors: Vectors
    built: float
    mib: float


@asynccontextmanager
async def searched(times: int, count: int) -> AsyncIterator[Searched]:
    """Make the freelancers and their index."""
    async with running_server() as server:
        market, rows = profiles.market_of_skills()
        by_name = dict(zip(market.names, rows, strict=True))
        vocabulary = Vocabulary(Meaning(rows.shape[1], by_name.get, nearness), market.names)
        columns = profiles.titled(*profiles.freelancers(market, count), vocabulary)
        before, began = resident(), time.perf_counter()
        index = await asyncio.to_thread(of_columns, columns, vocabulary)
        built, mib = time.perf_counter() - began, resident() - before
        vectors = np.concatenate(list(vectors_of(columns, vocabulary)))
        yield Searched(server, market, index, vectors, built, mib)


async def with_the_index(place: Searched, times: int) -> Found:
    """Search as the platform does."""
    index, (queries, _) = place.index, profiles.queries(place.market, times)
    for query in queries:
        index.search(query, BEST)  # what is kept in mind from then on, as how near skills are, is no part of the figure
    seconds = timed(queries, lambda query: index.search(query, BEST))
    busy = timed(queries, lambda query: index.search(query, BEST), time.process_time)
    wide = timed(queries, lambda query: index.search(query, CANDIDATES))
    recall = sum(recall_of(index, query) for query in queries[:COMPARED]) / len(queries[:COMPARED])
    if recall < LOWEST_RECALL:
        raise BenchError(f"the index finds {recall:.3f} of the exact answers")
    visible = sorted(until_found(place, number) for number in range(CHANGES))
    return Found(
        slowest(seconds),
        {
            "ms, the middle one": float(np.median(seconds)) * 1000,
            "ms of processor time, the slowest of a hundred": slowest(busy),
            f"ms, the slowest of a hundred for {CANDIDATES} candidates": slowest(wide),
            "recall of the exact fifty": recall,
            "ms until a changed profile is found, the slowest": visible[-1] * 1000,
            "s to build it": place.built,
            "MiB it takes": place.mib,
            "lists looked at": index.statistics().probes,
        },
    )


async def with_numpy(place: Searched, times: int) -> Found:
    """Multiply all vectors with the query's."""

    def search(query: Query) -> None:
        cosines = place.vectors @ place.index.vocabulary.vector(query.skills)
        best = np.argpartition(-cosines, BEST)[:BEST]
        best[np.argsort(-cosines[best])]

    return Found(slowest(timed(profiles.queries(place.market, times)[0], search)))


async def with_faiss(place: Searched, times: int) -> Found:
    """Have faiss look at all of them."""
    import faiss

    index = faiss.IndexFlatIP(place.vectors.shape[1])
    index.add(place.vectors)

    def search(query: Query) -> None:
        index.search(place.index.vocabulary.vector(query.skills)[None, :], BEST)

    return Found(slowest(timed(profiles.queries(place.market, times)[0], search)))


async def a_tenth_of_a_second(place: Searched, times: int) -> Found:
    """What is to be kept."""
    return Found(100.0)


def timed(
    queries: list[Query], search: Callable[[Query], object], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The seconds of each."""
    seconds = []
    for query in queries:
        began = clock()
        search(query)
        seconds.append(clock() - began)
    return seconds


def slowest(seconds: list[float]) -> float:
    """The slowest of a hundred, ms."""
    return float(np.percentile(seconds, 99)) * 1000


def recall_of(index: Index, query: Query) -> float:
    """The share of the exact answer that is found."""
    exact = {hit.id for hit in index.search(query, BEST, exactly=True)}
    return len(exact & {hit.id for hit in index.search(query, BEST)}) / len(exact)


def until_found(place: Searched, number: int) -> float:
    """The seconds from a changed profile until a search finds it."""
    document = profiles.changed(place.market, number)
    began = time.perf_counter()
    place.index.change([document])
    found = place.index.search(Query(document.skills), BEST)
    if document.id not in {hit.id for hit in found}:
        raise BenchError(f"the changed profile {document.id} is not found")
    return time.perf_counter() - began


def resident() -> float:
    """What the process holds, MiB."""
    return float(psutil.Process(os.getpid()).memory_info().rss / MIB)


def work(name: str, count: int) -> Work[Searched]:
    """The work of searching so many."""
    return Work(
        name=f"search-{name}",
        description=f"the best {BEST} of {count:,} freelancers for a project, the slowest of a hundred, one at a time",
        place=partial(searched, count=count),
        ours=with_the_index,
        peers={
            "a tenth of a second": a_tenth_of_a_second,
            "numpy, every vector": with_numpy,
            "faiss, every vector": with_faiss,
        },
        goal={"a tenth of a second": 1.0},
        times=200,
        quick_times=100,
        rounds=3,
        quick_rounds=1,
        unit="ms",
        lower_is_better=True,
    )


SMALL = work("10k", 10_000)
LARGE = work("100k", 100_000)
LARGEST = work("1m", MILLION)
"""Takes some minutes and 4 GiB: with the flag `--million` alone."""
