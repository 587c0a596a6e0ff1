"""What a batch promises: the same as one publish for each event, on real servers."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import ServiceUnavailableError
from pydantic import SecretStr

from trunkline import (
    Connection,
    Event,
    Guarantee,
    InvalidEvent,
    NatsSettings,
    NoStreamForSubject,
    PayloadTooLarge,
    Publisher,
    Receipt,
    Stream,
    StreamUnavailable,
    Subject,
    Subjects,
    TrunklineError,
)
from trunkline.server import NatsServer
from trunkline.testing import NatsCluster, NatsServerFactory, TcpProxyFactory

LIMIT = 20.0
SUBJECTS = Subjects([Subject("project.{project_id}.created", key="project_id")])
MANY = 700
"""More than is answered at once, and than is written at once."""


def made(number: int, key: int, size: int = 1) -> Event:
    return Event.create(f"project.{key}.created", {"number": number, "text": "x" * size}, subjects=SUBJECTS)


def many(count: int = MANY, keys: int = 7) -> list[Event]:
    return [made(number, number % keys) for number in range(count)]


class Opened:
    def __init__(self) -> None:
        self.made: list[Connection] = []

    async def __call__(self, url: str, *, replicas: int = 1, max_bytes: int | None = None) -> Publisher:
        streams = (Stream("PROJECT", ("project.>",), max_bytes=max_bytes), Stream("EVENTS", ("events.>",)))
        quick = {"url": SecretStr(url), "reconnect_max_wait": 0.3, "publish_timeout": 2.0, "replicas": replicas}
        connection = Connection(NatsSettings.model_validate(quick), streams=streams)
        self.made.append(connection)
        await connection.start()
        await connection.wait_connected(LIMIT)
        return Publisher(connection, SUBJECTS)


@pytest.fixture
async def opened(nats_server_factory: NatsServerFactory) -> AsyncIterator[Opened]:  # ends before the servers do
    opened = Opened()
    yield opened
    for connection in opened.made:
        await connection.close()


async def stored(url: str) -> list[str]:
    """The ids in the stream, in their order."""
    client = await nats.connect(url.split(","))
    async with asyncio.timeout(LIMIT):
        count = await _count(client)
    subscription = await client.jetstream().subscribe("project.>", ordered_consumer=True)
    found = [(await subscription.next_msg(LIMIT)).headers["ce-id"] for _ in range(count)]  # type: ignore[index]
    await client.close()
    return found


async def _count(client: Client) -> int:
    """How many the stream has; a cluster that has lost a server answers nobody until it has a leader again."""
    while True:
        with suppress(TimeoutError, ServiceUnavailableError):  # nats-py's own is one of the former
            return (await client.jetstream().stream_info("PROJECT")).state.messages
        await asyncio.sleep(0.1)


def ids(events: Sequence[Event]) -> list[str]:
    return [event.id for event in events]


def are_stored(answers: Sequence[Receipt | TrunklineError]) -> list[bool]:
    return [isinstance(answer, Receipt) and answer.guarantee is Guarantee.STORED for answer in answers]


async def test_all_are_stored_in_their_order_and_each_has_its_receipt(opened: Opened, nats_server: NatsServer) -> None:
    publisher, events = await opened(nats_server.url), many()
    answers = await publisher.publish_many(events)
    assert [answer.event_id for answer in answers if isinstance(answer, Receipt)] == ids(events)
    assert {answer.stream for answer in answers if isinstance(answer, Receipt)} == {"PROJECT"}
    assert await stored(nats_server.url) == ids(events)


async def test_it_is_a_batch(opened: Opened, nats_server: NatsServer) -> None:
    """Else all the others here would show nothing: single acknowledgements tell sequences."""
    answers = await (await opened(nats_server.url)).publish_many(many())
    assert {answer.sequence for answer in answers if isinstance(answer, Receipt)} == {None}


async def test_what_the_stream_has_is_not_stored_again(opened: Opened, nats_server: NatsServer) -> None:
    publisher, events = await opened(nats_server.url), many()
    for index in (0, 1, 300, MANY - 1):
        await publisher.publish(events[index])
    assert all(are_stored(await publisher.publish_many(events)))
    assert all(are_stored(await publisher.publish_many(events)))
    assert sorted(await stored(nats_server.url)) == sorted(ids(events))


async def test_a_full_stream_keeps_the_order_of_each_key(opened: Opened, nats_server: NatsServer) -> None:
    """A large event finds no room; small ones of its key, for which there is room, do not overtake it."""
    publisher = await opened(nats_server.url, max_bytes=100_000)
    events = [made(number, number % 5, size=90_000 if number == 50 else 1) for number in range(100)]
    answers = await publisher.publish_many(events)
    refused = {index for index, answer in enumerate(answers) if isinstance(answer, StreamUnavailable)}
    assert refused == {number for number in range(50, 100) if number % 5 == 0}
    kept = await stored(nats_server.url)
    for key in range(5):
        assert [id for id in kept if id in ids(events[key::5])] == [
            event.id for index, event in enumerate(events) if index % 5 == key and index not in refused
        ]


async def test_one_that_can_never_be_kept_holds_nothing_up(opened: Opened, nats_server: NatsServer) -> None:
    publisher, events = await opened(nats_server.url), many()
    client = await nats.connect(nats_server.url)
    config = (await client.jetstream().stream_info("PROJECT")).config
    config.max_msg_size = 5000
    await client.jetstream().update_stream(config)
    await client.close()
    await publisher._connection.look_around()
    events[400] = made(400, 400 % 7, size=10_000)
    events.insert(10, Event.create("qqq", {}))
    answers = await publisher.publish_many(events)
    assert isinstance(answers[10], NoStreamForSubject)
    assert isinstance(answers[401], PayloadTooLarge)
    assert are_stored(answers).count(False) == 2
    assert len(await stored(nats_server.url)) == MANY - 1


async def test_one_that_cannot_be_written_has_its_own_error(opened: Opened, nats_server: NatsServer) -> None:
    publisher, events = await opened(nats_server.url), many()
    events[300] = Event.received("project.9.created", b"{}", {"x": "y"})
    events[300].headers = {"x": "two\nlines"}  # as no event of ours has, but a row of the outbox might
    answers = await publisher.publish_many(events)
    assert isinstance(answers[300], InvalidEvent)
    assert are_stored(answers).count(False) == 1


async def test_the_order_of_a_key_in_two_streams_is_kept(opened: Opened, nats_server: NatsServer) -> None:
    """After the first of a key was refused, the second is not sent, though its own stream would take it."""
    publisher = await opened(nats_server.url, max_bytes=50_000)
    large = made(0, 1, size=60_000)
    other = Event.create("events.x", {}, key="1")
    answers = await publisher.publish_many([large, other, *(made(number, 2) for number in range(100))])
    assert [isinstance(answer, StreamUnavailable) for answer in answers[:2]] == [True, True]
    assert all(are_stored(answers[2:]))


async def test_a_lost_connection_loses_nothing_and_doubles_nothing(
    opened: Opened, nats_server: NatsServer, tcp_proxy_factory: TcpProxyFactory
) -> None:
    """What was not acknowledged is said, and sent again under the same ids."""
    assert nats_server.port is not None
    proxy = await tcp_proxy_factory(nats_server.port)
    publisher, events = await opened(nats_server.url.replace(str(nats_server.port), str(proxy.port))), many(20_000)
    publishing = asyncio.create_task(publisher.publish_many(events))
    await asyncio.sleep(0.05)
    await proxy.cut()
    answers = await publishing
    assert not all(are_stored(answers))
    for event, answer in zip(events, answers, strict=True):
        assert isinstance(answer, TrunklineError) or answer.event_id == event.id
    proxy.restore()
    await publisher._connection.wait_connected(LIMIT)
    kept = set(await stored(nats_server.url))
    assert {event.id for event, good in zip(events, are_stored(answers), strict=True) if good} <= kept
    again = [event for event, good in zip(events, are_stored(answers), strict=True) if not good]
    assert all(are_stored(await publisher.publish_many(again)))
    assert await stored(nats_server.url) == ids(events)


async def test_a_frozen_server_is_not_waited_for_longer_than_the_limit(opened: Opened, nats_server: NatsServer) -> None:
    publisher, events = await opened(nats_server.url), many()
    nats_server.pause()
    try:
        async with asyncio.timeout(LIMIT):
            answers = await publisher.publish_many(events)
    finally:
        nats_server.resume()
    assert not any(are_stored(answers))


@pytest.mark.long
async def test_a_cluster_loses_no_event_of_a_batch_with_its_leader(opened: Opened, nats_cluster: NatsCluster) -> None:
    publisher, events = await opened(nats_cluster.url, replicas=3), many(20_000)
    await nats_cluster.wait_until_current("PROJECT")
    publishing = asyncio.create_task(publisher.publish_many(events))
    await asyncio.sleep(0.1)
    await nats_cluster.kill_leader("PROJECT")
    good = are_stored(await publishing)
    async with asyncio.timeout(60):
        while not all(good):
            waiting = [index for index, each in enumerate(good) if not each]
            again = are_stored(await publisher.publish_many([events[index] for index in waiting]))
            for index, each in zip(waiting, again, strict=True):
                good[index] = each
    kept = await stored(nats_cluster.url)
    assert sorted(kept) == sorted(ids(events))
    for key in range(7):
        mine = ids(events[key::7])
        assert [id for id in kept if id in set(mine)] == mine


async def test_a_stream_that_was_not_made_for_batches_gets_single_events(
    opened: Opened, nats_server: NatsServer
) -> None:
    client = await nats.connect(nats_server.url)
    await client.jetstream().add_stream(name="PROJECT", subjects=["project.>"])
    await client.close()
    answers = await (await opened(nats_server.url)).publish_many(many())
    assert sorted(answer.sequence or 0 for answer in answers if isinstance(answer, Receipt)) == list(range(1, MANY + 1))


async def test_events_of_a_generator_are_made_while_the_stream_stores_those_before(
    opened: Opened, nats_server: NatsServer
) -> None:
    publisher, count = await opened(nats_server.url), 10_000
    under_way: list[int] = []

    def making() -> Iterator[Event]:
        for number in range(count):
            if number % 1000 == 0:
                under_way.append(len(gc_events()))
            yield made(number, number % 7)

    def gc_events() -> list[object]:
        return [each for each in gc.get_objects() if type(each) is Event]

    answers = await publisher.publish_many(making())
    assert all(are_stored(answers))
    assert len(answers) == count
    assert max(under_way) < 8_000  # no more than may await an answer, and a block


async def test_an_error_of_a_generator_is_raised_when_the_events_before_it_are_stored(
    opened: Opened, nats_server: NatsServer
) -> None:
    publisher, events = await opened(nats_server.url), many()

    def making() -> Iterator[Event]:
        yield from events
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        await publisher.publish_many(making())
    assert await stored(nats_server.url) == ids(events)


async def test_what_comes_blocks_later_does_not_overtake_an_event_that_went_by_itself(
    opened: Opened, nats_server: NatsServer
) -> None:
    """The first of key 1, alone in its block, is refused; a later block is a batch for the same stream."""
    publisher = await opened(nats_server.url, max_bytes=50_000)
    large, later = made(0, 1, size=60_000), made(1, 1)
    others = [Event.create("events.x", {}) for _ in range(500)]
    small = [made(number, 2) for number in range(50)]
    answers = await publisher.publish_many([large, *others, *small, later])
    assert [isinstance(answer, StreamUnavailable) for answer in (answers[0], answers[-1])] == [True, True]
    assert all(are_stored(answers[1:-1]))
    assert await stored(nats_server.url) == ids(small)
