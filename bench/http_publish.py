"""`http-publish`: `POST /nats/publish` with `persistent`, the whole platform under one Uvicorn worker."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import nats

from bench.application import application
from bench.events import typed_event
from bench.place import Place, running_server
from bench.processes import Program, processor_seconds, program
from bench.work import BenchError, Found, Work

CONNECTIONS = 64
PATH = "/nats/publish"
SUBJECT = "events.bench.created"
STREAM = "EVENTS"


@dataclass(frozen=True)
class WithApplications(Place):
    """The platform, the same without its publish, a server that only answers, and the program that asks them all."""

    client: Program
    publishing: tuple[int, int]
    doing_nothing: tuple[int, int]
    answering: tuple[int, int]
    """Each one's port and process id."""


@asynccontextmanager
async def with_applications(times: int) -> AsyncIterator[WithApplications]:
    """Start all of them, and let each do some requests before it counts."""
    async with (
        running_server() as server,
        program("http_answers") as answers,
        program("http_load") as client,
        application("main:app", server.url) as ours,
        application("bench.app_doing_nothing:app", server.url) as nothing,
    ):
        answering = (int(answers.greeting["port"]), answers.pid)
        place = WithApplications(server, client, (ours.port, ours.pid), (nothing.port, nothing.pid), answering)
        for port, _ in (place.publishing, place.doing_nothing, place.answering):
            await post(place, port, min(times, 500))
        yield place


async def with_publish(place: WithApplications, times: int) -> Found:
    """The platform's own route; every answer has to stand for an event in the stream."""
    before = await _stored(place.url)
    found = await _measured(place, place.publishing, times)
    kept = await _stored(place.url) - before
    if kept != times:
        raise BenchError(f"{times} requests were answered with 200, and the stream has {kept} events more")
    return found


async def with_nothing(place: WithApplications, times: int) -> Found:
    """The same route without the publish."""
    return await _measured(place, place.doing_nothing, times)


async def with_answers(place: WithApplications, times: int) -> float:
    """No application at all: the client's own limit."""
    return await post(place, place.answering[0], times)


async def _measured(place: WithApplications, server: tuple[int, int], times: int) -> Found:
    port, pid = server
    before = processor_seconds(pid), processor_seconds(place.client.pid), processor_seconds(place.server.pid)
    seconds = await post(place, port, times)
    after = processor_seconds(pid), processor_seconds(place.client.pid), processor_seconds(place.server.pid)
    used = [(late - early) / seconds for early, late in zip(before, after, strict=True)]
    names = ("the worker", "the client", "nats-server")
    return Found(seconds, {f"cores used by {name}": value for name, value in zip(names, used, strict=True)})


async def post(place: WithApplications, port: int, times: int) -> float:
    """Have the client post so many events; return the seconds it took."""
    event = {"subject": SUBJECT, "data": typed_event(1).model_dump(mode="json"), "persistent": True}
    answer = await place.client.ask(port=port, path=PATH, body=json.dumps(event), connections=CONNECTIONS, times=times)
    if answer["bad"]:
        raise BenchError(f"requests were not answered with 200: {answer['bad']}")
    return float(answer["seconds"])


async def _stored(url: str) -> int:
    client = await nats.connect(url)
    try:
        return int((await client.jetstream().stream_info(STREAM)).state.messages)
    finally:
        await client.close()


WORK = Work(
    name="http-publish",
    description=f"`POST {PATH}` persistent, one Uvicorn worker, {CONNECTIONS} connections",
    place=with_applications,
    ours=with_publish,
    peers={"the route doing nothing": with_nothing, "the client's own limit": with_answers},
    times=10_000,
    quick_times=1_000,
    quick_rounds=3,
    goal={"the route doing nothing": 0.6},
    unit="requests/s",
)
