"""When faults happen: each once, in an order that the seed decides, and then at random until time is up."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

from chaos.faults import Fault, Missed, Target
from chaos.world import World

AT_ONCE = 3
"""Faults under way at one time, of different targets."""

_MISSES_ALLOWED = 3


class Schedule:
    """Injects `faults` for `seconds`, and longer until each has fired, or has missed three times."""

    def __init__(
        self, world: World, faults: Sequence[Fault], *, seed: int, seconds: float, say: Callable[[str], None]
    ) -> None:
        self._world = world
        self._faults = tuple(faults)
        self._chance = random.Random(f"{seed} schedule")
        self._end = time.monotonic() + seconds
        self._say = say
        self._waiting = self._shuffled()
        self._busy: set[Target] = set()
        self.fired: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()

    async def run(self) -> None:
        """Return when it is over, and everything has been put right again."""
        async with asyncio.TaskGroup() as group:
            for number in range(AT_ONCE):
                group.create_task(self._inject(), name=f"chaos lane {number}")

    async def _inject(self) -> None:
        while True:
            fault = self._next()
            if fault is None and not self._waiting:
                return
            if fault is not None:
                await self._try(fault)
            await asyncio.sleep(self._chance.uniform(0.2, 1.5))

    async def _try(self, fault: Fault) -> None:
        self._busy.add(fault.target)
        self._say(fault.name)
        try:
            await fault.inject(self._world, random.Random(self._chance.random()))
        except Missed as reason:
            self.missed[fault.name] += 1
            self._say(f"{fault.name}: missed: {reason}")
            if self.missed[fault.name] < _MISSES_ALLOWED and not self.fired[fault.name]:
                self._waiting.append(fault)
        else:
            self.fired[fault.name] += 1
        finally:
            self._busy.discard(fault.target)

    def _next(self) -> Fault | None:
        if time.monotonic() >= self._end:
            self._waiting = [fault for fault in self._waiting if not self.fired[fault.name]]
        elif not self._waiting:
            self._waiting = self._shuffled()
        for fault in self._waiting:
            if fault.target not in self._busy:
                self._waiting.remove(fault)
                return fault
        return None

    def _shuffled(self) -> list[Fault]:
        return self._chance.sample(self._faults, len(self._faults))
