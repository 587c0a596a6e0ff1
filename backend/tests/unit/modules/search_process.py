"""A process of its own that keeps an index and answers questions, until it is ended."""

import asyncio
import sys
from pathlib import Path

from modules.search import building, keeper
from modules.search.searching import Search
from services.nats_service import NATSService
from tests.unit.sourcing.index.made import MEANING
from trunkline import Connection, NATSAwareAgent, NatsSettings
from trunkline.sql import Database


async def main(nats_url: str, database_url: str, folder: str) -> None:
    database = Database(database_url)
    await database.start()
    service = NATSService(Connection(NatsSettings(url=nats_url)), database=database)
    search = Search(NATSAwareAgent("searching", service), database, Path(folder))
    await search.start()
    await service.start()
    while search.keeper.index is None:
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await search.stop()
    await service.stop()
    await database.close()


if __name__ == "__main__":
    keeper.SMALL = 3
    building.skills_meaning = lambda: MEANING
    asyncio.run(main(*sys.argv[1:]))
