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
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated

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

from api.problems import problem_responses
from api.v1.first_message import first_message
from api.v1.frames import (
    CONNECTIONS_EACH,
    NOT_SIGNED_IN,
    PENDING_EVENTS,
    SLOW,
    TOO_MANY,
    Ending,
    Frame,
    frame,
    frames,
)
from api.v1.seats import Seats
from api.v1.server_sent import LimitedStream, server_sent
from api.v1.tickets import comes_from_a_foreign_page, give_ticket, holder_of_ticket
from api.v1.websockets import close, until_either_ends
from core.database import get_database
from core.nats import nats_service
from core.security import Current, NotSignedIn, SignedIn, account_of
from schemas.subjects import REALTIME
from trunkline import Feed, TrunklineError, closed_on_signals, followed
from trunkline.sql import Database

SIGN_IN_SECONDS = 5.0
FOREIGN_ORIGIN = 4403
STREAM = "REALTIME"

seats = Seats(CONNECTIONS_EACH)


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


def feed_of(connection: HTTPConnection) -> Feed[Frame]:
    """Return the process's feed."""
    feed: Feed[Frame] = connection.app.state.realtime
    return feed


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
                first = await first_message(websocket)
                account = await account_of(database, first.token)
                last_id = first.last_id or last_id
    except WebSocketDisconnect:
        return
    except TimeoutError:
        await close(websocket, Ending(NOT_SIGNED_IN, f"no token within {SIGN_IN_SECONDS:.0f} s"))
        return
    except NotSignedIn as error:
        await close(websocket, Ending(NOT_SIGNED_IN, f"not signed in: {error}"))
        return
    except TrunklineError:
        await close(websocket, Ending(SLOW, "try again later"))
        return
    if seats.are_taken(account.id):
        await close(websocket, TOO_MANY)
        return
    with seats.one(account.id), followed(feed, REALTIME.build(user_id=account.id)) as follower:
        ending = await until_either_ends(websocket, frames(follower, last_id, account.expires_at))
    if ending is not None:
        await close(websocket, ending)


async def _server_sent(feed: Feed[Frame], account: SignedIn, last_id: str | None) -> AsyncIterator[str]:
    with seats.one(account.id), followed(feed, REALTIME.build(user_id=account.id)) as follower:
        async with aclosing(server_sent(follower, last_id, account.expires_at)) as lines:
            async for line in lines:
                yield line


async def _bearer(request: Request, database: Database) -> SignedIn:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer":
        raise NotSignedIn("a bearer token or a ticket is needed")
    return await account_of(database, token)
