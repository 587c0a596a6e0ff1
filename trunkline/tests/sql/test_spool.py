"""The spool keeps what a program without a database publishes while its server is away."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import nats
import pytest

from trunkline import DatabaseError, Event
from trunkline.server import NatsServer
from trunkline.sql import Spool, outbox

PROGRAM = Path(__file__).with_name("programs") / "spool_user.py"
LIMIT = 30.0

Start = Callable[[Path, str, int], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start programs that publish, and kill them at the end."""
    running: list[asyncio.subprocess.Process] = []

    async def begin(spool: Path, url: str, count: int) -> asyncio.subprocess.Process:
        arguments = [sys.executable, str(PROGRAM), str(spool), url, str(count)]
        process = await asyncio.create_subprocess_exec(
            *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        await kill(process)


async def kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def guarantees(process: asyncio.subprocess.Process, count: int) -> list[str]:
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT):
        return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


async def stored(server: NatsServer, count: int) -> list[str]:
    """Wait until the stream holds so many events, and return their ids in its order."""
    client = await nats.connect(server.url)
    jetstream = client.jetstream()
    async with asyncio.timeout(LIMIT):
        while (await jetstream.stream_info("ORDER")).state.messages < count:
            await asyncio.sleep(0.05)
        state = (await jetstream.stream_info("ORDER")).state
        messages = [await jetstream.get_msg("ORDER", number) for number in range(1, state.last_seq + 1)]
    await client.close()
    return [(message.headers or {})["Nats-Msg-Id"] for message in messages]


async def is_empty(path: Path) -> bool:
    spool = Spool(path)
    await spool.start()
    try:
        return await spool.read(outbox.waiting) == 0
    finally:
        await spool.close()


async def test_what_was_queued_is_delivered_once_by_the_next_process(
    nats_server: NatsServer, tmp_path: Path, start: Start
) -> None:
    """The server is killed, the program queues and is killed too; both come back, and nothing is lost or doubled."""
    path = tmp_path / "below" / "events.db"
    first = await start(path, nats_server.url, 1)
    assert await guarantees(first, 1) == ["stored"]
    nats_server.kill()
    second = await start(path, nats_server.url, 4)
    assert await guarantees(second, 4) == ["queued"] * 4
    await kill(second)
    await kill(first)
    await nats_server.restart()
    await start(path, nats_server.url, 0)
    # The event 0 of the second run is that of the first, which the stream knows.
    assert await stored(nats_server, 4) == ["0", "1", "2", "3"]
    async with asyncio.timeout(LIMIT):
        while not await is_empty(path):
            await asyncio.sleep(0.05)
    assert await stored(nats_server, 4) == ["0", "1", "2", "3"]


async def test_any_path_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a?b=c#d%20 é.db"
    spool = Spool(path)
    await spool.start()
    await spool.close()
    assert path.is_file()


async def test_a_spool_is_opened_again_with_what_it_held(tmp_path: Path) -> None:
    for waiting in (1, 2):
        spool = Spool(tmp_path / "events.db")
        await spool.start()
        await spool.write(lambda session: outbox.add(session, Event.create("order.placed", {})))
        assert await spool.read(outbox.waiting) == waiting
        await spool.close()


async def test_what_cannot_be_opened_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no database at all, but a text that is longer than a header" * 10)
    for path in (tmp_path / "folder", tmp_path / "text", tmp_path / "text" / "below.db"):
        with pytest.raises(DatabaseError, match=path.name):
            await Spool(path).start()
