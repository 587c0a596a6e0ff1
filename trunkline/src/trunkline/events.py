"""Events: a JSON object as body, and who, what and when in the headers.

On the wire an event is a NATS message whose body is the event's own fields and whose headers are CloudEvents 1.0 in
binary mode (``ce-id``, ``ce-source``, ``ce-type``, ``ce-time``, ``ce-specversion``, ``ce-dataschema``; cloudevents.io,
"NATS Protocol Binding"), ``Nats-Msg-Id`` (the same id: the stream drops a second copy), W3C ``traceparent`` and
Trunkline's own: ``Trunkline-Key`` (order is kept within it) and ``Trunkline-Test`` (a trial, which an application's own
handlers leave alone).

A dead letter that is replayed is the same event in another *round*: it keeps its ``ce-id``, by which handlers know what
they have done; its ``Nats-Msg-Id`` gains the round, or the stream would take it for a copy and drop it.
``Trunkline-Round`` counts, and ``Trunkline-Handler`` names the one durable handler that it is for: the others had the
event in its first round. Two handlers may have given up the same event, so that name is part of ``Nats-Msg-Id`` too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol, Self

import pydantic_core
import uuid_utils
from pydantic import BaseModel

from trunkline.errors import InvalidEvent, ReservedHeader
from trunkline.headers import header_block
from trunkline.subjects import Subjects, check_subject

MSG_ID = "Nats-Msg-Id"
KEY = "Trunkline-Key"
TEST = "Trunkline-Test"
ROUND = "Trunkline-Round"
HANDLER = "Trunkline-Handler"

_RESERVED = ("nats-", "ce-", "trunkline-")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_PLAIN_NAME = re.compile(r"[!-~]{1,64}")  # as nearly all are, seen at a glance
_MAX_NAME_BYTES = 256
_KINDS = 1024  # of which the header lines are remembered
_NONE: Mapping[str, str] = {}  # one for all events without headers of their own: there may be many
_ROUND = re.compile(r"[1-9][0-9]{0,8}")  # what fits into a database's integer


class Sendable(Protocol):
    """What a publisher needs of an event."""

    @property
    def subject(self) -> str:
        """Where it goes."""

    @property
    def payload(self) -> bytes:
        """Its body."""

    @property
    def id(self) -> str:
        """Its identity."""

    @property
    def key(self) -> str | None:
        """Order is kept within it."""

    def head(self) -> bytes:
        """Return its headers as the block that stands before the payload."""


@dataclass(slots=True)
class Event:
    """Something that happened, ready for the wire. Made by `Event.create`; `payload` is its JSON body.

    Nothing changes an event: `replace` makes another. It is not frozen, as it would take three times as long to make.

    `round` counts how often it was replayed, and `handler` is the one durable handler that the round is for; None: all.
    """

    subject: str
    payload: bytes
    id: str
    source: str
    type: str
    time: datetime
    key: str | None = None
    schema: str | None = None
    traceparent: str | None = None
    test: bool = False
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE)
    round: int = 0
    handler: str | None = None
    _head: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def message_id(self) -> str:
        """The ``Nats-Msg-Id``: the event's id, with round and handler when it is a replay."""
        if not self.round:
            return self.id
        return f"{self.id}/{self.round}" + (f"/{self.handler}" if self.handler is not None else "")

    def is_for(self, handler: str | None) -> bool:
        """Say whether the durable handler of that name is meant; None is a live one, which no replay is for."""
        return self.handler is None or self.handler == handler

    def replayed(self, handler: str | None = None) -> Self:
        """Return the event in its next round, for `handler` alone, or for whom the round before was."""
        return replace(self, round=self.round + 1, handler=handler or self.handler)

    @classmethod
    def create(
        cls,
        subject: str,
        data: Mapping[str, object] | BaseModel,
        *,
        subjects: Subjects | None = None,
        source: str = "trunkline",
        id: str | None = None,
        key: str | None = None,
        traceparent: str | None = None,
        test: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Make an event of `data`, which is validated and written as JSON here, once.

        Args:
            subject: where it goes; checked.
            data: a mapping, or a Pydantic model (whose class name becomes the schema).
            subjects: the declared templates, from which key and type are taken when they are not given.
            source: who says so (``ce-source``).
            id: the event's identity, 1 to 256 bytes; the same id is stored once and acts once. Default: a new UUIDv7.
            key: order is kept among events with the same key, 1 to 256 bytes.
            traceparent: W3C trace context.
            test: mark the event as a trial.
            headers: the caller's own headers.

        Raises:
            InvalidSubject: the subject is malformed.
            InvalidEvent: `data` is no object or cannot be written as JSON, or id, key, source or traceparent cannot be
                a header.
            ReservedHeader: a header is not the caller's to set.
        """
        check_subject(subject)
        if headers:
            _check_headers(headers)
        if id is None:
            id = new_id()
        elif not _PLAIN_NAME.fullmatch(id):
            _check_name("event_id", id)
        if key is not None:
            _check_name("key", key)
        if traceparent is not None:
            _check_value("traceparent", traceparent)
        _check_source(source)
        kind = subject
        found = subjects.find(subject) if subjects is not None else None
        if found is not None:
            kind = found[0].kind
            if key is None and found[0].key is not None:
                key = found[1][found[0].key]
        return cls(
            subject,
            serialise(data),
            id,
            source,
            kind,
            datetime.now(UTC),
            key,
            _writing(type(data))[0],
            traceparent,
            test,
            dict(headers) if headers else _NONE,
        )

    def wire_headers(self) -> dict[str, str]:
        """Return all headers as they travel."""
        headers = {
            MSG_ID: self.message_id,
            "ce-specversion": "1.0",
            "ce-id": self.id,
            "ce-source": self.source,
            "ce-type": self.type,
            "ce-time": self.time.isoformat(),
        }
        if self.schema is not None:
            headers["ce-dataschema"] = self.schema
        if self.key is not None:
            headers[KEY] = self.key
        if self.traceparent is not None:
            headers["traceparent"] = self.traceparent
        if self.test:
            headers[TEST] = "1"
        if self.round:
            headers[ROUND] = str(self.round)
        if self.handler is not None:
            headers[HANDLER] = self.handler
        headers.update(self.headers)
        return headers

    def head(self) -> bytes:
        """Return the headers as the block that stands before the payload; it is made once.

        Raises:
            InvalidEvent: a header, as a stranger wrote it, cannot be one.
        """
        if not self._head:
            self._head = self._plain_head() or header_block(self.wire_headers())
        return self._head

    def _plain_head(self) -> bytes:
        """Return the block of `wire_headers` made in one piece, as it is needed for every event that is published.

        Empty when there is more in it than nearly all have, or something that cannot be a header.
        """
        if self.headers or self.round or self.test or self.traceparent is not None or self.handler is not None:
            return b""
        kind = _kind_lines(self.source, self.type, self.schema)
        name = self.id if self.key is None else self.id + self.key
        if not kind or not (name.isascii() and name.isprintable()):
            return b""
        key = "" if self.key is None else f"{KEY}: {self.key}\r\n"
        return (
            f"NATS/1.0\r\n{MSG_ID}: {self.id}\r\nce-specversion: 1.0\r\nce-id: {self.id}\r\n"
            f"{kind[0]}ce-time: {_written(self.time)}\r\n{kind[1]}{key}\r\n"
        ).encode()

    @classmethod
    def received(
        cls, subject: str, payload: bytes, headers: Mapping[str, str] | None, *, missing_id: str | None = None
    ) -> Self:
        """Read an event from a message, whoever sent it: what a stranger left out is filled in.

        `missing_id` is its id when it has none that could be one of ours; it should be the same at each delivery.
        """
        given = headers or {}
        lower = {name.lower(): value for name, value in given.items()}
        return cls(
            subject=subject,
            payload=payload,
            id=_first_name(lower.get("ce-id"), lower.get(MSG_ID.lower()), missing_id) or new_id(),
            source=lower.get("ce-source", "unknown"),
            type=lower.get("ce-type", subject),
            time=_read_time(lower.get("ce-time")),
            key=_first_name(lower.get(KEY.lower())),
            schema=lower.get("ce-dataschema"),
            traceparent=lower.get("traceparent"),
            test=TEST.lower() in lower,
            headers={
                name: value
                for name, value in given.items()
                if not name.lower().startswith(_RESERVED) and name.lower() != "traceparent" and _can_travel(name, value)
            },
            round=_read_round(lower.get(ROUND.lower())),
            handler=_first_name(lower.get(HANDLER.lower())),
        )


@lru_cache(maxsize=_KINDS)
def _kind_lines(source: str, type: str, schema: str | None) -> tuple[str, str] | None:
    """Return the header lines that all events of a kind share, before and after ``ce-time``; None if they need care."""
    if not all(text.isascii() and text.isprintable() for text in (source, type, schema or "")):
        return None
    return f"ce-source: {source}\r\nce-type: {type}\r\n", f"ce-dataschema: {schema}\r\n" if schema is not None else ""


def _written(time: datetime) -> str:
    """Return `time.isoformat()`; all but the microseconds is the same for all events of a second."""
    if time.tzinfo is not UTC or not time.microsecond:
        return time.isoformat()
    return f"{_second(int(time.timestamp()))}.{time.microsecond:06}+00:00"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[: -len("+00:00")]


def new_id() -> str:
    """Return a new event id: a UUIDv7 (RFC 9562), so that ids sort by time."""
    return str(uuid_utils.uuid7())


def serialise(data: Mapping[str, object] | BaseModel) -> bytes:
    """Write `data` as JSON, with date-times, UUIDs, enums, decimals and nested models.

    Not-a-number and infinities become null, as in JavaScript.

    Raises:
        InvalidEvent: `data` is neither a mapping nor a model, or holds what JSON cannot.
    """
    write = _writing(type(data))[1]
    if write is None:
        raise InvalidEvent(f"an event's data must be an object (a dict or a Pydantic model), not {type(data).__name__}")
    try:
        payload = write(data)
    except (pydantic_core.PydanticSerializationError, ValueError, RecursionError) as error:
        raise InvalidEvent(f"data cannot be written as JSON: {error}") from error
    if not payload.startswith(b"{"):
        raise InvalidEvent(f"an event's data must be an object; {type(data).__name__} is written as something else")
    return payload


@lru_cache(maxsize=_KINDS)
def _writing(kind: type) -> tuple[str | None, Callable[[Any], bytes] | None]:
    """Return the schema that data of a class follow, and what writes them; this is found out once for each class."""
    if issubclass(kind, BaseModel):
        return kind.__name__, _write_model
    return None, _write_mapping if issubclass(kind, Mapping) else None


def _write_model(data: BaseModel) -> bytes:
    return data.__pydantic_serializer__.to_json(data)


def _write_mapping(data: Mapping[str, object]) -> bytes:
    return pydantic_core.to_json(data if isinstance(data, dict) else dict(data), inf_nan_mode="null")


def _can_travel(name: str, value: str) -> bool:
    """Whether a stranger's header can be sent on: others' clients let through what would break ours."""
    return _HEADER_NAME.fullmatch(name) is not None and "\r" not in value and "\n" not in value


def _is_header_value(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return True
    return _HEADER_VALUE.fullmatch(text) is not None and _is_unicode(text)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_name(text: str) -> bool:
    """Whether `text` can be an id or a key: it survives a header as it is, and fits into a database's column."""
    if not text or text != text.strip() or not _is_header_value(text):
        return False
    return len(text) <= _MAX_NAME_BYTES // 4 or len(text.encode()) <= _MAX_NAME_BYTES


def _check_name(field: str, value: str) -> None:
    if not _is_name(value):
        rule = f"must be 1 to {_MAX_NAME_BYTES} bytes without control characters or white space at its ends"
        raise InvalidEvent(f"{field} {value[:80]!a} {rule}", field=field)


def _check_value(field: str, value: str) -> None:
    if not _is_header_value(value):
        raise InvalidEvent(f"{field} {value[:80]!a} holds a control character, or is no valid text", field=field)


@lru_cache(maxsize=_KINDS)
def _check_source(source: str) -> None:
    _check_value("source", source)


def _first_name(*candidates: str | None) -> str | None:
    return next((text for text in candidates if text is not None and _is_name(text)), None)


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if name.lower().startswith(_RESERVED) or name.lower() == "traceparent":
            raise ReservedHeader(name)
        if not _HEADER_NAME.fullmatch(name):
            reason = f"header name {name[:80]!a} holds a character that header names cannot"
            raise InvalidEvent(reason, field="headers")
        if not isinstance(value, str) or not _is_header_value(value):
            reason = f"header {name!r} must be text without control characters"
            raise InvalidEvent(reason, field="headers")


def _read_round(text: str | None) -> int:
    return int(text) if text is not None and _ROUND.fullmatch(text) else 0


def _read_time(text: str | None) -> datetime:
    try:
        time = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        return datetime.now(UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
