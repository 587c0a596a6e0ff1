import asyncio
import json
import os
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import nats
import pytest
import pytest_asyncio

from trunkline import Connection, NatsSettings, PortTaken, ServerError, StoreTaken
from trunkline.server import EmbeddedServer, NatsServer, embedded
from trunkline.server.locks import open_lock, try_lock, wait_for_lock
from trunkline.server.probe import server_name
from trunkline.server.store import USER, Identity, Store

USER_PROGRAM = Path(__file__).with_name("programs") / "embedded_user.py"
LIMIT_SECONDS = 30.0

pytestmark = pytest.mark.usefixtures("short_idle")


@dataclass
class User:
    """Another process that uses the server."""

    process: asyncio.subprocess.Process
    answer: dict[str, str]

    @property
    def url(self) -> str:
        return self.answer["url"]

    async def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


StartUser = Callable[..., Awaitable[User]]


@pytest.fixture
def short_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "IDLE_SECONDS", 0.25)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store that nobody holds any more when the test is over."""
    store = Store(tmp_path / "store")
    yield store
    if store.supervisor_lock.exists():
        await freed(store.supervisor_lock)


@pytest_asyncio.fixture
async def start_user(store: Store) -> AsyncIterator[StartUser]:
    users: list[User] = []

    async def start(*arguments: str) -> User:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(str(USER_PROGRAM), str(store.folder), *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), LIMIT_SECONDS)
        user = User(process, json.loads(line))
        users.append(user)
        return user

    yield start
    for user in users:
        if user.process.returncode is None:
            await user.kill()


@pytest_asyncio.fixture
async def server(store: Store) -> AsyncIterator[EmbeddedServer]:
    """This process's own share."""
    server = EmbeddedServer(store.folder)
    yield server
    server.release()


async def freed(lock: Path) -> None:
    """Wait until nobody holds `lock`."""
    descriptor = open_lock(lock)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            await wait_for_lock(descriptor)
    finally:
        os.close(descriptor)


def is_free(lock: Path) -> bool:
    descriptor = open_lock(lock)
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


def pipe_without_reader() -> int:
    read_end, write_end = os.pipe()
    os.close(read_end)
    return write_end


def starts(store: Store) -> int:
    """How many supervisors have started a server in `store`."""
    return store.supervisor_log.read_text().count("server.started ")


def server_pid(store: Store) -> int:
    return int(store.pid_file.read_text())


def supervisor_pid(store: Store) -> int:
    """Read the parent of the server's process."""
    status = Path(f"/proc/{server_pid(store)}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestSharing:
    """However many processes use a store, there is one server."""

    async def test_second_process_finds_the_first_ones_server(self, store: Store, start_user: StartUser) -> None:
        assert (await start_user()).url == (await start_user()).url
        assert starts(store) == 1

    async def test_processes_that_start_at_the_same_instant_share_one(
        self, store: Store, start_user: StartUser
    ) -> None:
        users = await asyncio.gather(*(start_user() for _ in range(4)))
        assert len({user.url for user in users}) == 1
        assert starts(store) == 1

    async def test_instances_in_one_process_share_one(self, store: Store) -> None:
        servers = [EmbeddedServer(store.folder) for _ in range(5)]
        urls = await asyncio.gather(*(server.url() for server in servers))
        assert len(set(urls)) == 1
        for server in servers:
            server.release()

    async def test_client_can_use_the_url(self, server: EmbeddedServer) -> None:
        connection = await nats.connect(await server.url())
        assert (await connection.jetstream().account_info()).streams == 0
        await connection.close()

    async def test_stored_means_on_the_disk(self, server: EmbeddedServer, store: Store) -> None:
        await server.url()
        assert "sync_interval: always" in (store.folder / "nats.conf").read_text()


class TestEnd:
    """The server ends after its last user, however that one ended, and not before."""

    async def test_server_stops_after_the_last_user_left(self, store: Store, start_user: StartUser) -> None:
        user = await start_user()
        await user.leave()
        await freed(store.supervisor_lock)
        assert await server_name(port_of(user.url)) is None

    async def test_server_stops_after_the_last_user_was_killed(self, store: Store, start_user: StartUser) -> None:
        user = await start_user()
        await user.kill()
        await freed(store.supervisor_lock)
        assert await server_name(port_of(user.url)) is None

    async def test_server_goes_on_while_one_user_is_left(self, store: Store, start_user: StartUser) -> None:
        first = await start_user("--idle", "0")
        second = await start_user()
        await first.kill()
        third = await start_user()
        assert third.url == second.url
        assert starts(store) == 1

    async def test_user_that_comes_soon_enough_finds_the_same_server(self, store: Store, start_user: StartUser) -> None:
        first = await start_user("--idle", "20")
        await first.leave()
        second = await start_user()
        assert starts(store) == 1
        os.kill(supervisor_pid(store), signal.SIGTERM)
        await second.leave()

    async def test_next_user_finds_port_password_and_messages_of_the_last_time(
        self, store: Store, start_user: StartUser, server: EmbeddedServer
    ) -> None:
        user = await start_user()
        connection = await nats.connect(user.url)
        await connection.jetstream().add_stream(name="S", subjects=["s.>"])
        await connection.jetstream().publish("s.1", b"kept")
        await connection.close()
        await user.leave()
        await freed(store.supervisor_lock)

        assert await server.url() == user.url
        connection = await nats.connect(user.url)
        assert (await connection.jetstream().stream_info("S")).state.messages == 1
        await connection.close()

    async def test_released_share_is_gone_though_a_forked_child_lives(
        self, store: Store, start_user: StartUser
    ) -> None:
        user = await start_user("--fork")
        try:
            await user.kill()
            await freed(store.supervisor_lock)
        finally:
            os.kill(int(user.answer["child"]), signal.SIGKILL)

    async def test_release_gives_the_lock_back_at_once(self, server: EmbeddedServer, store: Store) -> None:
        await server.url()
        assert not is_free(store.users_lock)
        server.release()
        server.release()
        await freed(store.users_lock)

    async def test_program_started_by_a_user_does_not_hold_its_share(
        self, server: EmbeddedServer, store: Store
    ) -> None:
        await server.url()
        sleeper = await asyncio.create_subprocess_exec("sleep", "60", close_fds=False)
        server.release()
        await freed(store.supervisor_lock)
        sleeper.kill()
        await sleeper.wait()

    @pytest.mark.skipif(sys.platform != "linux" or find_spec("uvloop") is None, reason="needs uvloop, and /proc")
    async def test_server_takes_nothing_along_of_a_user_on_uvloop(self, store: Store, start_user: StartUser) -> None:
        user = await start_user("--uvloop", "--idle", "20")
        await user.kill()
        assert not is_free(store.supervisor_lock)
        with socket.create_server(("127.0.0.1", int(user.answer["port"]))):
            pass
        os.kill(supervisor_pid(store), signal.SIGTERM)


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
class TestDeaths:
    """Server and supervisor may be killed; users get the same server again."""

    async def test_killed_server_comes_back_without_being_asked_for(self, server: EmbeddedServer, store: Store) -> None:
        url = await server.url()
        killed = server_pid(store)
        os.kill(killed, signal.SIGKILL)

        async def is_back() -> bool:
            return await server_name(port_of(url)) is not None and server_pid(store) != killed

        await until(is_back)
        assert await server.url() == url

    async def test_killed_supervisor_takes_the_server_along_and_url_starts_both_again(
        self, server: EmbeddedServer, store: Store
    ) -> None:
        url = await server.url()
        os.kill(supervisor_pid(store), signal.SIGKILL)
        await freed(store.folder / "server.lock")
        assert await server.url() == url
        assert starts(store) == 2

    async def test_connection_comes_back_though_everything_was_killed(
        self, server: EmbeddedServer, store: Store
    ) -> None:
        connection = Connection(NatsSettings(url=None), embedded=server)
        await connection.start()
        await connection.wait_connected(LIMIT_SECONDS)
        generation = connection.generation
        os.kill(supervisor_pid(store), signal.SIGKILL)

        async def is_back() -> bool:
            return connection.is_connected and connection.generation != generation

        await until(is_back)
        assert (await connection.health()).connected
        await connection.close()

    async def test_users_that_lost_it_together_get_one_again(self, store: Store) -> None:
        servers = [EmbeddedServer(store.folder) for _ in range(4)]
        url = await servers[0].url()
        os.kill(supervisor_pid(store), signal.SIGKILL)
        assert set(await asyncio.gather(*(server.url() for server in servers))) == {url}
        for server in servers:
            server.release()

    async def test_server_that_dies_again_and_again_is_given_up(self, server: EmbeddedServer, store: Store) -> None:
        port = port_of(await server.url())

        async def is_given_up() -> bool:
            if await server_name(port):
                with suppress(ProcessLookupError):
                    os.kill(server_pid(store), signal.SIGKILL)
            return is_free(store.supervisor_lock)

        await until(is_given_up)
        assert "server.failed" in store.supervisor_log.read_text()
        assert await server.url()

    async def test_terminated_supervisor_stops_the_server(self, server: EmbeddedServer, store: Store) -> None:
        url = await server.url()
        os.kill(supervisor_pid(store), signal.SIGTERM)
        await freed(store.supervisor_lock)
        assert await server_name(port_of(url)) is None

    async def test_server_that_outlived_its_supervisor_is_replaced(self, server: EmbeddedServer, store: Store) -> None:
        """As where the kernel cannot tie a child's life to its parent's."""
        orphan = NatsServer(store=store.folder, name="trunkline-orphan", user=USER, password="p")
        await orphan.start()
        store.remember(Identity(name="trunkline-orphan", password="p", port=orphan.port))
        assert await server.url() == orphan.url
        assert orphan.pid is None
        assert starts(store) == 1


class TestPrivacy:
    """Only this user's processes get in."""

    async def test_store_and_password_are_private(self, server: EmbeddedServer, store: Store) -> None:
        await server.url()
        assert mode(store.folder) == 0o700
        for file in store.folder.iterdir():
            assert mode(file) & 0o077 == 0, file

    async def test_listens_on_loopback_only_and_asks_for_the_password(self, server: EmbeddedServer) -> None:
        url = await server.url()
        connection = await nats.connect(url)
        assert connection._server_info["host"] == "127.0.0.1"
        await connection.close()
        with pytest.raises(Exception, match="Authorization"):
            await nats.connect(f"nats://127.0.0.1:{port_of(url)}", allow_reconnect=False, max_reconnect_attempts=0)

    async def test_supervisors_log_does_not_grow_without_end(self, server: EmbeddedServer, store: Store) -> None:
        store.create()
        store.supervisor_log.write_text("old\n" * 100_000)
        await server.url()
        assert "old" not in store.supervisor_log.read_text()

    async def test_password_does_not_reach_the_logs(self, server: EmbeddedServer, store: Store) -> None:
        await server.url()
        identity = store.identity()
        assert identity is not None
        for log in store.folder.glob("*.log"):
            assert identity.password not in log.read_text()


class TestRefusals:
    """What keeps the server from running reaches the caller as an error of its own class, and costs no share."""

    async def test_asked_for_port_of_another_program(self, store: Store) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            server = EmbeddedServer(store.folder, port=other.getsockname()[1])
            with pytest.raises(PortTaken, match="another program listens"):
                await server.url()
        assert is_free(store.users_lock)
        await server.url()
        server.release()

    async def test_remembered_port_of_another_program_is_changed(self, server: EmbeddedServer, store: Store) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            store.create()
            store.remember(Identity(name="trunkline-x", password="p", port=other.getsockname()[1]))
            url = await server.url()
            assert port_of(url) != other.getsockname()[1]
        assert "server.port_taken" in store.supervisor_log.read_text()

    async def test_port_that_is_asked_for_is_used(self, store: Store, nats_server: NatsServer) -> None:
        port = nats_server.port
        await nats_server.stop()
        server = EmbeddedServer(store.folder, port=port)
        assert port_of(await server.url()) == port
        server.release()

    async def test_store_of_another_server(self, store: Store, server: EmbeddedServer) -> None:
        other = NatsServer(store=store.folder)
        await other.start()
        with pytest.raises(StoreTaken, match=f"another nats-server uses the store .*process {other.pid}"):
            await server.url()
        await other.stop()
        assert await server.url()

    async def test_store_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StoreTaken, match="cannot be written: Not a directory"):
            await EmbeddedServer(tmp_path / "file" / "store").url()

    async def test_supervisor_that_says_nothing(
        self, store: Store, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(ServerError, match="ended without an answer"):
            await server.url()
        assert is_free(store.users_lock)

    async def test_unreadable_memory_is_replaced(self, server: EmbeddedServer, store: Store) -> None:
        store.create()
        (store.folder / "identity.json").write_text("{")
        assert await server.url()


class TestWaiting:
    """`url` waits without holding up the loop, and can be cancelled."""

    async def test_url_waits_for_a_supervisor_at_its_end(self, server: EmbeddedServer, store: Store) -> None:
        store.create()
        ending = open_lock(store.users_lock)
        assert try_lock(ending)
        waiting = asyncio.create_task(server.url())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        os.close(ending)
        assert await waiting

    async def test_cancelled_url_leaves_no_share(self, server: EmbeddedServer, store: Store) -> None:
        waiting = asyncio.create_task(server.url())
        async with asyncio.timeout(LIMIT_SECONDS):
            while not await asyncio.to_thread(store.users_lock.exists):
                await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await freed(store.users_lock)

    async def test_user_that_is_gone_before_the_answer_is_not_missed(self, store: Store) -> None:
        """Nothing is printed into the terminal of whoever stopped the application meanwhile."""
        store.create()
        lock = open_lock(store.supervisor_lock)
        assert try_lock(lock)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "trunkline.server.supervisor", str(store.folder), "--lock", str(lock), "--idle", "0.1"),
            stdout=(nobody_reads := pipe_without_reader()),
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(lock,),
        )
        os.close(nobody_reads)
        os.close(lock)
        _, complaints = await asyncio.wait_for(process.communicate(), LIMIT_SECONDS)
        assert (process.returncode, complaints) == (0, b"")

    async def test_silent_server_is_an_error_in_the_end(
        self, server: EmbeddedServer, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(embedded, "_LIMIT_SECONDS", 0.2)
        store.create()
        starting = open_lock(store.supervisor_lock)
        assert try_lock(starting)
        with pytest.raises(ServerError, match="does not answer"):
            await server.url()
        os.close(starting)
