"""What is known of the server, while it is being asked."""

import asyncio

from trunkline import Connection, NatsSettings, Stream
from trunkline.server import NatsServer

LIMIT_SECONDS = 20.0


async def connected(server: NatsServer) -> Connection:
    connection = Connection(NatsSettings(url=server.url), streams=[stream("FIRST")])
    await connection.start()
    await connection.wait_connected(LIMIT_SECONDS)
    return connection


def stream(name: str) -> Stream:
    return Stream(name, (f"{name.lower()}.>",), max_bytes=1 << 20)


class TestDeclaringMeanwhile:
    """A stream that is declared while the server is being looked at is known like every other."""

    async def test_during_a_look_it_is_kept_and_made(self, nats_server: NatsServer) -> None:
        connection = await connected(nats_server)
        looking = asyncio.create_task(connection.look_around())
        late: list[Stream] = []
        while not looking.done():
            late.append(stream(f"LATE{len(late)}"))
            connection.declare(late[-1:])
            await asyncio.sleep(0.001)
        assert late
        assert {connection.status_of(each).name for each in late} == {each.name for each in late}
        async with asyncio.timeout(LIMIT_SECONDS):
            while not all(connection.status_of(each).exists for each in late):
                await asyncio.sleep(0.05)
        await connection.close()

    async def test_while_their_status_is_asked_for_it_is_kept(self, nats_server: NatsServer) -> None:
        connection = await connected(nats_server)
        asking = asyncio.create_task(connection.stream_status())
        late: list[Stream] = []
        while not asking.done():
            late.append(stream(f"LATE{len(late)}"))
            connection.declare(late[-1:])
            await asyncio.sleep(0.001)
        await connection.look_around()
        assert all(connection.status_of(each).exists for each in late)
        await connection.close()
