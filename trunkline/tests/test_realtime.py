"""The fan-out: everybody gets everything, in order, or is told that they do not."""

import asyncio

import pytest

from trunkline import ClientCutOff, Hub


class TestDelivery:
    async def test_every_client_of_a_topic_gets_every_item_in_order(self) -> None:
        hub = Hub[int]()
        with hub.joined("ada") as first, hub.joined("ada") as second:
            for number in range(3):
                assert hub.deliver("ada", number) == 2
            assert [await first.get(1) for _ in range(3)] == [0, 1, 2]
            assert [await second.get(1) for _ in range(3)] == [0, 1, 2]

    async def test_other_topics_get_nothing(self) -> None:
        hub = Hub[int]()
        with hub.joined("ada"), hub.joined("grace") as other:
            hub.deliver("ada", 1)
            with pytest.raises(TimeoutError):
                await other.get(0)

    async def test_a_waiting_client_is_woken(self) -> None:
        hub = Hub[str]()
        with hub.joined("ada") as client:
            waiting = asyncio.create_task(client.get(10))
            await asyncio.sleep(0)
            hub.deliver("ada", "news")
            assert await waiting == "news"

    async def test_who_has_left_is_forgotten(self) -> None:
        hub = Hub[int]()
        with hub.joined("ada"):
            assert len(hub) == 1
        assert len(hub) == 0
        assert hub.deliver("ada", 1) == 0


class TestSlowClients:
    async def test_a_slow_client_is_cut_off_with_a_reason_and_the_others_are_not(self) -> None:
        hub = Hub[int](pending_limit=2)
        with hub.joined("ada") as slow, hub.joined("ada") as quick:
            received = []
            for number in range(3):
                hub.deliver("ada", number)
                received.append(await quick.get(1))
            with pytest.raises(ClientCutOff) as error:
                await slow.get(1)
        assert error.value.reason == "slow"
        assert received == [0, 1, 2]
        assert hub.slow_clients == 1
        assert len(hub) == 0

    async def test_nothing_is_skipped_a_client_that_lost_one_gets_no_later_one(self) -> None:
        hub = Hub[int](pending_limit=1)
        with hub.joined("ada") as client:
            for number in range(3):
                hub.deliver("ada", number)
            for _ in range(2):
                with pytest.raises(ClientCutOff):
                    await client.get(1)


class TestClosing:
    async def test_closing_tells_waiting_clients(self) -> None:
        hub = Hub[int]()
        with hub.joined("ada") as client:
            waiting = asyncio.create_task(client.get(10))
            await asyncio.sleep(0)
            hub.close()
            with pytest.raises(ClientCutOff) as error:
                await waiting
        assert error.value.reason == "closing"

    async def test_who_comes_after_the_end_is_told_so(self) -> None:
        hub = Hub[int]()
        hub.close()
        with hub.joined("ada") as client, pytest.raises(ClientCutOff):
            await client.get(1)
