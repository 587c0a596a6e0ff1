"""Measuring: everybody in turn, round after round, so that a busy machine is busy for all of them alike."""

import gc
import math
import time
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

from bench.streams import make_stream
from bench.work import Contender, Found, P, Row, Work

OURS = "Trunkline"


async def measure(
    work: Work[Any], *, rounds: int, times: int, progress: Callable[[str], None], limit: float = math.inf
) -> Row:
    """The work's medians over interleaved rounds, on one server with file storage.

    No round begins that would probably end later than `limit` seconds from now, except for the first.
    """
    began = time.monotonic()
    contenders = {OURS: work.ours, **work.peers}
    found: dict[str, list[Found]] = {name: [] for name in contenders}
    progress(f"{work.name}: getting ready")
    async with work.place(times) as place:
        for each in range(rounds):
            round_began = time.monotonic()
            for name in rotated(list(contenders), each):
                progress(f"{work.name}, round {each + 1} of {rounds}: {name}")
                found[name].append(await one_round(work, contenders[name], place, times))
            now = time.monotonic()
            if now + (now - round_began) > began + limit:
                break
    medians = {name: median(each.figure for each in all_found) for name, all_found in found.items()}
    return Row(work, len(found[OURS]), times, medians.pop(OURS), medians, notes(found))


async def one_round(work: Work[P], contender: Contender[P], place: P, times: int) -> Found:
    """What one contender does, on an empty stream."""
    await make_stream(place.url)
    gc.collect()
    result = await contender(place, times)
    if work.check is not None:
        await work.check(place, times)
    found = result if isinstance(result, Found) else Found(result)
    return found if work.lower_is_better else Found(times / found.figure, found.notes)


def notes(found: Mapping[str, Iterable[Found]]) -> dict[str, float]:
    """The medians of what the contenders noted besides, those of peers under the peer's name."""
    noted: dict[str, list[float]] = {}
    for name, rounds in found.items():
        for each in rounds:
            for key, value in each.notes.items():
                noted.setdefault(key if name == OURS else f"{name}: {key}", []).append(value)
    return {key: median(values) for key, values in noted.items()}


def rotated(names: list[str], by: int) -> list[str]:
    """The names, another one first each time."""
    start = by % len(names)
    return names[start:] + names[:start]
