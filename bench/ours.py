"""Trunkline as an application has it: a connection with its stream, and a service on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.events import SOURCE
from bench.streams import DECLARED, WAIT_LIMIT_SECONDS, wait_for_stream
from trunkline import Connection, NATSService, NatsSettings


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """Our connection, with its stream."""
    connection = Connection(NatsSettings(url=url), streams=DECLARED)
    await connection.start()
    await connection.wait_connected(WAIT_LIMIT_SECONDS)
    await wait_for_stream(connection)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def trunkline(url: str) -> AsyncIterator[NATSService]:
    """Our service, connected, without a database."""
    async with connected(url) as connection:
        service = NATSService(connection, streams=DECLARED, source=SOURCE)
        await service.start()
        try:
            yield service
        finally:
            await service.stop()
