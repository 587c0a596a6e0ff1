"""`idle-consumer`: what one durable consumer costs that has nothing to do, in memory and in requests to the server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from bench.place import Place, running_server
from bench.processes import program
from bench.work import Found, Work

CONSUMERS = 100


@dataclass(frozen=True)
class Monitored(Place):
    """A server that counts what it receives."""

    monitoring: str

    async def received(self) -> int:
        """How many messages have come from clients so far, acknowledgements and requests included."""
        async with httpx.AsyncClient() as http:
            return int((await http.get(f"{self.monitoring}/varz")).raise_for_status().json()["in_msgs"])


@asynccontextmanager
async def monitored(times: int) -> AsyncIterator[Monitored]:
    """Run a server with its monitoring."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    async with running_server(f'http: "{address}"') as server:
        yield Monitored(server, f"http://{address}")


async def with_consumers(place: Monitored, times: int, how: str) -> Found:
    """Watch the consumers for `times` seconds; KiB for each of them."""
    async with program("idle_process", how, place.url, str(CONSUMERS)) as process:
        received = await place.received()
        await asyncio.sleep(times)
        received = await place.received() - received
    return Found(
        process.greeting["mib"] * 1024 / CONSUMERS, {"requests/s to the server for each": received / times / CONSUMERS}
    )


WORK = Work(
    name="idle-consumer",
    description=f"memory of the process for one idle durable consumer, over {CONSUMERS} of them, times are seconds",
    place=monitored,
    ours=partial(with_consumers, how="ours"),
    peers={"nats-py fetch": partial(with_consumers, how="by_hand")},
    times=60,
    quick_times=6,
    rounds=1,
    quick_rounds=1,
    unit="KiB",
    lower_is_better=True,
)
