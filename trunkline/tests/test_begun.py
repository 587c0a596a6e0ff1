"""A coroutine that was begun goes on as one that was awaited from the start."""

import asyncio

import pytest

from trunkline.begun import begin


async def test_a_coroutine_that_never_waits_has_ended_when_begin_returns() -> None:
    done: list[str] = []

    async def quick() -> None:
        done.append("quick")

    assert begin(quick()) is None
    assert done == ["quick"]


async def test_what_it_raises_before_it_waits_is_raised_by_begin() -> None:
    async def wrong() -> None:
        raise ValueError("wrong at once")

    with pytest.raises(ValueError, match="wrong at once"):
        begin(wrong())


async def test_it_goes_on_after_each_wait_and_gives_its_result() -> None:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def slow() -> int:
        await asyncio.sleep(0)
        first = await answer
        await asyncio.sleep(0.001)
        return first + 1

    begun = begin(slow())
    asyncio.get_running_loop().call_soon(answer.set_result, 41)
    assert begun is not None
    assert await begun == 42


async def test_an_error_of_what_it_waits_for_is_its_own_to_handle() -> None:
    async def cautious() -> str:
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(failed.set_exception, OSError("cut"))
        try:
            await failed
        except OSError as error:
            await asyncio.sleep(0)
            return f"handled {error}"
        return "not raised"

    begun = begin(cautious())
    assert begun is not None
    assert await begun == "handled cut"


async def test_cancelling_the_task_cancels_the_coroutine_where_it_waits_and_is_not_eaten() -> None:
    seen: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def run() -> None:
        begun = begin(endless())
        assert begun is not None
        await begun

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]


async def test_a_time_limit_that_it_set_before_it_first_waited_still_holds() -> None:
    async def limited() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return "its own limit"
        return "no limit"

    begun = begin(limited())
    assert begun is not None
    assert await begun == "its own limit"


async def test_a_time_limit_around_the_rest_ends_it() -> None:
    async def endless() -> None:
        await asyncio.Event().wait()

    begun = begin(endless())
    assert begun is not None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await begun
