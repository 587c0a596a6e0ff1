import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import nats
import nats.errors
import pytest

from trunkline import PortTaken, ServerError, ServerProgramMissing, StoreTaken
from trunkline.server import NatsServer, program
from trunkline.server.occupants import occupant
from trunkline.server.probe import server_name
from trunkline.testing import NatsServerFactory

OWNER = Path(__file__).with_name("programs") / "server_owner.py"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while is_alive(pid):
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def by_hand(arguments: list[str], *, writes: bool) -> asyncio.subprocess.Process:
    """Start a nats-server as somebody would in a terminal, and have it keep a message."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = await asyncio.create_subprocess_exec(
        *(str(program.find_program()), "-a", "127.0.0.1", "-p", str(port), *arguments), stderr=subprocess.DEVNULL
    )
    client = await nats.connect(f"nats://127.0.0.1:{port}", max_reconnect_attempts=-1, reconnect_time_wait=0.05)
    if writes:
        await client.jetstream().add_stream(name="A", subjects=["a.>"])
        await client.jetstream().publish("a.b", b"kept")
    await client.close()
    return started


class TestStart:
    """A started server answers at once, as it was configured."""

    async def test_has_jetstream_unless_told_otherwise(self, nats_server: NatsServer) -> None:
        connection = await nats.connect(nats_server.url)
        assert (await connection.jetstream().account_info()).streams == 0
        await connection.close()

    async def test_core_only_has_no_jetstream(self, core_nats_server: NatsServer) -> None:
        connection = await nats.connect(core_nats_server.url)
        with pytest.raises(Exception, match="ServiceUnavailable"):
            await connection.jetstream().account_info()
        await connection.close()

    async def test_user_and_password_are_asked_for(self, nats_server_factory: NatsServerFactory) -> None:
        server = await nats_server_factory(user="ada", password="engine")
        assert server.url.startswith("nats://ada:engine@127.0.0.1:")
        connection = await nats.connect(server.url)
        await connection.close()
        with pytest.raises(nats.errors.Error, match="Authorization"):
            await nats.connect(f"nats://127.0.0.1:{server.port}", allow_reconnect=False, max_reconnect_attempts=0)

    async def test_token_is_asked_for(self, nats_server_factory: NatsServerFactory) -> None:
        server = await nats_server_factory(token="sesame")
        connection = await nats.connect(server.url)
        await connection.close()

    async def test_extra_configuration_applies(self, nats_server_factory: NatsServerFactory) -> None:
        server = await nats_server_factory(extra_config="max_payload: 1024")
        connection = await nats.connect(server.url)
        assert connection.max_payload == 1024
        await connection.close()

    async def test_files_are_private(self, tmp_path: Path, nats_server_factory: NatsServerFactory) -> None:
        store = tmp_path / "store"
        await nats_server_factory(store=store, user="ada", password="engine")
        assert mode(store) == 0o700
        assert mode(store / "nats.conf") == 0o600

    def test_url_before_the_first_start_is_an_error(self) -> None:
        with pytest.raises(ServerError, match="no port"):
            _ = NatsServer().url

    async def test_temporary_store_is_removed_with_the_server(self) -> None:
        server = NatsServer()
        await server.start()
        store = server.store
        assert store.is_dir()
        await server.stop()
        del server
        assert not store.exists()


class TestTrouble:
    """Trouble is made for real, and port and store survive it."""

    async def test_killed_and_restarted_server_has_its_port_and_messages(self, nats_server: NatsServer) -> None:
        url = nats_server.url
        connection = await nats.connect(url)
        await connection.jetstream().add_stream(name="S", subjects=["s.>"])
        await connection.jetstream().publish("s.1", b"kept")
        await connection.close()

        nats_server.kill()
        await nats_server.restart()

        assert nats_server.url == url
        connection = await nats.connect(url)
        assert (await connection.jetstream().stream_info("S")).state.messages == 1
        await connection.close()

    async def test_restart_can_switch_jetstream_off_and_on(self, nats_server: NatsServer) -> None:
        for jetstream in (False, True):
            await nats_server.restart(jetstream=jetstream)
            connection = await nats.connect(nats_server.url)
            assert bool(connection._server_info.get("jetstream")) is jetstream
            await connection.close()

    async def test_paused_server_is_silent_until_resumed(self, nats_server: NatsServer) -> None:
        assert nats_server.port is not None
        nats_server.pause()
        assert await server_name(nats_server.port) is None
        nats_server.resume()
        assert await server_name(nats_server.port) == nats_server.name

    async def test_paused_server_can_be_stopped(self, nats_server: NatsServer) -> None:
        assert nats_server.pid is not None
        pid = nats_server.pid
        nats_server.pause()
        await nats_server.stop()
        assert not is_alive(pid)

    async def test_stopping_twice_and_signals_after_it_are_harmless(self, nats_server: NatsServer) -> None:
        await nats_server.stop()
        await nats_server.stop()
        nats_server.kill()
        nats_server.pause()
        assert nats_server.pid is None

    @pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's own")
    async def test_server_dies_with_its_killed_owner(self) -> None:
        owner = await asyncio.create_subprocess_exec(
            sys.executable, str(OWNER), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert owner.stdout is not None
        pid = int(await asyncio.wait_for(owner.stdout.readline(), 20))
        assert is_alive(pid)
        owner.send_signal(signal.SIGKILL)
        await owner.wait()
        await gone(pid)


class TestRefusals:
    """What keeps a server from running is an error of its own class, in a sentence."""

    async def test_port_of_another_program(self, nats_server_factory: NatsServerFactory) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(PortTaken, match=f"another program listens on port {port}"):
                await nats_server_factory(port=port)

    async def test_port_of_another_nats_server(
        self, nats_server: NatsServer, nats_server_factory: NatsServerFactory
    ) -> None:
        with pytest.raises(PortTaken):
            await nats_server_factory(port=nats_server.port)

    async def test_refused_port_can_be_had_later(self, nats_server: NatsServer) -> None:
        second = NatsServer(port=nats_server.port)
        with pytest.raises(PortTaken):
            await second.start()
        await nats_server.stop()
        await second.start()
        await second.stop()

    async def test_store_of_another_server_names_its_process(
        self, nats_server: NatsServer, nats_server_factory: NatsServerFactory
    ) -> None:
        with pytest.raises(StoreTaken, match=f"another nats-server uses the store .*process {nats_server.pid}"):
            await nats_server_factory(store=nats_server.store)

    @pytest.mark.skipif(sys.platform != "linux", reason="who has a file open is not told elsewhere")
    @pytest.mark.parametrize("given", ["argument", "configuration"])
    async def test_store_of_a_server_that_somebody_started_by_hand(
        self, tmp_path: Path, nats_server_factory: NatsServerFactory, given: str
    ) -> None:
        """It has none of our locks; it is known by its command line, or by what it has written."""
        store = tmp_path / "store"
        arguments = ["-js", "-sd", str(store)]
        if given == "configuration":
            (tmp_path / "by_hand.conf").write_text(f'jetstream {{ store_dir: "{store}" }}')
            arguments = ["-c", str(tmp_path / "by_hand.conf")]
        foreign = await by_hand(arguments, writes=given == "configuration")
        try:
            with pytest.raises(StoreTaken, match=f"another nats-server uses the store .*process {foreign.pid}"):
                await nats_server_factory(store=store)
        finally:
            foreign.terminate()
            await foreign.wait()
        server = await nats_server_factory(store=store)
        with (store / "jetstream" / "seen").open("wb"), (store / "jetstream" / "seen").open("rb"):
            assert occupant(store) == os.getpid()
        with (store / "jetstream" / "seen").open("rb"):
            assert occupant(store) in {None, server.pid}  # a backup only reads

    async def test_store_that_is_no_folder(self, tmp_path: Path, nats_server_factory: NatsServerFactory) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StoreTaken, match="cannot be written: Not a directory"):
            await nats_server_factory(store=tmp_path / "file" / "store")

    async def test_jetstream_folder_that_cannot_be_used(
        self, tmp_path: Path, nats_server_factory: NatsServerFactory
    ) -> None:
        (tmp_path / "jetstream").touch()
        with pytest.raises(StoreTaken, match="storage directory is not a directory"):
            await nats_server_factory(store=tmp_path)

    async def test_broken_configuration_shows_the_log(self, nats_server_factory: NatsServerFactory) -> None:
        with pytest.raises(ServerError, match=r"nats.conf:\d+:\d+: "):
            await nats_server_factory(extra_config='max_payload: "much"')

    async def test_missing_program_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(program, "_PACKAGE", "no-such-package")
        monkeypatch.setenv("PATH", "")
        with pytest.raises(ServerProgramMissing, match="install the package"):
            await NatsServer().start()

    async def test_program_on_the_path_is_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = program.find_program().parent
        monkeypatch.setattr(program, "_PACKAGE", "no-such-package")
        monkeypatch.setenv("PATH", str(folder))
        assert program.find_program() == folder / "nats-server"
