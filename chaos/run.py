"""One run: everything starts, clients send, faults happen, all is put right, and the check reads what came of it."""

import asyncio
import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chaos.faults import faults_of
from chaos.generator import ANSWER_LIMIT_SECONDS, TROUBLE, Generator
from chaos.processes import Process
from chaos.replays import replay_again_and_again
from chaos.schedule import Schedule
from chaos.setting import Part
from chaos.verdict import Verdict, judge, wait_until_done
from chaos.world import Setup, World, world
from trunkline.cancellation import end

CATCH_UP_SECONDS = 150.0
_WARM_UP_SECONDS = 2.0

HANDLER_FAULTS = {
    "raise": "handler raises",
    "hang": "handler hangs",
    "poison": "payload that can never be valid",
    "bury": "dead letter replayed",
}


@dataclass(frozen=True, slots=True)
class Run:
    """What a run was told, and what it found. `caught_up`: seconds after the last fault; None: not within the limit."""

    setup: Setup
    seed: int
    seconds: float
    without: Part | None
    took: float
    fired: dict[str, int]
    silent: tuple[str, ...]
    refused: dict[str, int]
    slowest_answer: float
    starts: int
    troubles: tuple[str, ...]
    caught_up: float | None
    verdict: Verdict

    @property
    def clean(self) -> bool:
        """Whether the proof holds: nothing wrong, everything done and answered in time, and every fault fired."""
        in_time = self.caught_up is not None and self.slowest_answer < ANSWER_LIMIT_SECONDS
        return self.verdict.clean and in_time and not self.silent and not self.troubles


async def run(
    setup: Setup,
    *,
    seed: int,
    seconds: float,
    rate: float,
    without: Part | None,
    only: Sequence[str],
    say: Callable[[str], None],
) -> Run:
    """Run once, with the faults whose names hold one of `only`, or all."""
    began = time.monotonic()

    def tell(text: str) -> None:
        say(f"{time.monotonic() - began:6.1f} s  {text}")

    async with world(setup, without) as built:
        folder = built.setting.folder
        tell(f"started: {setup}, seed {seed}")
        faults = [each for each in faults_of(built) if not only or any(part in each.name for part in only)]
        generator = Generator(list(built.api_urls), seed=seed, rate=rate)
        schedule = Schedule(built, faults, seed=seed, seconds=seconds, say=tell)
        replaying = asyncio.create_task(replay_again_and_again(built.database))
        async with asyncio.TaskGroup() as group:
            group.create_task(generator.run())
            await asyncio.sleep(_WARM_UP_SECONDS)
            await schedule.run()
            await built.wait_until_serving()
            await asyncio.sleep(_WARM_UP_SECONDS)
            generator.stop()
        tell(f"faults are over: {len(generator.accepted) + len(generator.published)} events accepted")
        caught_up = await wait_until_done(built, CATCH_UP_SECONDS, tell)
        await end(replaying)
        tell("caught up" if caught_up is not None else f"not caught up within {CATCH_UP_SECONDS:g} s")
        troubles = await _end(built)
        verdict = await judge(built, generator)
        fired = {fault.name: schedule.fired[fault.name] for fault in faults}
        if not only:
            fired |= {HANDLER_FAULTS[kind]: number for kind, number in _met(built, verdict).items()}
        found = Run(
            setup=setup,
            seed=seed,
            seconds=seconds,
            without=without,
            took=time.monotonic() - began,
            fired=fired,
            silent=tuple(name for name, times in fired.items() if not times),
            refused=dict(generator.refused),
            slowest_answer=generator.slowest,
            starts=sum(process.starts for process in built.processes),
            troubles=tuple(troubles),
            caught_up=caught_up,
            verdict=verdict,
        )
    if found.clean or without is not None:
        shutil.rmtree(folder)
    else:
        tell(f"database and logs are in {folder}")
    return found


def _met(built: World, verdict: Verdict) -> dict[str, int]:
    """Return how often handlers met what events do to them, and poison and replayed letters were what they must be."""
    met = {kind: built.setting.noted(kind) for kind in ("raise", "hang")}
    buried = verdict.poison - sum("poison" in letter for letter in verdict.unburied)
    return met | {"poison": buried, "bury": verdict.replayed}


async def _end(built: World) -> list[str]:
    """End every process in order; return what was wrong with that, and with processes that ended by themselves."""
    troubles = [
        f"{process.name} ended by itself with status {status}"
        for process in built.processes
        for status in process.unexpected
    ]
    for process in built.processes:
        troubles += await _stop(process)
    return troubles


async def _stop(process: Process) -> list[str]:
    try:
        await process.stop()
    except TimeoutError:
        return [f"{process.name} did not end within its limit"]
    return []


def any_seed() -> int:
    """Return a seed to be printed."""
    return random.SystemRandom().randrange(1_000_000)


assert TROUBLE.keys() == HANDLER_FAULTS.keys()
