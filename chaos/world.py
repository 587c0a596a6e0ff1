"""Everything that runs during a run: nats-servers, proxies, the database, and the processes of the program."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from chaos.processes import Process
from chaos.program import STREAM
from chaos.setting import Part, Setting
from chaos.tables import metadata
from trunkline.errors import ServerError
from trunkline.server import NatsServer
from trunkline.sql import Database
from trunkline.testing import NatsCluster, PostgresqlServer, TcpProxy
from trunkline.testing.cluster import ask

Setup = Literal["sqlite", "postgresql"]
SETUPS: dict[Setup, str] = {
    "sqlite": "SQLite, one API process with the handlers in it, one nats-server",
    "postgresql": "PostgreSQL, two API processes, two workers, three nats-servers in a cluster",
}

_START_SECONDS = 60.0
_HEAL_SECONDS = 60.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class World:
    """What faults can be done to, and what the check asks at the end."""

    setting: Setting
    servers: tuple[NatsServer, ...]
    cluster: NatsCluster | None
    proxies: tuple[TcpProxy, ...]
    postgresql: PostgresqlServer | None
    database: Database
    apis: tuple[Process, ...]
    workers: tuple[Process, ...]
    api_urls: tuple[str, ...]

    @property
    def processes(self) -> tuple[Process, ...]:
        """All of the program's."""
        return (*self.apis, *self.workers)

    async def ask(self, name: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Ask JetStream, past the proxies."""
        return await ask(self.servers, name, body)

    async def wait_until_whole(self) -> None:
        """Wait until every server runs and the stream is all there.

        Raises:
            ServerError: not within a minute.
        """
        try:
            async with asyncio.timeout(_HEAL_SECONDS):
                while not await self._is_whole():
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise ServerError(f"the stream was not whole again within {_HEAL_SECONDS:g} s") from None

    async def wait_until_serving(self) -> None:
        """Wait until every API process answers, and is connected.

        Raises:
            TimeoutError: not within a minute.
        """
        async with httpx.AsyncClient() as client, asyncio.timeout(_START_SECONDS):
            for url in self.api_urls:
                while not await _is_serving(client, url):
                    await asyncio.sleep(_POLL_SECONDS)

    async def _is_whole(self) -> bool:
        if self.cluster is not None:
            return await self.cluster.is_current(STREAM)
        try:
            await self.ask(f"STREAM.INFO.{STREAM}")
        except ServerError:
            return False
        return True


@asynccontextmanager
async def world(setup: Setup, without: Part | None) -> AsyncIterator[World]:
    """Start everything, and end it all again; the folder with database and logs is left to the caller."""
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{setup}-"))
    async with AsyncExitStack() as stack:
        cluster, servers = await _servers(setup, stack)
        proxies = [await _proxy(server, stack) for server in servers]
        postgresql = await _postgresql(setup, stack)
        url = postgresql.url if postgresql is not None else f"sqlite:///{folder}/chaos.db"
        database = Database(url)
        database.create_tables(metadata)
        await database.start()
        stack.push_async_callback(database.close)
        setting = Setting(url, folder, without)
        environment = {
            **setting.environment(),
            "NATS_URL": ",".join(f"nats://127.0.0.1:{proxy.port}" for proxy in proxies),
            "NATS_REPLICAS": str(len(servers)),
            "NATS_STREAM_MAX_BYTES": str(256 << 20),
            "NATS_JANITOR_INTERVAL": "3600",  # the check reads the whole stream, also after it was full
        }
        ports = [_free_port() for _ in range(1 if setup == "sqlite" else 2)]
        role = "api-with-handlers" if setup == "sqlite" else "api"
        apis = [Process(f"api-{port}", [role, str(port)], environment, folder) for port in ports]
        workers = [
            Process(f"worker-{n}", ["worker"], environment, folder) for n in range(0 if setup == "sqlite" else 2)
        ]
        built = World(
            setting=setting,
            servers=servers,
            cluster=cluster,
            proxies=tuple(proxies),
            postgresql=postgresql,
            database=database,
            apis=tuple(apis),
            workers=tuple(workers),
            api_urls=tuple(f"http://127.0.0.1:{port}" for port in ports),
        )
        for process in built.processes:
            process.start()
            stack.push_async_callback(process.stop)
        await built.wait_until_serving()
        await built.wait_until_whole()
        yield built


async def _servers(setup: Setup, stack: AsyncExitStack) -> tuple[NatsCluster | None, tuple[NatsServer, ...]]:
    if setup == "postgresql":
        cluster = NatsCluster()
        stack.push_async_callback(cluster.stop)
        await cluster.start()
        return cluster, cluster.servers
    server = NatsServer()
    stack.push_async_callback(server.stop)
    await server.start()
    return None, (server,)


async def _proxy(server: NatsServer, stack: AsyncExitStack) -> TcpProxy:
    assert server.port is not None
    proxy = TcpProxy(server.port)
    await proxy.start()
    stack.push_async_callback(proxy.stop)
    return proxy


async def _postgresql(setup: Setup, stack: AsyncExitStack) -> PostgresqlServer | None:
    if setup == "sqlite":
        return None
    server = PostgresqlServer()
    stack.callback(server.stop)
    await asyncio.to_thread(server.start)
    return server


async def _is_serving(client: httpx.AsyncClient, url: str) -> bool:
    try:
        answer = await client.get(f"{url}/health")
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.json() is True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
