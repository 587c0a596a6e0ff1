"""Clients that send numbered events, one key each, and send each again until it is accepted."""

import asyncio
import random
import time
from collections import Counter

import httpx

KEYS = 24
TROUBLE = {"raise": 0.01, "hang": 0.01, "poison": 0.01}
"""The share of events that make their handler raise, hang, or that cannot be read."""

_ANSWER_SECONDS = 8.0
_AGAIN_SECONDS = 0.2


class Generator:
    """`rate` events a second over all keys, round robin over the API's processes."""

    def __init__(self, urls: list[str], *, seed: int, rate: float) -> None:
        self._urls = urls
        self._seed = seed
        self._pause = KEYS / rate
        self._stopping = asyncio.Event()
        self._calls = 0
        self.accepted: list[tuple[str, int]] = []
        """What was answered with 202, in order."""
        self.refused: Counter[str] = Counter()
        """Attempts that were not: by status, or by what happened to the connection."""
        self.slowest = 0.0
        """Seconds that the slowest acceptance took to be answered."""

    async def run(self) -> None:
        """Send until `stop`."""
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS) as client, asyncio.TaskGroup() as group:
            for number in range(KEYS):
                group.create_task(self._send_all(client, f"key-{number}"))

    def stop(self) -> None:
        """Send no new events, and give up those that are not accepted yet: they may have been, or not."""
        self._stopping.set()

    async def _send_all(self, client: httpx.AsyncClient, key: str) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            chance = random.Random(f"{self._seed} {key} {number}")
            order = {"key": key, "number": number, "trouble": trouble(chance)}
            await self._send(client, order)
            await self._rest(self._pause * chance.uniform(0.2, 1.8))

    async def _send(self, client: httpx.AsyncClient, order: dict[str, object]) -> None:
        while not self._stopping.is_set():
            self._calls += 1
            began = time.monotonic()
            try:
                answer = await client.post(f"{self._urls[self._calls % len(self._urls)]}/events", json=order)
            except httpx.TransportError as error:
                self.refused[type(error).__name__] += 1
            else:
                if answer.status_code == 202:
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    self.accepted.append((str(order["key"]), int(str(order["number"]))))
                    return
                self.refused[str(answer.status_code)] += 1
            await self._rest(_AGAIN_SECONDS)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def trouble(chance: random.Random) -> str:
    """Choose what an event does to its handler."""
    at = chance.random()
    for name, share in TROUBLE.items():
        if at < share:
            return name
        at -= share
    return "none"
