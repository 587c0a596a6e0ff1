"""Relay until killed: ``relay_process.py DATABASE_URL NATS_URL MODE``.

``run`` relays, and a line on standard output says when the lease is held; ``die`` kills this process when events are
sent and their rows not yet deleted; ``add`` stands by and adds an event.
"""

import asyncio
import os
import signal
import sys

import structlog
from pydantic import SecretStr

from trunkline import Event, NatsSettings, Stream
from trunkline.connection import Connection
from trunkline.publisher import Publisher
from trunkline.sql import Database, Relay, backlog, outbox, relay


def die(*_: object, **__: object) -> None:
    """End as by ``kill -9``."""
    os.kill(os.getpid(), signal.SIGKILL)


async def main(database_url: str, nats_url: str, mode: str) -> None:
    """Run."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if mode != "add":
        relay.LEASE_TERM = 1.5
    if mode == "die":
        backlog.settle = die
    database = Database(database_url)
    await database.start()
    connection = Connection(NatsSettings(url=SecretStr(nats_url)), streams=[Stream("PROJECT", ("project.>",))])
    await connection.start()
    await connection.wait_connected(10)
    running = Relay(database, Publisher(connection), connection)
    await running.start()
    if mode == "add":
        await asyncio.sleep(0.5)  # it stands by
        event = Event.create("project.1.created", {}, id="added")
        await database.write(lambda session: outbox.add(session, event))
        print("added", flush=True)
    while running.lease is None:
        await asyncio.sleep(0.01)
    print("owner", flush=True)
    await asyncio.sleep(60)


asyncio.run(main(*sys.argv[1:]))
