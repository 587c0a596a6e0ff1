"""`request`: request and reply, typed on both sides, 64 callers."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import nats
from nats.aio.msg import Msg

from bench.events import BODY_BYTES, ProjectCreated, typed_events
from bench.ours import trunkline
from bench.place import Place, on_a_server
from bench.streams import WAIT_LIMIT_SECONDS
from bench.work import BenchError, Work
from trunkline import Message

CALLERS = 64
SUBJECT = "rpc.bench.echo"

Ask = Callable[[ProjectCreated], Awaitable[ProjectCreated]]


async def with_trunkline(place: Place, times: int) -> float:
    """`request` and `respond`."""
    async with trunkline(place.url) as responder, trunkline(place.url) as requester:

        async def answer(subject: str, data: ProjectCreated, msg: Message) -> ProjectCreated:
            return data

        async def ask(question: ProjectCreated) -> ProjectCreated:
            return await requester.request(SUBJECT, question, response_type=ProjectCreated)

        await responder.respond(SUBJECT, answer)
        await responder.nc.flush()
        return await seconds(ask, times)


async def with_nats_py(place: Place, times: int) -> float:
    """`request` and a subscription with a callback, by hand."""
    responder = await nats.connect(place.url)
    requester = await nats.connect(place.url)

    async def answer(message: Msg) -> None:
        data = ProjectCreated.model_validate_json(message.data)
        await message.respond(data.model_dump_json().encode())

    async def ask(question: ProjectCreated) -> ProjectCreated:
        message = await requester.request(SUBJECT, question.model_dump_json().encode(), timeout=2.0)
        return ProjectCreated.model_validate_json(message.data)

    try:
        await responder.subscribe(SUBJECT, cb=answer)
        await responder.flush()
        return await seconds(ask, times)
    finally:
        await requester.close()
        await responder.close()


async def seconds(ask: Ask, times: int) -> float:
    """How long the callers need to have all questions answered."""
    waiting = iter(typed_events(times, BODY_BYTES))

    async def caller() -> None:
        for question in waiting:
            if await ask(question) != question:
                raise BenchError("an answer is not that of its question")

    started = time.perf_counter()
    async with asyncio.timeout(WAIT_LIMIT_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(caller())
    return time.perf_counter() - started


WORK = Work(
    name="request",
    description=f"request and reply, typed, {CALLERS} callers",
    place=on_a_server,
    ours=with_trunkline,
    peers={"nats-py": with_nats_py},
    times=20_000,
    quick_times=3_000,
    goal={"nats-py": 1.0},
    unit="requests/s",
)
