"""What the registry promises: who is there is seen, and who is not, is not, whatever has failed meanwhile."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import nats
import nats.micro
import pytest
from nats.aio.msg import Msg
from nats.micro.service import ServiceInfo, ServicePing, ServiceStats
from pydantic import BaseModel, SecretStr
from sqlalchemy import func, select, update

from trunkline import (
    AgentCard,
    AgentStatus,
    ConfigurationError,
    Connection,
    DatabaseError,
    Liveness,
    Message,
    NATSAwareAgent,
    NATSService,
    NatsSettings,
    NotConnected,
    Registry,
    Skill,
    Stream,
    registered,
)
from trunkline.registry import bucket, rows
from trunkline.registry.card import presence_of
from trunkline.registry.statuses import liveness_of
from trunkline.server import NatsServer
from trunkline.sql import Database
from trunkline.sql.tables import agents as table
from trunkline.sql.tables import database_time
from trunkline.testing import NatsCluster, NatsServerFactory

LIMIT = 60.0
TTL = 4.0
LONG_TTL = 12.0
"""For whoever is to be seen late: that lasts a third of it."""
PROGRAM = Path(sys.executable).with_name("trunkline")
STREAM = Stream("ORDERS", ("orders.>",))
SHOP = """
import os
from trunkline import Connection, NATSAwareAgent, NATSService, NatsSettings, Stream
from trunkline.sql import Database

database = Database(os.environ["SHOP_DATABASE"])
service = NATSService(Connection(NatsSettings(), streams=[Stream("ORDERS", ("orders.>",))]), database=database)


class Packer(NATSAwareAgent):
    version = "1.2.0"

    async def setup_subscriptions(self):
        await self.subscribe("orders.>", self.pack, durable="packer")

    async def pack(self, subject, data, msg):
        pass


service.agents = {"packer": lambda: Packer("packer", service)}
"""

Make = Callable[..., Awaitable[NATSService]]
Spawn = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Start services on a server, and on one database that they share."""
    async with AsyncExitStack() as running:

        async def make(url: str, *, database: bool = True, connect: bool = True, ttl: float = TTL) -> NATSService:
            opened = Database(f"sqlite:///{tmp_path / 'shop.db'}") if database else None
            if opened is not None:
                opened.create_tables()
                await opened.start()
                running.push_async_callback(opened.close)
            settings = NatsSettings(url=SecretStr(url), reconnect_max_wait=0.3, agent_ttl=ttl, drain_timeout=2)
            service = NATSService(Connection(settings), database=opened, streams=[STREAM])
            running.push_async_callback(service.stop)
            await service.start()
            if connect:
                await service.connection.wait_connected(LIMIT)
            return service

        yield make


@pytest.fixture
async def spawn(tmp_path: Path) -> AsyncIterator[Spawn]:
    """Start workers that host the agent `packer`."""
    started: list[asyncio.subprocess.Process] = []

    async def spawn(url: str, ttl: float = TTL) -> asyncio.subprocess.Process:
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(str(PROGRAM), "worker", "shop:service"),
                cwd=tmp_path,
                env={"NATS_URL": url, "NATS_AGENT_TTL": str(ttl), "SHOP_DATABASE": f"sqlite:///{tmp_path}/shop.db"},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started.append(process)
        return process

    (tmp_path / "shop.py").write_text(SHOP)
    yield spawn
    for process in started:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def until(
    service: NATSService, condition: Callable[[list[AgentStatus]], bool], every: float = 0.1
) -> list[AgentStatus]:
    found: list[AgentStatus] = []
    try:
        async with asyncio.timeout(LIMIT):
            while True:
                found = await Registry(service).agents()
                if condition(found):
                    return found
                await asyncio.sleep(every)
    except TimeoutError:
        pytest.fail(f"it never was so: {found}")


async def until_is(service: NATSService, liveness: str) -> AgentStatus:
    """Wait until there is one agent, and it is so."""
    (agent,) = await until(service, lambda found: [each.liveness for each in found] == [liveness])
    return agent


async def freeze(pid: int, service: NATSService) -> None:
    """Stop a process, at a moment when it does not lock the database that it shares with us."""
    assert service.database is not None
    for _ in range(10):
        os.kill(pid, signal.SIGSTOP)
        try:
            await service.database.write(lambda session: session.execute(select(1)).scalar_one())
        except DatabaseError:
            os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(0.1)
        else:
            return
    pytest.fail("it locks the database all the time")


async def keys(service: NATSService) -> list[str]:
    """The bucket's entries, as any client of NATS sees them."""
    try:
        return list(await (await service.nc.jetstream().key_value("trunkline_agents")).keys())
    except (nats.js.errors.NoKeysError, nats.js.errors.BucketNotFoundError):
        return []


async def until_keys(service: NATSService, count: int) -> list[str]:
    async with asyncio.timeout(LIMIT):
        while len(found := await keys(service)) != count:
            await asyncio.sleep(0.1)
    return found


class TestWorker:
    """An agent in a process of its own: whatever becomes of the process is seen from another one."""

    async def test_it_is_alive_with_what_it_can_do(self, make: Make, spawn: Spawn, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        await spawn(nats_server.url)
        agent = await until_is(service, "alive")
        assert (agent.name, agent.version, agent.load) == ("packer", "1.2.0", 0.0)
        assert [(skill.id, skill.subject, skill.queue) for skill in agent.skills] == [("packer", "orders.>", "packer")]
        (instance,) = agent.instances
        assert instance.started <= instance.last_seen
        assert await until_keys(service, 1) == [f"packer.{instance.id}"]

    @pytest.mark.parametrize("jetstream", [True, False])
    async def test_killed_it_is_gone_and_its_row_says_when_it_was_last_there(
        self, make: Make, spawn: Spawn, nats_server_factory: NatsServerFactory, jetstream: bool
    ) -> None:
        url = (await nats_server_factory(jetstream=jetstream)).url
        service = await make(url)
        worker = await spawn(url)
        before = await until_is(service, "alive")
        os.killpg(worker.pid, signal.SIGKILL)
        agent = await until_is(service, "gone")
        assert not agent.instances[0].stopped
        assert (before.last_seen - agent.last_seen).total_seconds() < TTL
        if jetstream:
            await until_keys(service, 0)
        (later,) = await Registry(service).agents()
        assert (later.liveness, later.skills) == ("gone", agent.skills)
        assert abs((later.last_seen - agent.last_seen).total_seconds()) < TTL

    @pytest.mark.parametrize("jetstream", [True, False])
    async def test_frozen_it_is_late_then_gone_and_alive_when_it_goes_on(
        self, make: Make, spawn: Spawn, nats_server_factory: NatsServerFactory, jetstream: bool
    ) -> None:
        url = (await nats_server_factory(jetstream=jetstream)).url
        service = await make(url)
        await spawn(url, LONG_TTL)
        pid = (await until_is(service, "alive")).instances[0].pid
        await freeze(pid, service)
        try:
            await until_is(service, "late")
            await until_is(service, "gone")
        finally:
            os.kill(pid, signal.SIGCONT)
        await until_is(service, "alive")

    async def test_stopped_in_order_it_is_gone_at_once(self, make: Make, spawn: Spawn, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        worker = await spawn(nats_server.url)
        await until_is(service, "alive")
        await until_keys(service, 1)
        worker.terminate()
        async with asyncio.timeout(LIMIT):
            await worker.wait()
        (agent,) = await Registry(service).agents()
        assert (agent.liveness, agent.instances[0].stopped) == ("gone", True)
        assert await keys(service) == []

    async def test_a_killed_process_is_followed_by_a_new_instance(
        self, make: Make, spawn: Spawn, nats_server: NatsServer
    ) -> None:
        service = await make(nats_server.url)
        await spawn(nats_server.url)
        first = (await until_is(service, "alive")).instances[0]
        os.kill(first.pid, signal.SIGKILL)
        (agent,) = await until(service, lambda found: [i.liveness for i in found[0].instances] == ["alive", "gone"])
        assert agent.liveness == "alive"
        assert agent.instances[1].id == first.id

    @pytest.mark.long
    async def test_without_nats_the_database_says_who_is_there_and_who_is_not(
        self, make: Make, spawn: Spawn, nats_server: NatsServer
    ) -> None:
        service = await make(nats_server.url)
        worker = await spawn(nats_server.url, LONG_TTL)
        await until_is(service, "alive")
        await nats_server.stop()
        down = (await until_is(service, "alive")).last_seen
        await until(
            service,
            lambda found: found[0].liveness == "alive" and (found[0].last_seen - down).total_seconds() > LONG_TTL,
        )
        os.killpg(worker.pid, signal.SIGKILL)
        await until_is(service, "late")
        await until_is(service, "gone")


class TestSources:
    """One who knows is enough."""

    async def test_the_bucket_alone(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url, database=False)
        card = AgentCard("reader", skills=[Skill(id="read", input_schema={"type": "object"})], load=lambda: 0.25)
        async with Registry(service).entered(card):
            agent = await until_is(service, "alive")
            assert (agent.load, agent.skills) == (0.25, (card.skills[0],))
            assert agent.instances[0].started == card.started
            await until_keys(service, 1)
        assert await Registry(service).agents() == []

    async def test_answers_alone(self, make: Make, core_nats_server: NatsServer) -> None:
        service = await make(core_nats_server.url, database=False)
        other = await make(core_nats_server.url, database=False)
        skill = Skill(id="read", description="Reads.", subject="a.b", queue="q", input_schema={"type": "object"})
        card = AgentCard("reader", "2.0.0", "A reader.", [skill], load=lambda: 0.5)
        async with Registry(service).entered(card, AgentCard("writer")):
            reader, writer = await Registry(other).agents()
            assert (reader.name, reader.version, reader.description) == ("reader", "2.0.0", "A reader.")
            assert (reader.skills, reader.load, reader.instances[0].started) == ((skill,), 0.5, card.started)
            assert (writer.name, writer.liveness) == ("writer", "alive")
        assert await Registry(other).agents() == []

    async def test_a_load_that_cannot_be_told_is_none(self, make: Make, core_nats_server: NatsServer) -> None:
        service = await make(core_nats_server.url, database=False)
        async with Registry(service).entered(AgentCard("odd", load=lambda: 1 / 0)):
            (agent,) = await Registry(service).agents()
            assert (agent.liveness, agent.load) == ("alive", None)

    async def test_services_of_others_are_no_agents(self, make: Make, core_nats_server: NatsServer) -> None:
        service = await make(core_nats_server.url, database=False)
        other = await nats.connect(core_nats_server.url)
        async with await nats.micro.add_service(other, name="shop", version="1.0.0"):

            async def talk_nonsense(message: Msg) -> None:
                await message.respond(b"no JSON")

            await other.subscribe("$SRV.INFO", cb=talk_nonsense)
            await other.flush()
            async with Registry(service).entered(AgentCard("reader")):
                assert [agent.name for agent in await Registry(service).agents()] == ["reader"]
        await other.close()

    async def test_with_nobody_to_ask_it_is_an_error(self, make: Make) -> None:
        service = await make("nats://127.0.0.1:1", database=False, connect=False)
        with pytest.raises(NotConnected, match="nobody can be asked"):
            await Registry(service).agents()

    async def test_a_database_that_is_gone_leaves_the_bucket(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        async with Registry(service).entered(AgentCard("reader")):
            await until_is(service, "alive")
            assert service.database is not None
            await service.database.close()
            first = (await until_is(service, "alive")).last_seen
            await until(service, lambda found: (found[0].last_seen - first).total_seconds() > TTL)

    async def test_agents_are_found_by_what_they_can_do(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        cards = [AgentCard(name, skills=[Skill(id=id)]) for name, id in (("a", "read"), ("b", "write"))]
        async with Registry(service).entered(*cards):
            await until(service, lambda found: len(found) == 2)
            assert [agent.name for agent in await Registry(service).agents(skill="write")] == ["b"]
            assert await Registry(service).agents(skill="sing") == []

    async def test_instances_are_of_one_agent(self, make: Make, nats_server: NatsServer) -> None:
        service, other = await make(nats_server.url), await make(nats_server.url)
        async with Registry(service).entered(AgentCard("reader", "1.0.0", load=lambda: 0.0)):
            async with Registry(other).entered(AgentCard("reader", "1.1.0", load=lambda: 1.0)):
                (agent,) = await until(service, lambda found: bool(found) and len(found[0].instances) == 2)
                assert agent.load == 0.5
            (agent,) = await Registry(service).agents()
            assert [(each.liveness, each.version) for each in agent.instances] == [
                ("alive", "1.0.0"),
                ("gone", "1.1.0"),
            ]
            assert (agent.liveness, agent.version, agent.load) == ("alive", "1.0.0", 0.0)


class TestBucket:
    """The bucket is an ordinary one, and is there again when somebody has taken it away."""

    async def test_any_client_can_read_it(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        async with Registry(service).entered(AgentCard("reader")):
            (key,) = await until_keys(service, 1)
            store = await service.nc.jetstream().key_value("trunkline_agents")
            status = await store.status()
            assert (status.ttl, status.history) == (TTL, 1)
            entry = await store.get(key)
            assert entry.value is not None
            assert json.loads(entry.value)["name"] == "reader"

    async def test_it_has_as_many_replicas_as_are_set(self, nats_cluster: NatsCluster) -> None:
        settings = NatsSettings(url=SecretStr(nats_cluster.url), replicas=3, agent_ttl=TTL)
        service = NATSService(Connection(settings))
        await service.start()
        await service.connection.wait_connected(LIMIT)
        async with Registry(service).entered(AgentCard("reader")):
            await until_is(service, "alive")
            info = await service.nc.jetstream().stream_info("KV_trunkline_agents")
            assert info.config.num_replicas == 3
        await service.stop()

    async def test_deleted_it_is_made_again(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        async with Registry(service).entered(AgentCard("reader")):
            await until_keys(service, 1)
            await service.nc.jetstream().delete_key_value("trunkline_agents")
            await until_keys(service, 1)

    async def test_a_server_that_lost_everything_is_told_again(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        async with Registry(service).entered(AgentCard("reader")):
            await until_keys(service, 1)
            await service.nc.jetstream().delete_key_value("trunkline_agents")
            await nats_server.restart()
            async with asyncio.timeout(LIMIT):
                while not service.connection.is_connected:
                    await asyncio.sleep(0.05)
            await until_keys(service, 1)

    async def test_a_longer_time_to_live_is_given_to_all_and_a_shorter_one_to_nobody(
        self, make: Make, nats_server: NatsServer
    ) -> None:
        service = await make(nats_server.url)
        ages = []
        for ttl in (10.0, 20.0, 5.0):
            await bucket.ensure(service.nc, ttl=ttl, replicas=1)
            ages.append((await service.nc.jetstream().stream_info("KV_trunkline_agents")).config.max_age)
        assert ages == [10.0, 20.0, 20.0]

    async def test_an_operators_bucket_stays_as_it_is(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        await service.nc.jetstream().create_key_value(bucket="trunkline_agents", ttl=1)
        await bucket.ensure(service.nc, ttl=20.0, replicas=1)
        assert (await service.nc.jetstream().stream_info("KV_trunkline_agents")).config.max_age == 1.0

    async def test_what_cannot_be_read_hides_nobody(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        async with Registry(service).entered(AgentCard("reader")):
            await until_keys(service, 1)
            await (await service.nc.jetstream().key_value("trunkline_agents")).put("strange.1", b"no JSON")
            assert [agent.name for agent in await Registry(service).agents()] == ["reader"]


class TestRows:
    """Rows know who is gone, by the database's clock alone."""

    async def test_a_clock_set_back_holds_nobody_up(self, database: Database) -> None:
        card = AgentCard("reader")
        note = partial(rows.note, presences=[presence_of(card, TTL)], first=True)

        async def liveness(offset: float) -> Liveness:
            await database.write(note)
            shift = update(table).values(seen_at=database_time() + offset)
            await database.write(lambda session: session.execute(shift))
            (row,) = await database.read(rows.read)
            return liveness_of(row.age, row.presence.ttl)

        assert await liveness(+3600) == "gone"
        assert await liveness(+TTL / 2) == "alive"
        assert await liveness(-TTL * 0.8) == "late"
        assert await liveness(-TTL * 1.1) == "gone"
        await database.write(note)
        (row,) = await database.read(rows.read)
        assert liveness_of(row.age, row.presence.ttl) == "alive"
        assert row.presence.started == card.started

    async def test_of_those_that_are_gone_the_last_ones_stay(self, database: Database) -> None:
        dead = [presence_of(AgentCard("reader", instance=f"old-{number}"), TTL) for number in range(30)]
        await database.write(partial(rows.note, presences=dead, first=False))
        when = update(table).values(seen_at=database_time() - 100 - func.length(table.c.instance))
        await database.write(lambda session: session.execute(when))
        other = presence_of(AgentCard("writer"), TTL)
        await database.write(partial(rows.note, presences=[other], first=True))
        found = await database.read(rows.read)
        names = [row.presence.name for row in found]
        assert (names.count("reader"), names.count("writer")) == (rows.KEPT_INSTANCES, 1)
        assert {f"old-{number}" for number in range(10)} == {r.presence.instance for r in found} - {other.instance}

    async def test_after_a_month_nobody_remembers(self, database: Database) -> None:
        await database.write(partial(rows.note, presences=[presence_of(AgentCard("reader"), TTL)], first=False))
        long_ago = update(table).values(seen_at=database_time() - 31 * 24 * 3600)
        await database.write(lambda session: session.execute(long_ago))
        await database.write(partial(rows.note, presences=[presence_of(AgentCard("writer"), TTL)], first=True))
        assert [row.presence.name for row in await database.read(rows.read)] == ["writer"]


class TestProtocol:
    """Agents are services as NATS has them (ADR-32)."""

    CARD = AgentCard(
        "reader",
        "1.2.0",
        "Reads.",
        [Skill(id="read", description="Reads a CV.", subject="cv.*.uploaded", queue="reader", input_schema={"a": 1})],
    )

    async def ask(self, service: NATSService, subject: str) -> list[dict[str, Any]]:
        """Ask, and take the answers of half a second."""
        client = service.nc
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox)
        await client.publish(subject, b"", reply=inbox)
        found = []
        try:
            while True:
                found.append(json.loads((await answers.next_msg(timeout=0.5)).data))
        except nats.errors.TimeoutError:
            return found
        finally:
            await answers.unsubscribe()

    async def test_ping_info_and_stats_are_read_by_another_client(
        self, make: Make, core_nats_server: NatsServer
    ) -> None:
        service = await make(core_nats_server.url, database=False)
        async with Registry(service).entered(self.CARD):
            (pinged,) = await self.ask(service, "$SRV.PING")
            (informed,) = await self.ask(service, "$SRV.INFO")
            (counted,) = await self.ask(service, "$SRV.STATS")
        assert [each["type"].rpartition(".")[2] for each in (pinged, informed, counted)] == [
            "ping_response",
            "info_response",
            "stats_response",
        ]
        ping = ServicePing.from_dict(pinged)
        assert (ping.name, ping.version, ping.id) == ("reader", "1.2.0", self.CARD.instance)
        assert all(isinstance(text, str) for text in ping.metadata.values())
        info = ServiceInfo.from_dict(informed)
        assert info.description == "Reads."
        (endpoint,) = info.endpoints
        assert (endpoint.name, endpoint.subject, endpoint.queue_group) == ("read", "cv.*.uploaded", "reader")
        assert json.loads(endpoint.metadata["input_schema"]) == {"a": 1}
        stats = ServiceStats.from_dict(counted)
        assert stats.started == self.CARD.started.replace(tzinfo=None)
        assert (stats.endpoints[0].name, stats.endpoints[0].num_requests) == ("read", 0)

    @pytest.mark.parametrize("verb", ["PING", "INFO", "STATS"])
    async def test_all_one_agents_instances_or_one_alone_are_asked(
        self, make: Make, core_nats_server: NatsServer, verb: str
    ) -> None:
        service = await make(core_nats_server.url, database=False)
        others = AgentCard("reader"), AgentCard("writer")
        async with Registry(service).entered(self.CARD, *others):
            everybody = {self.CARD.instance, *(card.instance for card in others)}
            assert {each["id"] for each in await self.ask(service, f"$SRV.{verb}")} == everybody
            readers = {each["id"] for each in await self.ask(service, f"$SRV.{verb}.reader")}
            assert readers == {self.CARD.instance, others[0].instance}
            alone = await self.ask(service, f"$SRV.{verb}.reader.{self.CARD.instance}")
            assert [each["id"] for each in alone] == [self.CARD.instance]
            with pytest.raises(nats.errors.NoRespondersError):
                await service.nc.request(f"$SRV.{verb}.nobody", b"", timeout=LIMIT)
        with pytest.raises(nats.errors.NoRespondersError):
            await service.nc.request(f"$SRV.{verb}", b"", timeout=LIMIT)

    async def test_after_a_reconnection_it_answers_again(self, make: Make, core_nats_server: NatsServer) -> None:
        service = await make(core_nats_server.url, database=False)
        async with Registry(service).entered(self.CARD):
            await core_nats_server.restart()
            asking = await nats.connect(core_nats_server.url)
            async with asyncio.timeout(LIMIT):
                while True:
                    try:
                        answer = await asking.request("$SRV.PING.reader", b"", timeout=1)
                        break
                    except (nats.errors.NoRespondersError, nats.errors.TimeoutError):
                        await asyncio.sleep(0.1)
            assert json.loads(answer.data)["id"] == self.CARD.instance
            await asking.close()

    async def test_what_an_agent_has_done_is_counted(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        clerk = Clerk("clerk", service)
        await clerk.initialize()
        async with registered(service, {"clerk": clerk}):
            await service.publish_event("orders.placed", {"number": 1}, persistent=True)
            async with asyncio.timeout(LIMIT):
                await clerk.busy.wait()
            (counted,) = await self.ask(service, "$SRV.STATS.clerk")
            assert (counted["endpoints"][0]["num_requests"], counted["endpoints"][0]["data"]["running"]) == (1, 1)
            (agent,) = await until(service, lambda found: bool(found) and found[0].load != 0.0)
            assert agent.load == 0.5
            clerk.go_on.set()
            async with asyncio.timeout(LIMIT):
                while (await self.ask(service, "$SRV.STATS.clerk"))[0]["endpoints"][0]["num_errors"] != 1:
                    await asyncio.sleep(0.1)
            (counted,) = await self.ask(service, "$SRV.STATS.clerk")
            assert counted["endpoints"][0]["average_processing_time"] > 0
        await clerk.close()


class Order(BaseModel):
    number: int


class Clerk(NATSAwareAgent):
    """Handles orders.

    None of them well.
    """

    version = "3.1.4"

    def __init__(self, agent_name: str, nats_service: NATSService) -> None:
        super().__init__(agent_name, nats_service)
        self.busy, self.go_on = asyncio.Event(), asyncio.Event()

    async def setup_subscriptions(self) -> None:
        await self.subscribe("orders.placed", self.handle, durable="clerk", concurrency=2)
        await self.subscribe("gossip.>", self.listen)

    async def handle(self, subject: str, data: Order, msg: Message) -> None:
        """Handle an order."""
        self.busy.set()
        await self.go_on.wait()
        raise ValueError("not well")

    async def listen(self, subject: str, data: Any, msg: Message) -> None: ...


class TestCards:
    """What an agent says of itself is checked when it is said."""

    async def test_a_guides_agent_says_what_it_has_subscribed(self, make: Make, nats_server: NatsServer) -> None:
        clerk = Clerk("clerk", await make(nats_server.url))
        await clerk.initialize()
        card = clerk.card()
        assert (card.name, card.version, card.description) == ("clerk", "3.1.4", "Handles orders.")
        orders, gossip = card.skills
        assert (orders.id, orders.description, orders.subject) == ("clerk", "Handle an order.", "orders.placed")
        assert orders.input_schema["properties"]["number"] == {"title": "Number", "type": "integer"}
        assert (gossip.id, gossip.queue, gossip.input_schema) == ("listen", "", {})
        await clerk.close()

    async def test_an_agent_that_says_nothing_has_a_name(self, make: Make, nats_server: NatsServer) -> None:
        class Silent:
            async def initialize(self) -> None: ...
            async def close(self) -> None: ...

        service = await make(nats_server.url)
        async with registered(service, {"silent": Silent()}):
            agent = await until_is(service, "alive")
            assert (agent.name, agent.version, agent.skills) == ("silent", "0.0.0", ())

    async def test_an_agent_without_words_of_its_own_has_no_description(
        self, make: Make, nats_server: NatsServer
    ) -> None:
        class Wordless(NATSAwareAgent):
            async def setup_subscriptions(self) -> None:
                await self.subscribe("orders.>", self.handle_agent_message)

            async def handle_agent_message(self, subject: str, data: dict[str, Any], msg: Message) -> None: ...

        agent = Wordless("wordless", await make(nats_server.url))
        await agent.initialize()
        card = agent.card()
        assert (card.description, card.skills[0].description) == ("", "")
        await agent.close()

    @pytest.mark.parametrize("name", ["", "a b", "a.b", "a*", "x" * 129])
    def test_a_name_that_is_no_token_is_refused(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match="must be 1 to 128 letters"):
            AgentCard(name)

    @pytest.mark.parametrize("version", ["", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3" + "-a" * 40])
    def test_a_version_of_another_form_is_refused(self, version: str) -> None:
        with pytest.raises(ConfigurationError, match="must be of the form"):
            AgentCard("reader", version)

    @pytest.mark.parametrize("version", ["0.0.0", "1.2.3", "1.0.0-rc.1", "1.0.0+build.5"])
    def test_a_version_of_the_form_is_taken(self, version: str) -> None:
        assert AgentCard("reader", version).version == version

    async def test_a_card_that_is_too_large_is_refused(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url, database=False)
        card = AgentCard("reader", skills=[Skill(id="read", input_schema={"description": "x" * 300_000})])
        with pytest.raises(ConfigurationError, match="give smaller schemas"):
            async with Registry(service).entered(card):
                pytest.fail("it was entered")


class TestDisturbance:
    """Neither the server nor the database keeps an agent from beginning, working and ending."""

    async def test_with_neither_it_begins_and_ends(self, make: Make) -> None:
        service = await make("nats://127.0.0.1:1", connect=False)
        assert service.database is not None
        await service.database.close()
        async with asyncio.timeout(LIMIT), Registry(service).entered(AgentCard("reader")):
            await asyncio.sleep(0.5)

    async def test_who_has_been_entered_is_in_the_database_without_any_server(self, make: Make) -> None:
        service = await make("nats://127.0.0.1:1", connect=False)
        async with Registry(service).entered(AgentCard("reader")):
            (agent,) = await Registry(service).agents()
            assert agent.liveness == "alive"
        (agent,) = await Registry(service).agents()
        assert (agent.liveness, agent.instances[0].stopped) == ("gone", True)

    async def test_a_frozen_server_does_not_hold_up_the_end(self, make: Make, nats_server: NatsServer) -> None:
        service = await make(nats_server.url)
        async with asyncio.timeout(LIMIT):
            async with Registry(service).entered(AgentCard("reader")):
                await until_is(service, "alive")
                nats_server.pause()
            nats_server.resume()
        (agent,) = await Registry(service).agents()
        assert (agent.liveness, agent.instances[0].stopped) == ("gone", True)


class TestCommand:
    """`trunkline agents` shows the same."""

    async def run(self, folder: Path, url: str, *arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(str(PROGRAM), "agents", "shop:service", *arguments),
            cwd=folder,
            env={"NATS_URL": url, "COLUMNS": "300", "SHOP_DATABASE": f"sqlite:///{folder}/shop.db"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(LIMIT):
            output, errors = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode(), errors.decode()

    async def test_it_lists_instances(self, make: Make, nats_server: NatsServer, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(SHOP)
        service = await make(nats_server.url)
        first, second = AgentCard("reader", "1.0.0", skills=[Skill(id="read")], load=lambda: 0.5), AgentCard("reader")
        async with Registry(service).entered(first):
            async with Registry(service).entered(second):
                await until(service, lambda found: bool(found) and len(found[0].instances) == 2)
            status, output, _ = await self.run(tmp_path, nats_server.url)
            assert status == 0
            _, alive, gone = output.splitlines()
            assert alive.split()[:4] == ["reader", "alive", "1.0.0", "50%"]
            assert alive.split()[-2:] == [first.instance, "read"]
            assert gone.split()[:2] == ["gone,", "stopped"]
            assert second.instance in gone
            status, output, _ = await self.run(tmp_path, nats_server.url, "--skill", "sing")
            assert (status, len(output.splitlines())) == (0, 1)

    async def test_with_nobody_to_ask_it_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "shop.py").write_text(SHOP)
        status, _, errors = await self.run(tmp_path, "nats://127.0.0.1:1")
        assert status == 1
        assert "run the migrations" in errors
