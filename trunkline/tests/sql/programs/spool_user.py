"""A program without a database: ``spool_user.py SPOOL NATS_URL COUNT``.

It publishes so many numbered events, says what became of each on a line of standard output, and stays until killed;
with a count of 0 it only relays.
"""

import asyncio
import sys

import structlog
from pydantic import SecretStr

from trunkline import Connection, NATSService, NatsSettings, Stream
from trunkline.sql import Spool


async def main(spool: str, url: str, count: str) -> None:
    """Run."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    settings = NatsSettings(url=SecretStr(url), publish_timeout=1, reconnect_max_wait=0.2)
    connection = Connection(settings, streams=[Stream("ORDER", ("order.>",))])
    service = NATSService(connection, database=Spool(spool))
    await service.start()
    for number in range(int(count)):
        receipt = await service.publish_event("order.placed", {"n": number}, persistent=True, event_id=str(number))
        print(receipt.guarantee.value, flush=True)
    await asyncio.sleep(60)


asyncio.run(main(*sys.argv[1:]))
