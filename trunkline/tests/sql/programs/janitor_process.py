"""Be a janitor until killed: ``janitor_process.py DATABASE_URL NATS_URL``. Says ``owns``, then ``purged N``."""

import asyncio
import sys

import structlog
from pydantic import SecretStr

from trunkline import Connection, NatsSettings, Stream
from trunkline.sql import Database, janitor


async def main(database_url: str, nats_url: str) -> None:
    """Run."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    janitor.LEASE_TERM = 1.5
    database = Database(database_url)
    await database.start()
    connection = Connection(NatsSettings(url=SecretStr(nats_url)), streams=[Stream("A", ("a.>",))])
    await connection.start()
    one = janitor.Janitor(database, connection, interval=0.2)
    await one.start()
    owned, purged = False, 0
    while True:
        if one.lease is not None and not owned:
            print("owns", flush=True)
            owned = True
        if one.purged != purged:
            purged = one.purged
            print(f"purged {purged}", flush=True)
        await asyncio.sleep(0.02)


asyncio.run(main(*sys.argv[1:]))
