"""What `trunkline worker` promises: the agents run, whoever dies is followed by another, and the end is in order."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from trunkline import Connection, NATSService, NatsSettings, Stream
from trunkline.server import NatsServer
from trunkline.sql import Database
from trunkline.testing import PostgresqlServer

LIMIT = 60.0
PROGRAM = Path(sys.executable).with_name("trunkline")
STREAM = Stream("ORDERS", ("orders.>",))
SHOP = """
import asyncio, os, sys
from contextlib import asynccontextmanager
from sqlalchemy import text
from trunkline import Connection, ConfigurationError, NATSAwareAgent, NATSService, NatsSettings, Stream
from trunkline.sql import Database

database = Database(os.environ["SHOP_DATABASE"])
service = NATSService(Connection(NatsSettings(), streams=[Stream("ORDERS", ("orders.>",))]), database=database)
INSERT = text("INSERT INTO effects (agent, number, pid) VALUES (:agent, :number, :pid)")


class Clerk(NATSAwareAgent):
    async def setup_subscriptions(self):
        await self.subscribe("orders.>", self.handle, durable=self.agent_name, concurrency=1)

    async def handle(self, subject, data, msg):
        print(f"{self.agent_name} begins {data['number']}", file=sys.stderr, flush=True)
        await asyncio.sleep(data.get("seconds", 0))
        row = {"agent": self.agent_name, "number": data["number"], "pid": os.getpid()}
        await msg.commit(lambda session: session.execute(INSERT, row))


class Stubborn(NATSAwareAgent):
    async def close(self):
        print("would rather not", file=sys.stderr, flush=True)
        await asyncio.sleep(600)


service.agents = {
    "packer": lambda: Clerk("packer", service),
    "biller": lambda: Clerk("biller", service),
}
broken = NATSService(service.connection)
broken.agents = {"broken": lambda: 1 / 0}
stubborn = NATSService(service.connection)
stubborn.agents = {"stubborn": lambda: Stubborn("stubborn", stubborn)}
outdated = NATSService(service.connection)


@asynccontextmanager
async def no_start():
    raise ConfigurationError("the tables are of another version")
    yield


outdated.lifespan = no_start
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Worker:
    """A `trunkline worker` that runs."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, health_port: int) -> None:
        self.process = process
        self._log = log
        self._health = f"http://127.0.0.1:{health_port}/health"

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def said(self, what: str) -> None:
        await until(lambda: what in self.log, lambda: f"never said {what!r}: {self.log}")

    async def answer(self, path: str = "ready") -> tuple[int, dict[str, Any]]:
        def ask() -> tuple[int, dict[str, Any]]:
            try:
                with urllib.request.urlopen(f"{self._health}/{path}", timeout=5) as response:
                    return response.status, json.load(response)
            except urllib.error.HTTPError as refused:
                return refused.code, json.load(refused)
            except OSError:
                return 0, {}

        return await asyncio.to_thread(ask)

    async def until_answer(self, status: int) -> dict[str, Any]:
        async with asyncio.timeout(LIMIT):
            while True:
                found, answer = await self.answer()
                if found == status:
                    return answer
                await asyncio.sleep(0.1)

    async def pids(self) -> list[int]:
        return [process["pid"] for process in (await self.until_answer(200))["processes"]]

    async def ended(self) -> int:
        async with asyncio.timeout(LIMIT):
            return await self.process.wait()


Start = Callable[..., Awaitable[Worker]]


@pytest.fixture
async def start(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[Start]:
    started: list[Worker] = []

    async def start(name: str, *arguments: str, database: str = "sqlite:///shop.db") -> Worker:
        log, port = tmp_path / f"worker-{len(started)}.log", free_port()
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(str(PROGRAM), "worker", name, "--health-port", str(port), *arguments),
                cwd=tmp_path,
                env={"NATS_URL": nats_server.url, "NATS_DRAIN_TIMEOUT": "20", "SHOP_DATABASE": database},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started.append(Worker(process, log, port))
        return started[-1]

    (tmp_path / "shop.py").write_text(SHOP)
    yield start
    for worker in started:
        if worker.process.returncode is None:
            os.killpg(worker.process.pid, signal.SIGKILL)
            await worker.process.wait()


@pytest.fixture
async def shop(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[NATSService]:
    """Whoever takes the orders, with the workers' database."""
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    database.create_tables()
    await database.start()
    await database.write(lambda s: s.execute(text("CREATE TABLE effects (agent TEXT, number INTEGER, pid INTEGER)")))
    settings = NatsSettings(url=SecretStr(nats_server.url), reconnect_max_wait=0.3)
    service = NATSService(Connection(settings), database=database, streams=[STREAM])
    await service.start()
    await service.connection.wait_connected(LIMIT)
    yield service
    await service.stop()
    await database.close()


async def order(service: NATSService, *numbers: int, seconds: float = 0) -> None:
    for number in numbers:
        await service.publish_event("orders.placed", {"number": number, "seconds": seconds}, persistent=True)


async def effects(service: NATSService) -> list[tuple[str, int, int]]:
    assert service.database is not None
    query = text("SELECT agent, number, pid FROM effects ORDER BY number, agent")
    return [tuple(row) for row in await service.database.read(lambda session: session.execute(query).all())]


async def until_effects(service: NATSService, count: int) -> list[tuple[str, int, int]]:
    async with asyncio.timeout(LIMIT):
        while len(found := await effects(service)) < count:
            await asyncio.sleep(0.1)
    return found


async def until(condition: Callable[[], bool], why: Callable[[], str] = str) -> None:
    try:
        async with asyncio.timeout(LIMIT):
            while not condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(why())


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestAgents:
    """All agents of the service run, or those that were named, in as many processes as were asked for."""

    async def test_all_run_in_every_process_and_share_the_events(self, start: Start, shop: NATSService) -> None:
        worker = await start("shop:service", "--processes", "2")
        pids = await worker.pids()
        await order(shop, *range(6), seconds=0.2)
        found = await until_effects(shop, 12)
        assert [(agent, number) for agent, number, _ in found] == [
            (agent, number) for number in range(6) for agent in ("biller", "packer")
        ]
        assert {pid for *_, pid in found} == set(pids)
        assert worker.process.pid not in pids

    async def test_only_those_named(self, start: Start, shop: NATSService) -> None:
        worker = await start("shop:service", "--agents", "packer")
        (process,) = (await worker.until_answer(200))["processes"]
        assert process["agents"] == ["packer"]
        await order(shop, 1)
        assert [(agent, number) for agent, number, _ in await until_effects(shop, 1)] == [("packer", 1)]


class TestSupervision:
    """Who dies is followed by another, and loses no event."""

    async def test_a_killed_process_is_followed_by_another_which_does_its_work(
        self, start: Start, shop: NATSService
    ) -> None:
        worker = await start("shop:service", "--agents", "packer")
        (first,) = await worker.pids()
        await order(shop, 1)
        await until_effects(shop, 1)
        os.kill(first, signal.SIGKILL)
        await worker.until_answer(503)
        await worker.until_answer(200)
        await order(shop, 2)
        found = await until_effects(shop, 2)
        assert [(number, pid == first) for _, number, pid in found] == [(1, True), (2, False)]
        assert re.search(r'"status": -9,.*worker_process_died', worker.log)

    async def test_one_that_never_lives_long_is_followed_after_growing_pauses(self, start: Start) -> None:
        worker = await start("shop:broken")

        def pauses() -> list[float]:
            return [float(each) for each in re.findall(r'"again_in_seconds": ([\d.]+)', worker.log)]

        await until(lambda: len(pauses()) >= 3, lambda: worker.log)
        assert pauses()[2] > pauses()[0]
        assert (await worker.answer())[0] == 503
        worker.process.terminate()
        assert await worker.ended() == 0

    async def test_without_their_supervisor_the_processes_end(self, start: Start, shop: NATSService) -> None:
        worker = await start("shop:service", "--processes", "2")
        pids = await worker.pids()
        worker.process.kill()
        await until(lambda: not any(is_running(pid) for pid in pids), lambda: worker.log)


class TestStopping:
    """SIGTERM and Ctrl-C end all in order, and the status says whether that went well."""

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_what_runs_is_finished(self, start: Start, shop: NATSService, number: signal.Signals) -> None:
        worker = await start("shop:service", "--agents", "packer", "--processes", "2")
        pids = await worker.pids()
        await order(shop, 1, seconds=3)
        await worker.said("packer begins 1")
        worker.process.send_signal(number)
        assert await worker.ended() == 0, worker.log
        assert [number for _, number, _ in await effects(shop)] == [1]
        assert not any(is_running(pid) for pid in pids)

    async def test_what_will_not_end_is_killed_and_the_status_says_so(self, start: Start) -> None:
        worker = await start("shop:stubborn", "--stop-seconds", "1")
        (pid,) = await worker.pids()
        worker.process.terminate()
        assert await worker.ended() == 1
        assert "would rather not" in worker.log
        assert not is_running(pid)


class TestRefusal:
    """What cannot run as asked ends at once, with status 2 and a sentence."""

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (["shop:service", "--agents", "packer,cook"], "there is no agent 'cook'; there are: packer, biller"),
            (["shop:nothing"], "'shop' has no 'nothing'"),
            (["shop:outdated", "--processes", "2"], "the tables are of another version"),
        ],
    )
    async def test_it_says_why(self, start: Start, shop: NATSService, arguments: list[str], reason: str) -> None:
        worker = await start(*arguments)
        assert await worker.ended() == 2
        assert reason in worker.log
        assert "Traceback" not in worker.log

    async def test_a_port_that_is_taken(self, start: Start) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            worker = await start("shop:stubborn", "--health-port", str(taken.getsockname()[1]))
            assert await worker.ended() == 2
        assert "health answers cannot be given" in worker.log


class TestHealth:
    """A worker is ready with its database and NATS, and alive without."""

    async def test_without_nats_it_is_alive_and_not_ready(
        self, start: Start, shop: NATSService, nats_server: NatsServer
    ) -> None:
        worker = await start("shop:service")
        await worker.until_answer(200)
        await nats_server.stop()
        (process,) = (await worker.until_answer(503))["processes"]
        assert (process["database"], process["nats"]) == (True, False)
        assert await worker.answer("live") == (200, {"status": "alive"})
        await nats_server.start()
        await worker.until_answer(200)

    async def test_without_its_database_it_is_not_ready(
        self, start: Start, postgresql_server: PostgresqlServer
    ) -> None:
        url = postgresql_server.create_database("shop")
        Database(url).create_tables()
        worker = await start("shop:service", database=url)
        await worker.until_answer(200)
        postgresql_server.stop()
        (process,) = (await worker.until_answer(503))["processes"]
        assert (process["database"], process["nats"]) == (False, True)
        postgresql_server.start()
        await worker.until_answer(200)

    async def test_a_frozen_process_is_not_ready(self, start: Start, shop: NATSService) -> None:
        worker = await start("shop:service", "--processes", "2")
        _, frozen = await worker.pids()
        os.kill(frozen, signal.SIGSTOP)
        processes = (await worker.until_answer(503))["processes"]
        assert [process["ready"] for process in processes] == [True, False]
        os.kill(frozen, signal.SIGCONT)
        await worker.until_answer(200)
