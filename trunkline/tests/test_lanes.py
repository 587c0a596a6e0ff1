"""Lanes: whatever is put is done, whenever it is put."""

import asyncio

import pytest

from trunkline.lanes import Lanes


@pytest.mark.parametrize("key", [None, "k"])
async def test_what_is_put_in_the_very_turn_in_which_the_last_worker_ends_is_done(key: str | None) -> None:
    done: list[int] = []
    all_done = asyncio.Event()

    async def run(piece: int) -> None:
        done.append(piece)
        if piece == 2:
            all_done.set()

    lanes = Lanes[int](run, concurrency=1, limit=10)
    lanes.put(key, 1)

    async def put_later() -> None:
        lanes.put(key, 2)

    later = asyncio.create_task(put_later())  # its turn comes right after the worker's
    async with asyncio.timeout(20):
        await later
        await all_done.wait()
    assert done == [1, 2]
