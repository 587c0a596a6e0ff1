"""The faults: what each does to the world, and how it puts it right again.

Of each *target* one fault is under way at a time, so that a server that was killed is not also stopped and the killed
leader of a cluster is back, with all replicas current, before the next one dies. Faults of different targets overlap.
"""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import nats
from nats.aio.msg import Msg
from nats.js.errors import APIError

from chaos.processes import Process
from chaos.program import STREAM
from chaos.setting import CrashPoint
from chaos.world import World
from trunkline.errors import ServerError
from trunkline.server import NatsServer

Target = Literal["nats", "network", "processes", "database"]

FROZEN_SECONDS = 10.0
LEADER_KILLS = 3

_LOCKED_SECONDS = 7.0  # longer than a transaction waits for its turn
_ARMED_SECONDS = 20.0
_FILLING_BYTES = 1 << 20
_FILLER = b"x" * (60 << 10)
_POLL_SECONDS = 0.02
_STREAM_FULL = b"maximum bytes exceeded"


class Missed(Exception):
    """The fault had nothing to act on; says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault; `inject` returns when it is over. Raises `Missed`."""

    name: str
    target: Target
    inject: Callable[[World, random.Random], Awaitable[None]]


async def kill_server(world: World, chance: random.Random) -> None:
    """Kill a nats-server, and start it again a little later."""
    server = await _pick_server(world, chance)
    server.kill()
    await server.wait()
    await asyncio.sleep(chance.uniform(0.2, 2.0))
    await server.start()


async def freeze_server(world: World, chance: random.Random) -> None:
    """Stop a nats-server for ten seconds (SIGSTOP): its connections stay open, and nothing answers."""
    server = await _pick_server(world, chance)
    server.pause()
    try:
        await asyncio.sleep(FROZEN_SECONDS)
    finally:
        server.resume()


async def restart_server(world: World, chance: random.Random) -> None:
    """Restart a nats-server in order."""
    await (await _pick_server(world, chance)).restart()


async def without_jetstream(world: World, chance: random.Random) -> None:
    """Restart a nats-server without JetStream, and later with it."""
    server = await _pick_server(world, chance)
    await server.restart(jetstream=False)
    await asyncio.sleep(chance.uniform(2.0, 4.0))
    await server.restart(jetstream=True)


async def kill_leaders(world: World, chance: random.Random) -> None:
    """Kill the stream's leader, again and again, each time when all replicas are current."""
    assert world.cluster is not None
    for _ in range(LEADER_KILLS):
        server = await world.cluster.kill_leader(STREAM)
        await asyncio.sleep(chance.uniform(1.0, 3.0))
        await server.restart()


async def fill_stream(world: World, chance: random.Random) -> None:
    """Fill the stream until it refuses an event of the run, and make room again a little later."""
    await world.wait_until_whole()
    info = await world.ask(f"STREAM.INFO.{STREAM}")
    config = info["config"]
    if config["discard"] != "new":
        raise ServerError("filling the stream would push events out of it: the run would prove nothing")
    limit = info["state"]["bytes"] + _FILLING_BYTES
    await world.ask(f"STREAM.UPDATE.{STREAM}", {**config, "max_bytes": limit})
    try:
        await _fill(world, limit)
        await _until_refused(world)
        await asyncio.sleep(chance.uniform(1.0, 3.0))
    finally:
        await _insist(world, f"STREAM.UPDATE.{STREAM}", config)
        await _insist(world, f"STREAM.PURGE.{STREAM}", {"filter": "chaos.filler"})


async def cut_connections(world: World, chance: random.Random) -> None:
    """Cut all connections to the nats-servers, and refuse new ones for a while."""
    for proxy in world.proxies:
        await proxy.cut()
    try:
        await asyncio.sleep(chance.uniform(0.5, 3.0))
    finally:
        for proxy in world.proxies:
            proxy.restore()


async def slow_connections(world: World, chance: random.Random) -> None:
    """Delay everything to and from the nats-servers, each way."""
    for proxy in world.proxies:
        proxy.delay = chance.uniform(0.2, 3.0)  # there and back may take longer than an acknowledgement may
    try:
        await asyncio.sleep(chance.uniform(4.0, 8.0))
    finally:
        for proxy in world.proxies:
            proxy.restore()


async def kill_api(world: World, chance: random.Random) -> None:
    """Kill an API process."""
    await _kill(chance.choice(world.apis))


async def kill_worker(world: World, chance: random.Random) -> None:
    """Kill a worker, whatever it does."""
    await _kill(chance.choice(world.workers))


async def terminate_api(world: World, chance: random.Random) -> None:
    """End an API process in order (SIGTERM), which must not take longer than its limits."""
    await _terminate(chance.choice(world.apis))


async def terminate_worker(world: World, chance: random.Random) -> None:
    """End a worker in order."""
    await _terminate(chance.choice(world.workers))


def crash_at(point: CrashPoint) -> Callable[[World, random.Random], Awaitable[None]]:
    """Return a fault: the next process that comes to `point` kills itself there."""

    async def crash(world: World, chance: random.Random) -> None:
        armed = world.setting.crash_point(point)
        armed.touch()
        with suppress(TimeoutError):
            async with asyncio.timeout(_ARMED_SECONDS):
                while armed.exists():
                    await asyncio.sleep(_POLL_SECONDS)
        if armed.exists():
            armed.unlink(missing_ok=True)
            raise Missed(f"nobody came to {point} within {_ARMED_SECONDS:g} s")

    return crash


async def lock_database(world: World, chance: random.Random) -> None:
    """Have another process lock the database for longer than a transaction waits."""
    command = [sys.executable, "-m", "chaos.hold", world.setting.database_url, str(_LOCKED_SECONDS)]
    holder = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert holder.stdout is not None
        async with asyncio.timeout(3 * _LOCKED_SECONDS + 20):
            if await holder.stdout.readline() != b"locked\n":
                raise Missed("the database could not be locked")
            await holder.wait()
    finally:
        if holder.returncode is None:
            holder.kill()
            await holder.wait()


async def restart_database(world: World, chance: random.Random) -> None:
    """Restart PostgreSQL."""
    assert world.postgresql is not None
    await asyncio.to_thread(world.postgresql.restart)


async def crash_database(world: World, chance: random.Random) -> None:
    """End PostgreSQL as a crash would, and start it again a little later."""
    assert world.postgresql is not None
    await asyncio.to_thread(world.postgresql.kill)
    await asyncio.sleep(chance.uniform(0.2, 2.0))
    await asyncio.to_thread(world.postgresql.start)


_EVERYWHERE = (
    Fault("nats-server killed", "nats", kill_server),
    Fault("nats-server frozen for 10 s", "nats", freeze_server),
    Fault("nats-server restarted", "nats", restart_server),
    Fault("JetStream off and on again", "nats", without_jetstream),
    Fault("stream full", "nats", fill_stream),
    Fault("connections cut", "network", cut_connections),
    Fault("connections delayed", "network", slow_connections),
    Fault("API killed", "processes", kill_api),
    Fault("API terminated", "processes", terminate_api),
    Fault("API killed between commit and answer", "processes", crash_at("after-commit")),
    Fault("worker killed in mid-handler", "processes", crash_at("in-handler")),
    Fault("worker killed between commit and acknowledgement", "processes", crash_at("before-ack")),
    Fault("database locked for 7 s", "database", lock_database),
)
_WITH_WORKERS = (
    Fault("worker killed", "processes", kill_worker),
    Fault("worker terminated", "processes", terminate_worker),
)
_WITH_CLUSTER = (Fault(f"stream's leader killed, {LEADER_KILLS} times", "nats", kill_leaders),)
_WITH_POSTGRESQL = (
    Fault("PostgreSQL restarted", "database", restart_database),
    Fault("PostgreSQL crashed", "database", crash_database),
)


def faults_of(world: World) -> tuple[Fault, ...]:
    """Return what can be done to this world."""
    return (
        *_EVERYWHERE,
        *(_WITH_WORKERS if world.workers else ()),
        *(_WITH_CLUSTER if world.cluster is not None else ()),
        *(_WITH_POSTGRESQL if world.postgresql is not None else ()),
    )


async def _pick_server(world: World, chance: random.Random) -> NatsServer:
    """Choose a server to take away, once the others have all that it has."""
    await world.wait_until_whole()
    return chance.choice(world.servers)


async def _kill(process: Process) -> None:
    starts = process.starts
    if not process.kill():
        raise Missed(f"{process.name} was not running")
    await _started_again(process, starts)


async def _terminate(process: Process) -> None:
    starts = process.starts
    if await process.terminate() is None:
        raise Missed(f"{process.name} was not running")
    await _started_again(process, starts)


async def _started_again(process: Process, starts: int) -> None:
    async with asyncio.timeout(_ARMED_SECONDS):
        while process.starts == starts:
            await asyncio.sleep(_POLL_SECONDS)


async def _fill(world: World, limit: int) -> None:
    """Send filler until the stream refuses it; the rest is filled by events."""
    for size in (len(_FILLER), 200):
        server = next(server for server in world.servers if server.pid is not None)
        client = await nats.connect(server.url, allow_reconnect=False, connect_timeout=5, inbox_prefix=b"_FILLING")
        try:
            for _ in range(limit // size + 1):
                await client.jetstream().publish("chaos.filler", _FILLER[:size], timeout=5)
        except APIError:
            continue
        finally:
            await client.close()
        raise Missed("the stream would not be filled")


async def _until_refused(world: World) -> None:
    """Wait until the stream has refused an event of the run: its answers to the program's inboxes are overheard."""
    server = next(server for server in world.servers if server.pid is not None)
    client = await nats.connect(server.url, allow_reconnect=False, connect_timeout=5)
    refused = asyncio.Event()

    async def overhear(answer: Msg) -> None:
        if _STREAM_FULL in answer.data:
            refused.set()

    try:
        await client.subscribe("_INBOX.>", cb=overhear)
        async with asyncio.timeout(_ARMED_SECONDS):
            await refused.wait()
    except TimeoutError:
        raise Missed(f"no event came to the full stream within {_ARMED_SECONDS:g} s") from None
    finally:
        await client.close()


async def _insist(world: World, name: str, body: dict[str, object]) -> None:
    """Ask until it is done: a stream that stays full would end the run."""
    async with asyncio.timeout(_ARMED_SECONDS):
        while True:
            try:
                await world.ask(name, body)
            except ServerError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return
