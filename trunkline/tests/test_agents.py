"""An agent listens, and offers its results to others."""

import asyncio
from typing import Any

import nats
import pytest

from trunkline import InvalidToken, Message, NATSAwareAgent, NATSService, Stream
from trunkline.server import NatsServer

STREAMS = (Stream("AGENT", ("agent.>",)),)


class Listener(NATSAwareAgent):
    """Takes the results of others."""

    def __init__(self, agent_name: str, nats_service: NATSService) -> None:
        super().__init__(agent_name, nats_service)
        self.received: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    async def setup_subscriptions(self) -> None:
        await self.subscribe("agent.*.result.*", self.handle_agent_message)

    async def handle_agent_message(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        self.received.put_nowait((subject, data))


class TestResults:
    async def test_a_result_reaches_other_agents_and_is_kept(self, nats_server: NatsServer) -> None:
        nc = await nats.connect(nats_server.url)
        service = NATSService(nc, streams=STREAMS)
        listener = Listener("listener", service)
        await listener.initialize()
        await nc.flush()
        receipt = await NATSAwareAgent("reader", service).publish_agent_result("words", {"count": 3}, ["listener"])
        assert (receipt.guarantee, receipt.stream) == ("stored", "AGENT")
        async with asyncio.timeout(20):
            subject, data = await listener.received.get()
        assert subject == "agent.reader.result.words"
        assert data.pop("timestamp")
        assert data == {
            "agent_name": "reader",
            "result_type": "words",
            "data": {"count": 3},
            "target_agents": ["listener"],
        }
        await listener.close()
        await nc.close()

    async def test_without_targets_it_is_for_all(self, nats_server: NatsServer) -> None:
        nc = await nats.connect(nats_server.url)
        service = NATSService(nc, streams=STREAMS)
        listener = Listener("listener", service)
        await listener.initialize()
        await nc.flush()
        await NATSAwareAgent("reader", service).publish_agent_result("words", {})
        async with asyncio.timeout(20):
            _, data = await listener.received.get()
        assert data["target_agents"] is None
        await listener.close()
        await nc.close()

    async def test_a_result_type_that_is_no_token_is_refused(self, nats_server: NatsServer) -> None:
        nc = await nats.connect(nats_server.url)
        with pytest.raises(InvalidToken):
            await NATSAwareAgent("reader", NATSService(nc, streams=STREAMS)).publish_agent_result("a.b", {})
        await nc.close()


class TestListening:
    async def test_subscriptions_are_remembered_until_it_is_closed(self, nats_server: NatsServer) -> None:
        nc = await nats.connect(nats_server.url)
        listener = Listener("listener", NATSService(nc, streams=STREAMS))
        assert listener.subscriptions == []
        await listener.initialize()
        assert [subscription.pattern for subscription in listener.subscriptions] == ["agent.*.result.*"]
        await listener.close()
        assert listener.subscriptions == []
        await nc.close()

    async def test_an_agent_that_says_nothing_listens_to_nothing(self, nats_server: NatsServer) -> None:
        nc = await nats.connect(nats_server.url)
        agent = NATSAwareAgent("quiet", NATSService(nc, streams=STREAMS))
        await agent.initialize()
        assert agent.subscriptions == []
        await agent.handle_agent_message("agent.x.result.y", {}, None)
        await nc.close()


class Busy(NATSAwareAgent):
    """Has two durable handlers; one of them hangs."""

    def __init__(self, nats_service: NATSService) -> None:
        super().__init__("busy", nats_service)
        self.hanging = asyncio.Event()
        self.let_go = asyncio.Event()
        self.taken: list[str] = []

    async def setup_subscriptions(self) -> None:
        await self.subscribe("agent.quick", self.take, durable="quick")
        await self.subscribe("agent.slow", self.hang, durable="slow")

    async def take(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        self.taken.append(data["name"])

    async def hang(self, subject: str, data: dict[str, Any], msg: Message) -> None:
        self.hanging.set()
        await self.let_go.wait()


class TestClosing:
    async def test_no_handler_takes_more_while_another_finishes(self, nats_server: NatsServer) -> None:
        nc = await nats.connect(nats_server.url)
        service = NATSService(nc, streams=STREAMS)
        agent = Busy(service)
        await agent.initialize()
        await service.publish_event("agent.quick", {"name": "before"}, persistent=True)
        await service.publish_event("agent.slow", {}, persistent=True)
        async with asyncio.timeout(20):
            await agent.hanging.wait()
            while not agent.taken:
                await asyncio.sleep(0.05)
        subscriptions = list(agent.subscriptions)
        closing = asyncio.create_task(agent.close())
        while all(subscription.active for subscription in subscriptions):
            await asyncio.sleep(0.05)
        await service.publish_event("agent.quick", {"name": "after"}, persistent=True)
        await asyncio.sleep(0.5)
        agent.let_go.set()
        await closing
        assert agent.taken == ["before"]
        await nc.close()
