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
from pydantic import BaseModel, ValidationError

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
from trunkline.events import serialise
from trunkline.handlers import Handler, decoder, name_of, without_values
from trunkline.headers import header_block
from trunkline.lanes import Lanes
from trunkline.message import Message
from trunkline.replies import ConnectionLost
from trunkline.subjects import check_pattern, check_subject
from trunkline.tally import Tally
from trunkline.time_limit import TimeLimit
from trunkline.wire import Received, message_frame

log = structlog.get_logger(__name__)

ERROR = "Trunkline-Error"

_QUEUE = "trunkline-responders"
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
        self.concurrency = _CONCURRENCY
        self.tally = Tally()
        self._connection = connection
        self._handler = handler
        self._decode = decoder(handler)
        self._waiting = connection.settings.waiting_requests
        self._lanes = Lanes[Received](self._answer, concurrency=_CONCURRENCY, limit=self._waiting)
        self._limits: list[TimeLimit] = []
        """Those that no request uses now."""
        self._subscription: ConnectionSubscription | None = None

    @property
    def failed(self) -> int:
        """Requests that ended in an error."""
        return self.tally.failed

    async def start(self) -> None:
        """Begin to answer."""
        self._subscription = await self._connection.listen(self.pattern, self._receive, queue=_QUEUE)

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

    def _receive(self, received: Received) -> None:
        if received.reply and not self._lanes.put(None, received):
            self.dropped += 1
            self._reply(received, b"", _error("busy", f"{self._waiting} requests wait already"))

    async def _answer(self, received: Received) -> None:
        limit = self._limits.pop() if self._limits else TimeLimit(_TIME_LIMIT)
        began = self.tally.begin()
        try:
            data = self._decode(received.data)
            with limit:
                answer = await self._handler(received.subject, data, Message(received))
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
        finally:
            self._limits.append(limit)
            self.tally.end(began)
        most = self._connection.max_payload
        if most is not None and len(body) > most:
            body, headers = b"", _error("answer_too_large", f"the answer is {len(body)} bytes; the server takes {most}")
        self.tally.failed += headers is not None
        self._reply(received, body, headers)

    def _reply(self, received: Received, body: bytes, error: dict[str, str] | None) -> None:
        payload = pydantic_core.to_json(error) if error is not None else body
        head = header_block({ERROR: error["code"]}) if error is not None else b""
        try:
            self._connection.write_now(message_frame(received.reply, "", head, payload))
        except (NotConnected, InvalidSubject) as failure:
            self.tally.failed += 1
            log.warning("answer not sent", subject=received.subject, reason=str(failure))


async def _ask(connection: Connection, subject: str, payload: bytes, timeout: float) -> Received:
    try:
        async with asyncio.timeout(timeout):
            await connection.ready_to_write(timeout)
            with connection.replies.expect() as (reply, answer):
                connection.write_now(message_frame(subject, reply, b"", payload))
                received = await answer
    except TimeoutError:
        raise RequestTimeout(subject, f"no answer within {timeout:g} s") from None
    except ConnectionLost:
        raise NotConnected("the connection was lost before the answer came") from None
    if received.is_no_responders:
        raise NoResponders(subject, "nobody answers there")
    return received


def _read(subject: str, answer: Received, response_type: type[BaseModel] | None) -> Any:
    code = next((v for k, v in answer.headers.items() if k.lower() == ERROR.lower()), None)
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
