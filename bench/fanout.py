"""`fanout`: one event to 2,000 WebSocket clients of one process of the platform: when has the last of them got it?"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import httpx
import nats
import pydantic_core

from bench.answering import allow_open_files, memory_mib
from bench.application import Application, application
from bench.latency import of
from bench.place import Place, running_server
from bench.processes import Program, program
from bench.work import BenchError, Found, Work

CLIENTS = 2000
EVENTS = 5
LIMIT_MS = 1000 / 3
SPARE_FILES = 256
PASSWORD = "correct horse battery staple"

_numbers = count(1)


@dataclass(frozen=True)
class WithClients(Place):
    """The platform, and a program that is so many WebSocket clients of one account."""

    platform: Application
    clients: Program
    account_id: str
    memory_without: float
    """MiB of the platform's process before the first client came."""


@asynccontextmanager
async def with_clients(times: int) -> AsyncIterator[WithClients]:
    """Start the platform and connect the clients, `times` of them."""
    allow_open_files(times + SPARE_FILES)
    async with (
        running_server() as server,
        application("bench.app_with_many_seats:app", server.url) as platform,
        program("websocket_clients") as clients,
    ):
        account_id, token = await _account(platform.url)
        before = memory_mib(platform.pid)
        await clients.ask(port=platform.port, token=token, connect=times)
        yield WithClients(server, platform, clients, account_id, before)


async def with_trunkline(place: WithClients, times: int) -> Found:
    """Publish events one after another, each when all clients have the one before; the p99 of all deliveries."""
    before = memory_mib(place.platform.pid)
    client = await nats.connect(place.url)
    js = client.jetstream()
    deliveries: list[float] = []
    try:
        for _ in range(EVENTS):
            number = next(_numbers)
            await js.publish(f"realtime.{place.account_id}", _event(number))
            answer = await place.clients.ask(number=number)
            deliveries += answer["milliseconds"]
    finally:
        await client.close()
    if len(deliveries) != EVENTS * times:
        raise BenchError(f"{len(deliveries)} of {EVENTS * times} deliveries were made")
    notes = {
        "median delivery, ms": of(deliveries, 50),
        "MiB of the process without clients": place.memory_without,
        "KiB for each client": (before - place.memory_without) * 1024 / times,
        f"MiB of the process before {EVENTS} events": before,
        f"MiB of the process after {EVENTS} events": memory_mib(place.platform.pid),
    }
    return Found(of(deliveries, 99), notes)


async def a_third_of_a_second(place: WithClients, times: int) -> float:
    """The limit."""
    return LIMIT_MS


def _event(number: int) -> bytes:
    """An event for one account, as the platform's live updates write it. It holds when it was sent."""
    return pydantic_core.to_json(
        {
            "event_id": f"fanout-{number}",
            "subject": "project.1.created",
            "time": datetime.now(UTC),
            "data": {"number": number, "sent": time.monotonic(), "title": "Event platform for a hospital group"},
        }
    )


async def _account(url: str) -> tuple[str, str]:
    """Register somebody; return the account's id and a token."""
    person = {"email": "bench@example.org", "password": PASSWORD, "name": "Bench", "role": "freelancer"}
    async with httpx.AsyncClient(base_url=f"{url}/api/v1/auth", timeout=30) as http:
        account = (await http.post("/register", json=person)).raise_for_status().json()
        form = {"username": person["email"], "password": PASSWORD}
        signed_in = (await http.post("/token", data=form)).raise_for_status().json()
    return account["id"], signed_in["access_token"]


WORK = Work(
    name="fanout",
    description="one event to every WebSocket client of one process, the 99th percentile of delivery",
    place=with_clients,
    ours=with_trunkline,
    peers={"a third of a second": a_third_of_a_second},
    times=CLIENTS,
    quick_times=CLIENTS,
    quick_rounds=3,
    goal={"a third of a second": 1.0},
    unit="ms",
    lower_is_better=True,
)
