"""Measuring: everybody in turn, round after round, so that a busy machine is busy for all of them alike."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.streams import make_stream
from bench.work import Contender, Row, Work
from trunkline.server import NatsServer

OURS = "Trunkline"


async def measure(work: Work, *, rounds: int, times: int, progress: Callable[[str], None]) -> Row:
    """The work's medians over interleaved rounds, on one server with file storage."""
    contenders = {OURS: work.ours, **work.peers}
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    async with fresh_server() as url:
        for each in range(rounds):
            for name in rotated(list(contenders), each):
                progress(f"{work.name}, round {each + 1} of {rounds}: {name}")
                rates[name].append(await one_round(contenders[name], url, times))
    medians = {name: median(values) for name, values in rates.items()}
    return Row(work, medians.pop(OURS), medians)


async def one_round(contender: Contender, url: str, times: int) -> float:
    """The rate of one contender, on an empty stream."""
    await make_stream(url)
    gc.collect()
    return times / await contender(url, times)


def rotated(names: list[str], by: int) -> list[str]:
    """The names, another one first each time."""
    start = by % len(names)
    return names[start:] + names[:start]


@asynccontextmanager
async def fresh_server() -> AsyncIterator[str]:
    """A server with an empty file store, for one work."""
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        server = NatsServer(store=Path(folder))
        await server.start()
        try:
            yield server.url
        finally:
            await server.stop()
