"""Request and reply.

Requests travel outside every stream (by convention on ``rpc.>``): a stream would answer them with its own
acknowledgement. One of the processes that respond to a subject gets each request. A responder's error comes back as an
answer with the header ``Trunkline-Error`` (a code) and a body of code and message; what a handler raised unexpectedly
is logged where it happened and not told to the caller.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar, overload

import pydantic_core
import structlog
from nats import errors
from nats.aio.msg import Msg
from pydantic import BaseModel, ValidationError

from trunkline.cancellation import uneaten
from trunkline.connection import Connection
from trunkline.connection_subscription import ConnectionSubscription
from trunkline.errors import (
    InvalidEvent,
    InvalidPayload,
    InvalidSubject,
    NoResponders,
    NotConnected,
    PayloadTooLarge,
    RemoteError,
    RequestError,
    RequestTimeout,
    TrunklineError,
)
from trunkline.events import Event, serialise
from trunkline.handlers import Handler, decoder, name_of, without_values
from trunkline.lanes import Lanes
from trunkline.message import Message
from trunkline.subjects import check_pattern, check_subject

log = structlog.get_logger(__name__)

ERROR = "Trunkline-Error"

_QUEUE = "trunkline-responders"
_WAITING = 1024
_CONCURRENCY = 64
_TIME_LIMIT = 60.0

Model = TypeVar("Model", bound=BaseModel)


@overload
async def request(
    connection: Connection,
    subject: str,
    data: Mapping[str, object] | BaseModel | None = None,
    *,
    timeout: float | None = None,
    response_type: None = None,
) -> dict[str, Any]: ...
@overload
async def request(
    connection: Connection,
    subject: str,
    data: Mapping[str, object] | BaseModel | None = None,
    *,
    timeout: float | None = None,
    response_type: type[Model],
) -> Model: ...
async def request(
    connection: Connection,
    subject: str,
    data: Mapping[str, object] | BaseModel | None = None,
    *,
    timeout: float | None = None,
    response_type: type[BaseModel] | None = None,
) -> Any:
    """Ask on `subject` and return the answer, a dict or, with `response_type`, that model.

    Args:
        connection: over which to ask.
        subject: outside every declared stream.
        data: the question; none is an empty object.
        timeout: seconds to wait; default the setting ``NATS_REQUEST_TIMEOUT``.
        response_type: a Pydantic model to validate the answer into.

    Raises:
        InvalidSubject: the subject is malformed, or a stream would answer in the responder's place.
        InvalidEvent: `data` cannot be written as JSON, or is too large.
        NotConnected: there is no connection now.
        NoResponders: nobody answers on the subject.
        RequestTimeout: no answer came in time.
        RemoteError: the responder answered with an error, or with something that is no valid answer.
    """
    check_subject(subject)
    stream = connection.stream_keeping(subject)
    if stream is not None:
        raise InvalidSubject(subject, f"stream {stream.name} would answer it; ask on a subject such as rpc.{subject}")
    payload = serialise(data if data is not None else {})
    limit = connection.max_payload
    if limit is not None and len(payload) > limit:
        raise PayloadTooLarge(subject, len(payload), limit)
    if not connection.is_connected:
        raise NotConnected("there is no connection to a server now")
    seconds = timeout if timeout is not None else connection.settings.request_timeout
    return _read(subject, await _ask(connection, subject, payload, seconds), response_type)


async def respond(connection: Connection, subject: str, handler: Handler) -> "Responder":
    """Answer requests on `subject` (a pattern is allowed) with what ``handler(subject, data, msg)`` returns.

    Raises:
        InvalidSubject: the pattern is malformed.
        HandlerError: the handler cannot be run as it is.
    """
    check_pattern(subject)
    responder = Responder(connection, subject, handler)
    await responder.start()
    return responder


class Responder:
    """A handler that answers requests. `failed` counts those that ended in an error; `durable` is None."""

    def __init__(self, connection: Connection, pattern: str, handler: Handler) -> None:
        self.pattern = pattern
        self.durable: str | None = None
        self.error: str | None = None
        self.active = True
        self.dropped = 0
        self.failed = 0
        self._connection = connection
        self._handler = handler
        self._decode = decoder(handler)
        self._lanes = Lanes[Msg](self._answer, concurrency=_CONCURRENCY, limit=_WAITING)
        self._subscription: ConnectionSubscription | None = None

    async def start(self) -> None:
        """Begin to answer."""
        self._subscription = await self._connection.subscribe(self.pattern, self._receive, queue=_QUEUE)

    async def unsubscribe(self) -> None:
        """Stop answering; requests that have arrived are answered within the drain limit."""
        await self.stop(self._connection.settings.drain_timeout)

    async def stop(self, limit: float) -> None:
        """Stop answering; requests that have arrived are answered within `limit` seconds."""
        self.active = False
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None
        given_up = await self._lanes.finish(limit)
        if given_up:
            log.warning("requests left unanswered at the end", pattern=self.pattern, requests=given_up)

    async def _receive(self, received: Msg) -> None:
        if received.reply and not self._lanes.put(received.reply, received):
            self.dropped += 1
            await self._reply(received, b"", _error("busy", f"{_WAITING} requests wait already"))

    async def _answer(self, received: Msg) -> None:
        event = Event.received(received.subject, received.data, received.headers)
        message = Message(event, received.headers, reply=received.reply)
        try:
            data = self._decode(received.data)
            async with asyncio.timeout(_TIME_LIMIT):
                answer = await self._handler(received.subject, data, message)
            body, headers = serialise(answer if answer is not None else {}), None
        except InvalidPayload as error:
            body, headers = b"", _error("invalid_payload", str(error))
        except InvalidEvent as error:
            body, headers = b"", _error("invalid_answer", str(error))
        except TrunklineError as error:
            body, headers = b"", _error(_code(error), str(error))
        except TimeoutError:
            body, headers = b"", _error("time_limit", f"the responder took longer than {_TIME_LIMIT:g} s")
        except Exception:
            log.exception("responder failed", handler=name_of(self._handler), subject=received.subject)
            body, headers = b"", _error("internal", "the responder failed")
        limit = self._connection.max_payload
        if limit is not None and len(body) > limit:
            body, headers = (
                b"",
                _error("answer_too_large", f"the answer is {len(body)} bytes; the server takes {limit}"),
            )
        self.failed += headers is not None
        await self._reply(received, body, headers)

    async def _reply(self, received: Msg, body: bytes, error: dict[str, str] | None) -> None:
        payload = pydantic_core.to_json(error) if error is not None else body
        headers = {ERROR: error["code"]} if error is not None else None
        try:
            await self._connection.write(received.reply, payload, headers=headers, limit=_TIME_LIMIT)
        except (NotConnected, TimeoutError) as failure:
            self.failed += 1
            log.warning("answer not sent", subject=received.subject, reason=str(failure))


async def _ask(connection: Connection, subject: str, payload: bytes, timeout: float) -> Msg:
    try:
        return await uneaten(connection.nc.request(subject, payload, timeout=timeout))
    except errors.NoRespondersError:
        raise NoResponders(subject, "nobody answers there") from None
    except (errors.TimeoutError, TimeoutError):
        raise RequestTimeout(subject, f"no answer within {timeout:g} s") from None
    except errors.Error as error:
        raise NotConnected(f"the request was not sent: {error}") from error


def _read(subject: str, answer: Msg, response_type: type[BaseModel] | None) -> Any:
    code = next((v for k, v in (answer.headers or {}).items() if k.lower() == ERROR.lower()), None)
    if code is not None:
        raise RemoteError(subject, f"{code}: {_message(answer.data)}")
    try:
        if response_type is not None:
            return response_type.model_validate_json(answer.data)
        found = pydantic_core.from_json(answer.data)
    except ValidationError as error:
        raise RemoteError(subject, f"the answer is not as wanted: {without_values(error)}") from None
    except ValueError:
        raise RemoteError(subject, "the answer is no JSON") from None
    if not isinstance(found, dict):
        raise RemoteError(subject, "the answer is no object")
    return found


def _message(body: bytes) -> str:
    try:
        return str(pydantic_core.from_json(body)["message"])
    except (ValueError, KeyError, TypeError):
        return "no message"


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message[:500]}


def _code(error: TrunklineError) -> str:
    if isinstance(error, RequestError):
        return "upstream"
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("_")
