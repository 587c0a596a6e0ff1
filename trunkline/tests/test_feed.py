"""What a client that comes back is given: all that it missed, in order, once, or word that it cannot be."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import pytest
import pytest_asyncio
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import SecretStr

from trunkline import ClientCutOff, Connection, Event, Feed, Follower, NatsSettings, Stream, followed
from trunkline.realtime import feed as feeds
from trunkline.realtime.place import Place
from trunkline.server import NatsServer
from trunkline.testing import NatsServerFactory

LIMIT = 30.0
STREAM = Stream("LIVE", ("live.>",))

Text = tuple[str, str | None]
"""What these clients get: the payload, and the id."""


def written(event: Event, id: str | None) -> Text:
    return event.payload.decode(), id


class Process:
    """What one process has: a connection and a feed."""

    def __init__(self, server: NatsServer, kind: type[Feed[Text]] = Feed, pending_limit: int = 256) -> None:
        settings = NatsSettings.model_construct(url=SecretStr(server.url), reconnect_max_wait=0.2)
        self.connection = Connection(settings, streams=[STREAM])
        self.feed = kind(self.connection, STREAM.name, "live.*", written, pending_limit=pending_limit)

    async def start(self) -> "Process":
        await self.connection.start()
        await self.feed.start()
        return self

    async def stop(self) -> None:
        await self.feed.stop()
        await self.connection.close()

    @property
    def js(self) -> JetStreamContext:
        return self.connection.nc.jetstream()

    async def publish(self, numbers: Iterable[int], who: str = "ada") -> None:
        for number in numbers:
            await self.js.publish(f"live.{who}", str(number).encode())

    async def has_read(self, sequence: int) -> None:
        """Wait until its feed has come to this message of the stream."""
        await until(lambda: self.feed.place is not None and self.feed.place.sequence >= sequence)


Opened = Callable[..., Awaitable[Process]]


@pytest_asyncio.fixture
async def opened() -> AsyncIterator[Opened]:
    processes: list[Process] = []

    async def open(server: NatsServer, **options: Any) -> Process:
        processes.append(Process(server, **options))
        return await processes[-1].start()

    yield open
    for process in processes:
        await process.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not holds():
            await asyncio.sleep(0.02)


async def numbers(follower: Follower[Text], count: int) -> list[int]:
    return [int((await follower.next(LIMIT)).value[0]) for _ in range(count)]


async def reason_of(follower: Follower[Text]) -> str:
    with pytest.raises(ClientCutOff) as cut:
        await follower.next(LIMIT)
    return cut.value.reason


async def was_at(process: Process, count: int, who: str = "ada") -> str:
    """Publish `count` events and see them; return the last id."""
    with followed(process.feed, f"live.{who}") as follower:
        await follower.begin(None, LIMIT)
        await process.publish(range(count), who)
        assert await numbers(follower, count) == list(range(count))
        return str(follower.place)


class TestResuming:
    async def test_what_was_missed_comes_in_order_once_and_then_what_is_new(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        last = await was_at(process, 3)
        await process.publish(range(3, 40))
        with followed(process.feed, "live.ada") as follower:
            beginning = await follower.begin(last, LIMIT)
            assert (str(beginning.place), beginning.gone) == (last, False)
            assert await numbers(follower, 37) == list(range(3, 40))
            await process.publish(range(40, 45))
            assert await numbers(follower, 5) == list(range(40, 45))

    async def test_only_ones_own_come(self, opened: Opened, nats_server: NatsServer) -> None:
        process = await opened(nats_server)
        last = await was_at(process, 1)
        for number in range(1, 10):
            await process.publish([-1], "grace")
            await process.publish([number])
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(last, LIMIT)
            assert await numbers(follower, 9) == list(range(1, 10))

    async def test_the_item_carries_the_id_to_resume_from(self, opened: Opened, nats_server: NatsServer) -> None:
        process = await opened(nats_server)
        await was_at(process, 5)
        with followed(process.feed, "live.ada") as follower:
            oldest = await follower.begin("nonsense", LIMIT)
            assert oldest.gone
            third = [await follower.next(LIMIT) for _ in range(3)][-1]
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(third.value[1], LIMIT)
            assert await numbers(follower, 2) == [3, 4]

    async def test_who_has_seen_nothing_can_resume_from_its_beginning(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        with followed(process.feed, "live.ada") as follower:
            beginning = await follower.begin(None, LIMIT)
        await process.publish([1, 2])
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(str(beginning.place), LIMIT)
            assert await numbers(follower, 2) == [1, 2]

    async def test_the_place_of_an_idle_client_moves_on_with_the_stream(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            await process.publish(range(5), "grace")
            await process.has_read(5)
            assert follower.place == process.feed.place

    async def test_a_place_beyond_what_this_process_has_read_is_not_given_twice(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        ahead, behind = await opened(nats_server), await opened(nats_server, kind=Held)
        await behind.feed.settled(LIMIT)
        last = await was_at(ahead, 3)
        with followed(behind.feed, "live.ada") as follower:
            beginning = await follower.begin(last, LIMIT)
            assert not beginning.gone
            with pytest.raises(TimeoutError):
                await follower.next(0.2)
            assert isinstance(behind.feed, Held)
            behind.feed.go.set()
            await ahead.publish([3])
            assert await numbers(follower, 1) == [3]


class Held(Feed[Text]):
    """A feed that takes nothing until it is told to go on."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.go = asyncio.Event()

    async def _receive(self, inbox: str, epoch: str, received: Msg) -> None:
        await self.go.wait()
        await super()._receive(inbox, epoch, received)


class TestSeam:
    async def test_clients_that_come_and_go_under_load_see_everything_once(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        """Two processes, and a client that changes between them every few events while others' events rush by."""
        processes = [await opened(nats_server), await opened(nats_server)]
        count = 400
        seen: list[int] = []
        with followed(processes[0].feed, "live.ada") as follower:
            last = str((await follower.begin(None, LIMIT)).place)

        async def load() -> None:
            for number in range(count):
                await processes[0].publish([number])
                await processes[1].publish([-1], "grace")

        loading = asyncio.create_task(load())
        for turn in range(10_000):
            if len(seen) == count:
                break
            with followed(processes[turn % 2].feed, "live.ada") as follower:
                assert not (await follower.begin(last, LIMIT)).gone
                for _ in range(min(1 + turn % 7, count - len(seen))):
                    item = await follower.next(LIMIT)
                    seen.append(int(item.value[0]))
                    last = str(item.place)
        await loading
        assert seen == list(range(count))

    async def test_a_burst_does_not_cut_a_quick_client_off(self, opened: Opened, nats_server: NatsServer) -> None:
        process = await opened(nats_server, pending_limit=10)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            coming = asyncio.create_task(numbers(follower, 500))
            await asyncio.gather(*(process.js.publish("live.ada", str(number).encode()) for number in range(500)))
            assert sorted(await coming) == list(range(500))


class TestSlowClients:
    async def test_one_that_was_cut_off_resumes_from_its_last_id(self, opened: Opened, nats_server: NatsServer) -> None:
        process = await opened(nats_server, pending_limit=5)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            await process.publish([0])
            last = str((await follower.next(LIMIT)).place)
            await process.publish(range(1, 20))
            await process.has_read(20)
            assert await reason_of(follower) == "slow"
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(last, LIMIT)
            assert await numbers(follower, 19) == list(range(1, 20))


class TestGone:
    async def test_a_place_older_than_what_is_kept_is_told_and_the_rest_comes(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        last = await was_at(process, 1)
        await process.publish(range(1, 10))
        await process.js.purge_stream(STREAM.name, seq=6)
        with followed(process.feed, "live.ada") as follower:
            beginning = await follower.begin(last, LIMIT)
            assert beginning.gone
            assert beginning.place is not None
            assert beginning.place.sequence == 5
            assert await numbers(follower, 5) == [5, 6, 7, 8, 9]

    async def test_a_place_after_which_nothing_was_dropped_is_good(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        last = await was_at(process, 3)
        await process.publish([3])
        await process.js.purge_stream(STREAM.name, seq=4)
        with followed(process.feed, "live.ada") as follower:
            assert not (await follower.begin(last, LIMIT)).gone
            assert await numbers(follower, 1) == [3]

    @pytest.mark.parametrize("id", ["", "nonsense", "-1", "0123abcd-2", "{epoch}-99", "{epoch}-" + "9" * 30, "٣-٣"])
    async def test_an_unknown_place_is_told(self, opened: Opened, nats_server: NatsServer, id: str) -> None:
        process = await opened(nats_server)
        await was_at(process, 3)
        assert process.feed.place is not None
        with followed(process.feed, "live.ada") as follower:
            beginning = await follower.begin(id.replace("{epoch}", process.feed.place.epoch), LIMIT)
            assert beginning.gone
            assert beginning.place == Place(process.feed.place.epoch, 0)
            assert await numbers(follower, 3) == [0, 1, 2]


class TestWithoutStream:
    async def test_core_only_nothing_is_resumed_and_events_come_as_they_are_published(
        self, opened: Opened, core_nats_server: NatsServer
    ) -> None:
        process = await opened(core_nats_server)
        with followed(process.feed, "live.ada") as follower:
            beginning = await follower.begin("0123abcd-2", LIMIT)
            assert (beginning.place, beginning.gone) == (None, False)
            await process.connection.nc.publish("live.ada", b"1")
            item = await follower.next(LIMIT)
            assert (item.place, item.value) == (None, ("1", None))
            assert follower.place is None

    async def test_jetstream_going_and_coming_back_is_told_and_nothing_is_lost(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        with followed(process.feed, "live.ada") as follower:
            last = str((await follower.begin(None, LIMIT)).place)
            await process.publish([1])
            assert await numbers(follower, 1) == [1]
            await nats_server.restart(jetstream=False)
            assert await reason_of(follower) == "changed"
        with followed(process.feed, "live.ada") as follower:
            assert (await follower.begin(last, LIMIT)).place is None
            await nats_server.restart(jetstream=True)
            assert await reason_of(follower) == "changed"
        await process.publish([2])
        with followed(process.feed, "live.ada") as follower:
            assert not (await follower.begin(last, LIMIT)).gone
            assert await numbers(follower, 2) == [1, 2]


class TestTrouble:
    async def test_a_restart_of_the_server_loses_nothing_and_doubles_nothing(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            await process.publish([0, 1])
            assert await numbers(follower, 1) == [0]
            for number in (2, 3):
                nats_server.kill()
                await nats_server.restart()
                await process.connection.wait_connected(LIMIT)
                await process.publish([number])
            assert await numbers(follower, 3) == [1, 2, 3]
            with pytest.raises(TimeoutError):
                await follower.next(0.5)

    async def test_while_the_server_is_away_who_missed_something_is_asked_to_come_again(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        last = await was_at(process, 1)
        await process.publish([1])
        await process.has_read(2)
        nats_server.kill()
        await until(lambda: not process.connection.is_connected)
        with followed(process.feed, "live.ada") as follower:
            with pytest.raises(ClientCutOff) as cut:
                await follower.begin(last, LIMIT)
            assert cut.value.reason == "unavailable"

    async def test_a_stream_made_anew_cuts_off_and_the_old_ids_are_unknown(
        self, opened: Opened, nats_server_factory: NatsServerFactory
    ) -> None:
        server = await nats_server_factory()
        process = await opened(server)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            await process.publish(range(3))
            await numbers(follower, 3)
            last = str(follower.place)
            await process.js.delete_stream(STREAM.name)
            await process.connection.look_around()
            await process.publish(range(10, 15))
            process.feed.look_again()
            assert await reason_of(follower) == "changed"
        with followed(process.feed, "live.ada") as follower:
            assert (await follower.begin(last, LIMIT)).gone
            assert await numbers(follower, 5) == list(range(10, 15))

    async def test_a_lost_consumer_is_made_again_and_continues(
        self, opened: Opened, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feeds, "_HEARTBEAT", 0.2)
        monkeypatch.setattr(feeds, "_SILENCE", 0.6)
        process = await opened(nats_server)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            await process.publish([0])
            await numbers(follower, 1)
            (consumer,) = await process.js.consumers_info(STREAM.name)
            await process.js.delete_consumer(STREAM.name, consumer.name)
            await process.publish([1, 2])
            assert await numbers(follower, 2) == [1, 2]

    async def test_a_message_lost_on_the_way_is_read_again(self, opened: Opened, nats_server: NatsServer) -> None:
        class Lossy(Feed[Text]):
            left = 3

            async def _receive(self, inbox: str, epoch: str, received: Msg) -> None:
                if received.data == b"5" and self.left:
                    self.left -= 1
                    return
                await super()._receive(inbox, epoch, received)

        process = await opened(nats_server, kind=Lossy)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            await process.publish(range(10))
            assert await numbers(follower, 10) == list(range(10))

    async def test_what_cannot_be_written_is_counted_and_the_rest_comes(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        with followed(process.feed, "live.ada") as follower:
            await follower.begin(None, LIMIT)
            await process.js.publish("live.ada", b"\xff")
            await process.publish([1])
            assert await numbers(follower, 1) == [1]
        assert process.feed.failed == 1

    async def test_the_end_of_the_program_ends_clients_wherever_they_are(
        self, opened: Opened, nats_server: NatsServer
    ) -> None:
        process = await opened(nats_server)
        last = await was_at(process, 1)
        await process.publish(range(1, 5))
        await process.has_read(5)
        with followed(process.feed, "live.ada") as live, followed(process.feed, "live.ada") as behind:
            await live.begin(None, LIMIT)
            await behind.begin(last, LIMIT)
            await process.feed.stop()
            assert await reason_of(live) == "closing"
            assert await reason_of(behind) == "closing"
