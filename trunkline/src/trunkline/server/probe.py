"""What a nats-server says first: its INFO line, sent to whoever connects, before any password."""

import asyncio
import json
from contextlib import suppress

_LIMIT_SECONDS = 2.0


async def server_name(port: int) -> str | None:
    """Return the name of the nats-server on loopback `port`, or None when none answers within two seconds."""
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            return await _read_name(port)
    except (OSError, TimeoutError, ValueError):
        return None


async def _read_name(port: int) -> str | None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        line = await reader.readline()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    if not line.startswith(b"INFO "):
        return None
    name = json.loads(line[5:]).get("server_name")
    return name if isinstance(name, str) else None
