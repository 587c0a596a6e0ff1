"""Where a work is measured: a nats-server with an empty file store, and what else the work needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from trunkline.server import NatsServer


class Unavailable(Exception):
    """What a work needs is not installed here; the work is left out, and this says why."""


@dataclass(frozen=True)
class Place:
    """A running server, for all contenders of one work."""

    server: NatsServer

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.server.url


@asynccontextmanager
async def on_a_server(times: int) -> AsyncIterator[Place]:
    """Run a server for one work."""
    async with running_server() as server:
        yield Place(server)


@asynccontextmanager
async def running_server(extra_config: str = "") -> AsyncIterator[NatsServer]:
    """Run a server with an empty file store."""
    with TemporaryDirectory(prefix="trunkline-bench-", ignore_cleanup_errors=True) as folder:
        server = NatsServer(store=Path(folder), extra_config=extra_config)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
