"""What a durable consumer has yet to do."""

import asyncio
from contextlib import suppress

from nats.js.errors import NotFoundError

from trunkline import NATSService

LIMIT = 30.0


async def pending(service: NATSService, durable: str = "keen", stream: str = "A") -> tuple[int, int]:
    """Return how many events are under way, and how many are to come."""
    info = await service.nc.jetstream().consumer_info(stream, durable)
    assert info.num_ack_pending is not None
    assert info.num_pending is not None
    return info.num_ack_pending, info.num_pending


async def until_done(service: NATSService, durable: str = "keen") -> None:
    """Wait until nothing is to be done, twice over: a consumer may not know yet what its stream has just taken."""
    async with asyncio.timeout(LIMIT):
        idle = 0
        while idle < 2:
            await asyncio.sleep(0.05)
            with suppress(NotFoundError):
                idle = idle + 1 if await pending(service, durable) == (0, 0) else 0
