"""A dead letter's way back on real servers: its handler does the event once more, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nats.js.api import ConsumerInfo
from pydantic import SecretStr
from sqlalchemy.orm import Session

from trunkline import Connection, Event, Message, NATSService, NatsSettings, Retry, Stream, Subject, Subjects
from trunkline.server import NatsServer
from trunkline.sql import Database, deadletters, outbox
from trunkline.sql.deadletters import RELAY, DeadLetter

LIMIT = 20.0
QUICK = Retry(attempts=2, first_delay=0.05, max_delay=0.1)
SUBJECTS = Subjects([Subject("order.{order_id}.placed", key="order_id")])
STREAMS = (Stream("ORDER", ("order.>",)),)


class World:
    """A service with its database, and a note of what each handler got."""

    def __init__(self, service: NATSService, database: Database) -> None:
        self.service = service
        self.database = database
        self.seen: list[tuple[str, int, int]] = []
        self.broken: set[str] = set()
        self.effects: list[str] = []

    async def listen(self, name: str, *, durable: bool = True, commit: bool = True) -> None:
        async def handle(subject: str, data: dict[str, Any], msg: Message) -> None:
            self.seen.append((name, msg.event.round, data["amount"]))
            if name in self.broken:
                raise RuntimeError(f"{name} is broken")
            if durable and commit:
                await msg.commit(partial(self._effect, name))

        retry = QUICK if durable else None
        await self.service.subscribe_to_events("order.>", handle, durable=name if durable else None, retry=retry)

    async def place(self, amount: int = 1, *, subject: str = "order.1.placed") -> Event:
        event = self.service.event(subject, {"amount": amount}, event_id="order-1")
        await self.database.write(lambda session: outbox.add(session, event))
        return event

    async def letters(self, count: int) -> list[DeadLetter]:
        """Wait until so many letters wait."""
        async with asyncio.timeout(LIMIT):
            while len(found := await self.database.read(deadletters.list)) != count:
                await asyncio.sleep(0.05)
        return list(found)

    async def stored(self) -> list[str]:
        """Return the message ids that the stream holds, in its order."""
        jetstream = self.service.nc.jetstream()
        state = (await jetstream.stream_info("ORDER")).state
        found = [await jetstream.get_msg("ORDER", number) for number in range(1, state.last_seq + 1)]
        return [(message.headers or {})["Nats-Msg-Id"] for message in found]

    async def idle(self, *durables: str) -> None:
        """Wait until the durables have done all that the stream holds."""
        async with asyncio.timeout(LIMIT):
            for name in durables:
                while (info := await self._consumer(name)).num_pending or info.num_ack_pending:
                    await asyncio.sleep(0.05)

    async def _consumer(self, name: str) -> ConsumerInfo:
        info: ConsumerInfo = await self.service.nc.jetstream().consumer_info("ORDER", name)
        return info

    def _effect(self, name: str, session: Session) -> None:
        self.effects.append(name)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.fixture
async def world_on(tmp_path: Path) -> AsyncIterator[Callable[[NatsServer], Awaitable[World]]]:
    database = Database(f"sqlite:///{tmp_path}/test.db")
    database.create_tables()
    await database.start()
    services: list[NATSService] = []

    async def open_world(server: NatsServer) -> World:
        settings = NatsSettings(url=SecretStr(server.url), drain_timeout=2)
        service = NATSService(Connection(settings), database=database, subjects=SUBJECTS, streams=STREAMS)
        services.append(service)
        await service.start()
        await service.connection.wait_connected(LIMIT)
        return World(service, database)

    yield open_world
    for service in services:
        await service.stop()
    await database.close()


@pytest.fixture
async def world(world_on: Callable[[NatsServer], Awaitable[World]], nats_server: NatsServer) -> World:
    return await world_on(nats_server)


async def test_only_the_handler_that_gave_up_does_it_again(world: World) -> None:
    """Not those that have a mark, nor those that keep none, nor those that only listen."""
    world.broken = {"billing"}
    for name in ("billing", "shipping"):
        await world.listen(name)
    await world.listen("counting", commit=False)
    await world.listen("watching", durable=False)
    await world.place()
    [letter] = await world.letters(1)
    await world.idle("billing", "shipping", "counting")
    assert (letter.handler, letter.attempts, letter.sequence) == ("billing", 2, 1)
    before = list(world.seen)
    world.broken = set()
    await world.database.write(partial(deadletters.replay, id=letter.id))
    await until(lambda: "billing" in world.effects)
    await world.idle("billing", "shipping", "counting")
    assert world.seen[len(before) :] == [("billing", 1, 1)]
    assert sorted(world.effects) == ["billing", "shipping"]
    assert await world.stored() == ["order-1", "order-1/1/billing"]


async def test_what_fails_again_has_all_its_attempts_and_is_a_letter_of_the_next_round(world: World) -> None:
    world.broken = {"billing"}
    await world.listen("billing")
    await world.place()
    for round in range(3):
        [letter] = await world.letters(1)
        assert (letter.rounds, letter.attempts, letter.sequence) == (round, 2, round + 1)
        assert letter.error_message == "billing is broken"
        await world.database.write(partial(deadletters.replay, id=letter.id))
    await world.letters(1)
    assert [round for _, round, _ in world.seen] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert world.effects == []


async def test_a_handler_over_its_limit_is_a_kind_of_its_own(world: World) -> None:
    async def hang(subject: str, data: dict[str, Any], msg: Message) -> None:
        await asyncio.sleep(LIMIT)

    await world.service.subscribe_to_events("order.>", hang, durable="billing", retry=QUICK, time_limit=0.05)
    await world.place()
    [letter] = await world.letters(1)
    assert letter.error_class == "trunkline.errors.HandlerTimeout"


async def test_an_edited_payload_is_what_the_handler_gets(world: World) -> None:
    world.broken = {"billing"}
    await world.listen("billing")
    await world.place()
    [letter] = await world.letters(1)
    world.broken = set()
    await world.database.write(partial(deadletters.edit, id=letter.id, payload={"amount": 7}))
    await world.database.write(partial(deadletters.replay, id=letter.id))
    await until(lambda: bool(world.effects))
    assert world.seen[-1] == ("billing", 1, 7)


async def test_two_handlers_letters_of_one_event_are_replayed_to_each(world: World) -> None:
    world.broken = {"billing", "shipping"}
    for name in ("billing", "shipping"):
        await world.listen(name)
    await world.place()
    await world.letters(2)
    world.broken = set()
    assert [event.id async for event in deadletters.replay_all(world.database, rate=1000)] == ["order-1"] * 2
    await until(lambda: sorted(world.effects) == ["billing", "shipping"])
    await world.idle("billing", "shipping")
    assert len(world.effects) == 2


async def test_what_no_stream_takes_can_be_given_the_right_subject(world: World) -> None:
    await world.listen("billing")
    await world.place(subject="ordr.1.placed")
    [letter] = await world.letters(1)
    assert (letter.handler, letter.type) == (RELAY, "ordr.1.placed")
    edit = partial(deadletters.edit, id=letter.id, subject="order.1.placed", subjects=SUBJECTS)
    await world.database.write(edit)
    await world.database.write(partial(deadletters.replay, id=letter.id))
    await until(lambda: world.effects == ["billing"])
    assert await world.stored() == ["order-1/1"]


async def test_on_a_server_without_jetstream_it_is_handed_to_its_handler(
    world_on: Callable[[NatsServer], Awaitable[World]], core_nats_server: NatsServer
) -> None:
    world = await world_on(core_nats_server)
    world.broken = {"billing"}
    for name in ("billing", "shipping"):
        await world.listen(name)
    await until(lambda: all(each.error is None for each in world.service._subscriptions))
    await world.place()
    [letter] = await world.letters(1)
    world.broken = set()
    await world.database.write(partial(deadletters.replay, id=letter.id))
    await until(lambda: sorted(world.effects) == ["billing", "shipping"])
    assert [each for each in world.seen if each[1]] == [("billing", 1, 1)]
