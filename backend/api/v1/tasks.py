"""Tasks: how far what agents do has come, as it happens; ending it, and answering what it asks.

A task is seen by the account whose it is, by whom it asks, and by operators. Its events are numbered: a client that
comes back with the last number it saw, as browsers do by themselves, gets what it missed, in whichever process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, FastAPI, Header, HTTPException, Query, status
from fastapi.requests import HTTPConnection
from fastapi.responses import StreamingResponse

from api.problems import problem_responses
from api.v1.frames import CONNECTIONS_EACH, HEARTBEAT_SECONDS
from api.v1.seats import Seats
from api.v1.server_sent import LimitedStream
from core.database import get_database
from core.nats import get_tasks
from core.security import Current, SignedIn
from models import Role
from schemas.pages import Page
from schemas.strict import Reference
from schemas.tasks import TaskAnswer, TaskCancel, TaskQuery
from services import tasks as service
from trunkline import closed_on_signals
from trunkline.sql import Database
from trunkline.tasks import TaskEvent, Tasks, TaskSummary, TaskView

seats = Seats(CONNECTIONS_EACH)


class OpenStreams:
    """Says when the streams of a process are to end: when it is told to end itself."""

    def __init__(self) -> None:
        self.ending = asyncio.Event()

    def close(self) -> None:
        """Let them end."""
        self.ending.set()


@asynccontextmanager
async def streams(app: FastAPI) -> AsyncIterator[None]:
    """Have streams end with the process, while the application runs."""
    app.state.task_streams = OpenStreams()
    with closed_on_signals(app.state.task_streams):
        yield


def open_streams(connection: HTTPConnection) -> OpenStreams:
    """Return what says when the process's streams are to end."""
    found: OpenStreams = connection.app.state.task_streams
    return found


router = APIRouter(prefix="/tasks", tags=["Tasks"], lifespan=streams, responses=problem_responses(401))

InDatabase = Annotated[Database, Depends(get_database)]
TheTasks = Annotated[Tasks, Depends(get_tasks)]
Streams = Annotated[OpenStreams, Depends(open_streams)]
LastEventId = Annotated[
    int | None, Header(ge=0, le=1 << 31, description="As `after`, and before it; browsers send it by themselves.")
]


@router.get("", summary="List tasks", responses=problem_responses(422))
async def list_tasks(query: Annotated[TaskQuery, Query()], asker: Current, tasks: TheTasks) -> Page[TaskSummary]:
    """Return the account's tasks, newest first; those of all, or of one account, for an operator."""
    owner = query.owner if asker.role is Role.OPERATOR else asker.id
    found = await tasks.list(owner=owner, after=query.after, limit=query.limit + 1)
    items = found[: query.limit]
    return Page(items=items, next=items[-1].id if len(found) > query.limit else None)


@router.get("/{task_id}", summary="Read a task", responses=problem_responses(404, 422))
async def get_task(task_id: Reference, asker: Current, tasks: TheTasks) -> TaskView:
    """Return a task: its state, every transition in order, its result or the parts of it, and what it asks."""
    return await service.visible(tasks, asker, task_id)


@router.get(
    "/{task_id}/events",
    summary="Follow a task as server-sent events",
    response_class=LimitedStream,
    responses=problem_responses(404, 422, 429),
)
async def follow_task(
    task_id: Reference,
    asker: Current,
    tasks: TheTasks,
    streams: Streams,
    after: Annotated[int, Query(ge=0, le=1 << 31, description="The last `id` that was seen.")] = 0,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Answer with what happened to the task, and what happens, until it has ended; heartbeats keep it alive."""
    await service.visible(tasks, asker, task_id)
    if seats.are_taken(asker.id):
        raise HTTPException(status.HTTP_429_TOO_MANY_REQUESTS, "too many streams of this account are open already")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    begin = last_event_id if last_event_id is not None else after
    return LimitedStream(_server_sent(tasks, asker, task_id, begin, streams), headers=headers)


@router.post("/{task_id}/cancel", summary="Cancel a task", responses=problem_responses(403, 404, 409, 422, 503))
async def cancel_task(
    task_id: Reference,
    asker: Current,
    tasks: TheTasks,
    database: InDatabase,
    body: Annotated[TaskCancel | None, Body()] = None,
) -> TaskView:
    """Cancel a task, wherever it runs; again, it stays canceled."""
    return await service.cancel(tasks, database, asker, task_id, body.reason if body is not None else None)


@router.post("/{task_id}/answer", summary="Answer a task", responses=problem_responses(403, 404, 409, 422, 503))
async def answer_task(
    task_id: Reference, body: TaskAnswer, answerer: Current, tasks: TheTasks, database: InDatabase
) -> TaskView:
    """Answer the question that a task asks, once; it is resumed with the answer."""
    return await service.answer(tasks, database, answerer, task_id, body.answer, body.question_id)


async def _server_sent(
    tasks: Tasks, asker: SignedIn, task_id: str, after: int, streams: OpenStreams
) -> AsyncIterator[str]:
    """Give events as they come, until the task, the process or the token ends."""
    ending = asyncio.ensure_future(streams.ending.wait())
    with seats.one(asker.id):
        async with aclosing(tasks.events(task_id, after=after)) as events:
            coming = asyncio.ensure_future(anext(events))
            try:
                while (left := (asker.expires_at - datetime.now(UTC)).total_seconds()) > 0 and not ending.done():
                    await asyncio.wait(
                        {coming, ending}, timeout=min(HEARTBEAT_SECONDS, left), return_when=asyncio.FIRST_COMPLETED
                    )
                    if not coming.done():
                        yield ": heartbeat\n\n"
                        continue
                    try:
                        event = coming.result()
                    except StopAsyncIteration:
                        return
                    yield _written(event)
                    coming = asyncio.ensure_future(anext(events))
            finally:
                coming.cancel()
                ending.cancel()
                await asyncio.gather(coming, ending, return_exceptions=True)


def _written(event: TaskEvent) -> str:
    return f"id: {event.number}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n"
