"""Live events, over a WebSocket or as server-sent events: what concerns whoever is signed in, as it happens.

Both begin with ``{"type": "ready", "resume", "id"}`` and go on with ``{"type": "event", "id", "event_id", "subject",
"time", "data"}``. A client that comes back with the last `id` it saw gets what it missed, in order; when that id is
unknown, or older than what is kept, ``{"type": "gone", "oldest"}`` says so (docs/realtime.md).

Who listens is told by a bearer token (in the WebSocket's first message, or in the Authorization header), or by the
cookie that ``POST /realtime/ticket`` sets; never in the address, which ends up in logs. A connection ends when the
token does.

Each process has one feed, which reads the stream of ``realtime.*``: every process sees all events, and each passes on
those of its own clients.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import pydantic_core
from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
    WebSocket,
    WebSocketDisconnect,
    status,
)
from fastapi.requests import HTTPConnection
from fastapi.responses import StreamingResponse
from fastapi.security.utils import get_authorization_scheme_param
from starlette.types import Message as AsgiMessage
from starlette.types import Send

from api.problems import problem_responses
from api.v1.seats import Seats
from api.v1.tickets import comes_from_a_foreign_page, give_ticket, holder_of_ticket
from core.database import get_database
from core.nats import nats_service
from core.security import Current, NotSignedIn, SignedIn, account_of
from schemas.realtime import RealtimeEvent
from schemas.subjects import REALTIME
from trunkline import (
    Beginning,
    ClientCutOff,
    CutOff,
    Event,
    Feed,
    Follower,
    TrunklineError,
    closed_on_signals,
    followed,
)
from trunkline.sql import Database

SIGN_IN_SECONDS = 5.0
HEARTBEAT_SECONDS = 20.0
SEND_SECONDS = 10.0
PENDING_EVENTS = 256
MAX_FIRST_MESSAGE = 8 << 10
CONNECTIONS_EACH = 20

NOT_SIGNED_IN = 4401
FOREIGN_ORIGIN = 4403
SLOW = 1013
CLOSING = 1012

SIGNED_OUT = "the token has ended"
STREAM = "REALTIME"
SETTLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as clients get it, written once for all of them; `id` is what they resume from."""

    id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a connection ends."""

    code: int
    reason: str


TOO_MANY = Ending(SLOW, f"{CONNECTIONS_EACH} live connections of this account are open already")
ENDINGS = {
    CutOff.SLOW: Ending(SLOW, f"too slow: {PENDING_EVENTS} events were waiting"),
    CutOff.CLOSING: Ending(CLOSING, "the server is closing"),
    CutOff.CHANGED: Ending(CLOSING, "come again with the last id: this connection could miss events"),
    CutOff.UNAVAILABLE: Ending(SLOW, "what was missed cannot be read now: come again with the last id"),
}


seats = Seats(CONNECTIONS_EACH)


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """What a client says who it is with, and where it was."""

    token: str
    last_id: str | None


@asynccontextmanager
async def feed(app: FastAPI) -> AsyncIterator[None]:
    """Feed the process's clients while the application runs."""
    feed = app.state.realtime = Feed(
        nats_service.connection, STREAM, REALTIME.pattern, frame, pending_limit=PENDING_EVENTS
    )
    await feed.start()
    try:
        with closed_on_signals(feed.hub):
            yield
    finally:
        await feed.stop()


def frame(event: Event, id: str | None) -> Frame:
    """Write an event as clients get it; `ValueError` when it is none of ours."""
    update = RealtimeEvent.model_validate_json(event.payload)
    shown = {
        "type": "event",
        "id": id,
        "event_id": update.event_id,
        "subject": update.subject,
        "time": update.time,
        "data": update.data,
    }
    return Frame(id, pydantic_core.to_json(shown, inf_nan_mode="null").decode())


def first_frames(beginning: Beginning) -> list[Frame]:
    """Write what a client is told first."""
    id = str(beginning.place) if beginning.place else None
    frames = [_said("ready", id, resume=id is not None)]
    if beginning.gone:
        frames.append(_said("gone", id, oldest=id))
    return frames


def heartbeat(follower: Follower[Frame]) -> Frame:
    """Write what fills a silence; its id spares whoever resumes from it the looking through of what came for others."""
    return _said("heartbeat", str(follower.place) if follower.place else None)


def _said(type: str, id: str | None, **more: object) -> Frame:
    return Frame(id, json.dumps({"type": type, "id": id, **more}))


def feed_of(connection: HTTPConnection) -> Feed[Frame]:
    """Return the process's feed."""
    feed: Feed[Frame] = connection.app.state.realtime
    return feed


class LimitedStream(StreamingResponse):
    """A stream that gives up a client who does not read."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        """Send the parts, each within a limit."""

        async def limited(message: AsgiMessage) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        try:
            await super().stream_response(limited)
        except TimeoutError as error:
            raise OSError("the client does not read") from error


Db = Annotated[Database, Depends(get_database)]
TheFeed = Annotated[Feed[Frame], Depends(feed_of)]
LastId = Annotated[
    str | None,
    Query(description="The last `id` that was seen: what came since follows first."),
]
LastEventId = Annotated[
    str | None,
    Header(description="As `last_id`, and before it; browsers send it by themselves when they connect again."),
]

router = APIRouter(prefix="/realtime", tags=["Realtime"], lifespan=feed)


@router.post(
    "/ticket",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Get a ticket for the live events",
    responses=problem_responses(401),
)
async def ticket(account: Current) -> Response:
    """Set a cookie that opens the live events within a minute, for browsers, which cannot send a header with them."""
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    give_ticket(response, account)
    return response


@router.get(
    "/events",
    summary="Follow the live events as server-sent events",
    response_class=LimitedStream,
    responses=problem_responses(401, 403, 429),
)
async def follow_events(
    request: Request, database: Db, feed: TheFeed, last_id: LastId = None, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Answer with a stream of events, their ids beside them; heartbeats keep it alive."""
    try:
        account = await holder_of_ticket(request, database) or await _bearer(request, database)
    except NotSignedIn as error:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, f"not signed in: {error}", {"WWW-Authenticate": "Bearer"}
        ) from None
    if comes_from_a_foreign_page(request):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "the page's origin may not use this ticket")
    if seats.are_taken(account.id):
        raise HTTPException(status.HTTP_429_TOO_MANY_REQUESTS, TOO_MANY.reason)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return LimitedStream(_server_sent(feed, account, last_event_id or last_id), headers=headers)


@router.websocket("")
async def follow(websocket: WebSocket, database: Db, feed: TheFeed, last_id: LastId = None) -> None:
    """Send events until the client goes, the token ends, or the client is too slow."""
    if comes_from_a_foreign_page(websocket):
        await websocket.close(FOREIGN_ORIGIN)  # before it is accepted: the browser sees a refused handshake
        return
    await websocket.accept()
    try:
        async with asyncio.timeout(SIGN_IN_SECONDS):
            account = await holder_of_ticket(websocket, database)
            if account is None:
                first = await _first_message(websocket)
                account = await account_of(database, first.token)
                last_id = first.last_id or last_id
    except WebSocketDisconnect:
        return
    except TimeoutError:
        await _close(websocket, Ending(NOT_SIGNED_IN, f"no token within {SIGN_IN_SECONDS:.0f} s"))
        return
    except NotSignedIn as error:
        await _close(websocket, Ending(NOT_SIGNED_IN, f"not signed in: {error}"))
        return
    except TrunklineError:
        await _close(websocket, Ending(SLOW, "try again later"))
        return
    if seats.are_taken(account.id):
        await _close(websocket, TOO_MANY)
        return
    with seats.one(account.id), followed(feed, REALTIME.build(user_id=account.id)) as follower:
        ending = await _until_either_ends(websocket, frames(follower, last_id, account.expires_at))
    if ending is not None:
        await _close(websocket, ending)


async def frames(follower: Follower[Frame], last_id: str | None, expires_at: datetime) -> AsyncGenerator[Frame]:
    """Give all that a client is told, until its token ends; raises ClientCutOff."""
    for first in first_frames(await follower.begin(last_id, SETTLE_SECONDS)):
        yield first
    while (left := _seconds_until(expires_at)) > 0:
        try:
            frame = (await follower.next(min(HEARTBEAT_SECONDS, left))).value
        except TimeoutError:
            frame = heartbeat(follower)
        yield frame


async def _until_either_ends(websocket: WebSocket, told: AsyncGenerator[Frame]) -> Ending | None:
    """Send, and notice when the client goes; None when it has gone."""
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(_send(websocket, told))
        listening = tasks.create_task(_until_disconnected(websocket))
        await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if not sending.done():
            sending.cancel()
            return None
    return sending.result()


async def _send(websocket: WebSocket, told: AsyncGenerator[Frame]) -> Ending | None:
    try:
        async with aclosing(told):
            async for frame in told:
                await _send_text(websocket, frame.text)
    except WebSocketDisconnect:
        return None
    except ClientCutOff as error:
        return _ending_of(error)
    except TimeoutError:
        return Ending(SLOW, "too slow: the events were not taken in time")
    return Ending(NOT_SIGNED_IN, SIGNED_OUT)


async def _send_text(websocket: WebSocket, text: str) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await websocket.send_text(text)


async def _until_disconnected(websocket: WebSocket) -> None:
    """Take what the client says, and leave it be."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _close(websocket: WebSocket, ending: Ending) -> None:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await websocket.close(ending.code, ending.reason)
    except (WebSocketDisconnect, TimeoutError, RuntimeError):
        return  # it has gone before it could be told


async def _server_sent(feed: Feed[Frame], account: SignedIn, last_id: str | None) -> AsyncIterator[str]:
    reason = SIGNED_OUT
    with seats.one(account.id), followed(feed, REALTIME.build(user_id=account.id)) as follower:
        try:
            async with aclosing(frames(follower, last_id, account.expires_at)) as told:
                async for frame in told:
                    yield _server_sent_event(frame)
        except ClientCutOff as error:
            reason = _ending_of(error).reason
    yield _server_sent_event(Frame(None, json.dumps({"type": "end", "reason": reason})))


def _server_sent_event(frame: Frame) -> str:
    return (f"id: {frame.id}\n" if frame.id else "") + f"data: {frame.text}\n\n"


def _ending_of(error: ClientCutOff) -> Ending:
    return ENDINGS[CutOff(error.reason)]


def _seconds_until(time: datetime) -> float:
    return (time - datetime.now(UTC)).total_seconds()


async def _first_message(websocket: WebSocket) -> FirstMessage:
    received = await websocket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1006))
    message = _read(received.get("text") or "")
    if message is None:
        raise NotSignedIn('the first message is to be {"token": "..."}')
    return message


def _read(text: str) -> FirstMessage | None:
    """Read a first message, whatever a stranger sends."""
    try:
        message = pydantic_core.from_json(text) if len(text) <= MAX_FIRST_MESSAGE else None
        if not isinstance(message, dict) or not isinstance(message.get("token"), str):
            return None
        last_id = message.get("last_id")
        return FirstMessage(message["token"], last_id if last_id is None else str(last_id))
    except ValueError:  # no JSON, or a number of more digits than Python writes
        return None


async def _bearer(request: Request, database: Database) -> SignedIn:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer":
        raise NotSignedIn("a bearer token or a ticket is needed")
    return await account_of(database, token)
