"""Single nats-servers, each for one test."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol, TypedDict, Unpack

import pytest_asyncio

from trunkline.server import NatsServer


class NatsServerOptions(TypedDict, total=False):
    """What `nats_server_factory` takes; see `NatsServer`."""

    store: Path | None
    port: int | None
    jetstream: bool
    user: str | None
    password: str | None
    token: str | None
    jetstream_config: str
    extra_config: str


class NatsServerFactory(Protocol):
    """Starts a server that the test's end stops."""

    async def __call__(self, **options: Unpack[NatsServerOptions]) -> NatsServer:
        """Start one with these options and wait until it answers."""
        ...


@pytest_asyncio.fixture
async def nats_server_factory() -> AsyncIterator[NatsServerFactory]:
    """Start servers by asking for them."""
    started: list[NatsServer] = []

    async def start(**options: Unpack[NatsServerOptions]) -> NatsServer:
        server = NatsServer(**options)
        started.append(server)
        await server.start()
        return server

    yield start
    for server in started:
        server.kill()
        await server.stop()


@pytest_asyncio.fixture
async def nats_server(nats_server_factory: NatsServerFactory) -> NatsServer:
    """Give a running server with JetStream."""
    return await nats_server_factory()


@pytest_asyncio.fixture
async def core_nats_server(nats_server_factory: NatsServerFactory) -> NatsServer:
    """Give a running server without JetStream."""
    return await nats_server_factory(jetstream=False)
