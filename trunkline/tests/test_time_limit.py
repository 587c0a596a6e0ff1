"""A time limit that one task enters again and again."""

import asyncio
from contextlib import suppress

import pytest

from trunkline.time_limit import TimeLimit


async def test_work_that_takes_too_long_is_cancelled_and_the_next_goes_on() -> None:
    limit = TimeLimit(0.05)
    with pytest.raises(TimeoutError), limit:
        await asyncio.sleep(10)
    assert limit.expired
    with limit:
        await asyncio.sleep(0)
    assert not limit.expired
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0


async def test_each_piece_has_its_whole_time() -> None:
    limit = TimeLimit(0.2)
    for _ in range(4):
        with limit:
            await asyncio.sleep(0.1)
    assert not limit.expired


async def test_work_that_eats_its_cancellation_is_seen_to_have_expired() -> None:
    limit = TimeLimit(0.05)
    with limit, suppress(asyncio.CancelledError):
        await asyncio.sleep(10)
    assert limit.expired


async def test_a_cancellation_from_outside_stays_one() -> None:
    limit = TimeLimit(10)

    async def work() -> None:
        with limit:
            await asyncio.sleep(10)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not limit.expired


async def test_an_error_of_the_work_s_own_stays_that() -> None:
    limit = TimeLimit(10)
    with pytest.raises(TimeoutError) as raised, limit:
        raise TimeoutError("mine")
    assert (str(raised.value), limit.expired) == ("mine", False)
