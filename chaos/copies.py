"""Second copies in the stream: messages with an id that an earlier message has."""

import asyncio
from dataclasses import dataclass

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from chaos.program import STREAM
from chaos.world import World

_READ_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Copy:
    """A second message of one event: both places in the stream, the seconds between them, and the stream's window."""

    id: str
    subject: str
    first: int
    second: int
    apart: float
    window: float

    @property
    def is_allowed(self) -> bool:
        """Whether the stream could not know that it had the event: they are further apart than it remembers ids."""
        return self.apart >= self.window


async def find_copies(world: World) -> tuple[Copy, ...]:
    """Read the stream's headers from end to end."""
    server = next(server for server in world.servers if server.pid is not None)
    client = await nats.connect(server.url, allow_reconnect=False, connect_timeout=5)
    seen: dict[str, tuple[int, float]] = {}
    found = []
    try:
        async with asyncio.timeout(_READ_SECONDS):
            stream = await client.jetstream().stream_info(STREAM)
            left, window = stream.state.messages, stream.config.duplicate_window or 0.0
            config = ConsumerConfig(
                ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, headers_only=True, mem_storage=True
            )
            reading = await client.jetstream().subscribe("chaos.>", stream=STREAM, config=config, ordered_consumer=True)
            while left:
                message = await reading.next_msg(_READ_SECONDS)
                left -= 1
                id = (message.headers or {}).get("Nats-Msg-Id", "")
                place = message.metadata.sequence.stream, message.metadata.timestamp.timestamp()
                first = seen.setdefault(id, place)
                if first != place:
                    found.append(Copy(id, message.subject, first[0], place[0], place[1] - first[1], window))
    finally:
        await client.close()
    return tuple(found)
