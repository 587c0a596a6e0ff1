"""Three nats-servers that keep streams together."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from uuid import uuid4

import nats
import pytest_asyncio
from nats import errors
from nats.aio.client import Client

from trunkline.errors import ServerError
from trunkline.jetstream import ApiError, ApiSilent, call
from trunkline.server import NatsServer

_ASK_SECONDS = 2.0
_POLL_SECONDS = 0.1


class NatsCluster:
    """`size` servers of one cluster, each a `NatsServer` with a store of its own.

    Clients are not told of the servers they did not name (``no_advertise``), so that those which connect through a
    proxy stay there.
    """

    def __init__(self, size: int = 3) -> None:
        name = f"cluster-{uuid4().hex[:8]}"
        ports = _free_ports(size)
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports)
        self.servers = tuple(
            NatsServer(
                name=f"{name}-{number}",
                extra_config=f'cluster {{ name: "{name}", listen: "127.0.0.1:{port}", routes: [{routes}], '
                "no_advertise: true }",
            )
            for number, port in enumerate(ports, 1)
        )

    @property
    def url(self) -> str:
        """All servers' addresses, as ``NATS_URL`` takes them."""
        return ",".join(server.url for server in self.servers)

    async def start(self, *, limit: float = 30) -> None:
        """Start all, and wait until they can keep a stream together.

        Raises:
            ServerError: a server does not start, or they have not found each other within `limit` seconds.
        """
        try:
            await asyncio.gather(*(server.start() for server in self.servers))
            async with asyncio.timeout(limit):
                await self._agree()
        except TimeoutError as error:
            await self.stop()
            raise ServerError(f"the servers of the cluster did not find each other within {limit:g} s") from error
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End all, by force: their stores are thrown away, or healed by the next start."""
        for server in self.servers:
            server.kill()
        await asyncio.gather(*(server.stop() for server in self.servers))

    async def ask(self, name: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Ask ``$JS.API.<name>`` of a server that answers.

        Raises:
            ServerError: none does, or it refused.
        """
        return await ask(self.servers, name, body)

    async def leader(self, stream: str) -> NatsServer | None:
        """Return the server that leads `stream`; None while the others have not chosen one.

        Raises:
            ServerError: as `ask`.
        """
        cluster = (await self.ask(f"STREAM.INFO.{stream}")).get("cluster") or {}
        return next((server for server in self.servers if server.name == cluster.get("leader")), None)

    async def is_current(self, stream: str) -> bool:
        """Say whether all replicas of `stream` are there and have all of it."""
        try:
            cluster = (await self.ask(f"STREAM.INFO.{stream}")).get("cluster") or {}
        except ServerError:
            return False
        replicas = cluster.get("replicas") or []
        return bool(cluster.get("leader")) and all(each.get("current") and not each.get("offline") for each in replicas)

    async def wait_until_current(self, stream: str, *, limit: float = 30) -> None:
        """Wait until `is_current`.

        Raises:
            ServerError: not within `limit` seconds.
        """
        try:
            async with asyncio.timeout(limit):
                while True:
                    if await self.is_current(stream):
                        return
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise ServerError(f"the replicas of {stream} were not all current within {limit:g} s") from None

    async def kill_leader(self, stream: str, *, limit: float = 30) -> NatsServer:
        """Kill the server that leads `stream`, once all replicas are current, and return it; `restart` brings it back.

        Raises:
            ServerError: the replicas were not all current within `limit` seconds, or the stream has no leader.
        """
        await self.wait_until_current(stream, limit=limit)
        server = await self.leader(stream)
        if server is None:
            raise ServerError(f"stream {stream} has no leader")
        server.kill()
        await server.wait()
        return server

    async def _agree(self) -> None:
        """Keep a stream on all servers, and delete it again: then there is a leader, and it knows everybody."""
        probe = f"probe-{uuid4().hex[:8]}"
        config = {"name": probe, "subjects": [probe], "num_replicas": len(self.servers), "storage": "memory"}
        while True:
            try:
                await self.ask(f"STREAM.CREATE.{probe}", config)
                await self.ask(f"STREAM.DELETE.{probe}")
            except ServerError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return


async def ask(servers: Iterable[NatsServer], name: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Ask ``$JS.API.<name>`` of the first of `servers` that answers.

    Raises:
        ServerError: none does, or it refused.
    """
    why = "no server runs"
    for server in servers:
        if server.pid is None:
            continue
        try:
            client = await _connect(server)
        except (OSError, errors.Error, TimeoutError) as error:
            why = str(error) or type(error).__name__
            continue
        try:
            return await call(client, name, body, timeout=_ASK_SECONDS)
        except (ApiError, ApiSilent) as error:
            why = str(error)
        finally:
            await client.close()
    raise ServerError(f"$JS.API.{name}: {why}")


async def _connect(server: NatsServer) -> Client:
    async with asyncio.timeout(_ASK_SECONDS):
        return await nats.connect(server.url, allow_reconnect=False, connect_timeout=2, error_cb=_quiet)


async def _quiet(_: Exception) -> None:
    """What goes wrong is raised by the call that fails; nats-py would print it besides."""


def _free_ports(number: int) -> list[int]:
    probes = [socket.socket() for _ in range(number)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@pytest_asyncio.fixture
async def nats_cluster() -> AsyncIterator[NatsCluster]:
    """Give three running servers that keep streams together."""
    cluster = NatsCluster()
    await cluster.start()
    yield cluster
    await cluster.stop()
