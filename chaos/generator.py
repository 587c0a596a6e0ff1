"""Clients that send numbered events, one key each, and send each again until it is accepted."""

import asyncio
import random
import time
from collections import Counter

import httpx

from chaos.trouble import Trouble

Entry = tuple[str, int]

KEYS = 24
BARE_KEYS = 6
"""Keys whose events are published without a transaction of the application."""
TROUBLE: dict[Trouble, float] = {"raise": 0.01, "hang": 0.01, "poison": 0.01, "bury": 0.01}
"""The share of events that make their handler raise, hang, that cannot be read, or have to be replayed."""
SURE_NUMBER = 3
"""Which event of a key makes trouble in any case, so that a short run has all kinds of it."""

ANSWER_LIMIT_SECONDS = 30.0
"""What docs/reliability.md promises of an answer, good or bad."""

_AGAIN_SECONDS = 0.2


class Generator:
    """`rate` events a second over all keys, round robin over the API's processes."""

    def __init__(self, urls: list[str], *, seed: int, rate: float) -> None:
        self._urls = urls
        self._seed = seed
        self._pause = KEYS / rate
        self._stopping = asyncio.Event()
        self._calls = 0
        self.accepted: list[Entry] = []
        """What was answered with 202, in order."""
        self.published: list[Entry] = []
        """What was answered with 202 by ``/bare``."""
        self.tried: dict[Entry, Trouble] = {}
        """What was sent to ``/bare`` at all: it may have been published without an answer."""
        self.refused: Counter[str] = Counter()
        """Attempts that were not: by status, or by what happened to the connection."""
        self.slowest = 0.0
        """Seconds that the slowest answer took; one that did not come in time took all of the limit."""

    async def run(self) -> None:
        """Send until `stop`."""
        async with httpx.AsyncClient(timeout=None) as client, asyncio.TaskGroup() as group:  # noqa: S113 - `_answer` has it
            for number in range(KEYS):
                name = "bare" if number < BARE_KEYS else "key"
                sure = list(TROUBLE)[number % len(TROUBLE)]
                group.create_task(self._send_all(client, f"{name}-{number}", sure, bare=number < BARE_KEYS))

    def stop(self) -> None:
        """Send no new events, and give up those that are not accepted yet: they may have been, or not."""
        self._stopping.set()

    async def _send_all(self, client: httpx.AsyncClient, key: str, sure: Trouble, *, bare: bool) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            chance = random.Random(f"{self._seed} {key} {number}")
            kind = sure if number == SURE_NUMBER else trouble(chance)
            if bare and kind == "poison":  # whose dead letter is known by a row of the application
                kind = "none"
            if bare:
                self.tried[key, number] = kind
            if await self._send(client, "bare" if bare else "events", {"key": key, "number": number, "trouble": kind}):
                (self.published if bare else self.accepted).append((key, number))
            await self._rest(self._pause * chance.uniform(0.2, 1.8))

    async def _send(self, client: httpx.AsyncClient, route: str, order: dict[str, object]) -> bool:
        """Send until it is accepted; False when there was no time for that."""
        while not self._stopping.is_set():
            self._calls += 1
            status = await self._answer(client, f"{self._urls[self._calls % len(self._urls)]}/{route}", order)
            if status == "202":
                return True
            self.refused[status] += 1
            await self._rest(_AGAIN_SECONDS)
        return False

    async def _answer(self, client: httpx.AsyncClient, url: str, order: dict[str, object]) -> str:
        """Return the status, or what happened to the connection."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
                answer = await client.post(url, json=order)
        except httpx.TransportError as error:  # its process was killed
            return type(error).__name__
        except TimeoutError:
            self.slowest = max(self.slowest, time.monotonic() - began)
            return "no answer in time"
        self.slowest = max(self.slowest, time.monotonic() - began)
        return str(answer.status_code)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def trouble(chance: random.Random) -> Trouble:
    """Choose what an event does to its handler."""
    at = chance.random()
    for name, share in TROUBLE.items():
        if at < share:
            return name
        at -= share
    return "none"
