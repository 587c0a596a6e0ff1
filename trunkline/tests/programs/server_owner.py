"""A process that owns a nats-server: prints the server's process id and stays until its input ends."""

import asyncio
import sys

from trunkline.server import NatsServer


async def main() -> None:
    server = NatsServer()
    await server.start()
    print(server.pid, flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
