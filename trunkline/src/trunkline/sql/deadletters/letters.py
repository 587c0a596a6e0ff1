"""One dead letter: writing it, and reading it back."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from trunkline.events import Event, new_id
from trunkline.sql.dialects import insert
from trunkline.sql.tables import clean, clean_headers, dead_letters, stored_id

RELAY = "trunkline.outbox"
"""The handler's name in the dead letters of events that could not be sent; no durable's name has a dot."""

_MAX_TRACEBACK = 16_384
_MAX_MESSAGE = 4096
_MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that `handler` gave up, after `attempts`; `rounds` counts how often it was replayed before.

    `type` is the event's, as its subject's template says. `message_id` is the ``Nats-Msg-Id`` that it had. What was
    edited stands beside its original, which is None where nothing was; `headers` stay what they were.
    """

    id: str
    handler: str
    event_id: str
    message_id: str
    rounds: int
    type: str
    subject: str
    original_subject: str | None
    key: str | None
    payload: bytes
    original_payload: bytes | None
    headers: Mapping[str, str]
    stream: str | None
    sequence: int | None
    attempts: int
    error_class: str
    error_message: str
    traceback: str
    created_at: datetime
    edited_at: datetime | None
    replayed_at: datetime | None

    def event(self) -> Event:
        """Return the event as it was given up, with what was edited since."""
        event = Event.received(self.subject, self.payload, self.headers)
        event = replace(event, id=self.event_id, round=self.rounds)
        return event if self.original_subject is None else replace(event, type=self.type, key=self.key)


def add(
    session: Session,
    *,
    handler: str,
    event: Event,
    error: BaseException,
    attempts: int,
    headers: Mapping[str, str] | None = None,
    stream: str | None = None,
    sequence: int | None = None,
) -> None:
    """Keep an event that `handler` has given up because of `error`; once for each handler, event and round.

    `headers` are those the message had; default: the event's own. `stream` and `sequence` say where it was stored.
    A letter that was replayed, and whose event is given up once more in the same round (it was delivered again before
    its replay was done), waits again. It counts the round that was sent: its stream would take another for a copy.
    """
    given_up = {
        "rounds": event.round,
        "type": short(event.type),
        "subject": event.subject,
        "original_subject": None,
        "key": clean(event.key) if event.key is not None else None,
        "payload": event.payload,
        "original_payload": None,
        "headers": clean_headers(headers if headers is not None else event.wire_headers()),
        "stream": stream,
        "sequence": sequence,
        "attempts": attempts,
        "error_class": short(_class_name(error)),
        "error_message": clean(str(error))[:_MAX_MESSAGE],
        "traceback": clean("".join(traceback.format_exception(error)))[-_MAX_TRACEBACK:],
        "created_at": datetime.now(UTC),
        "edited_at": None,
        "replayed_at": None,
    }
    identity = {"handler": handler, "event_id": stored_id(event.id), "message_id": stored_id(event.message_id)}
    row = insert(session, dead_letters).values(id=new_id(), **identity, **given_up)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["handler", "message_id"],
            set_=given_up | {"rounds": dead_letters.c.rounds + 1},
            where=dead_letters.c.replayed_at.is_not(None),
        )
    )


def get(session: Session, id: str) -> DeadLetter | None:
    """Return one dead letter."""
    row = session.execute(select(dead_letters).where(dead_letters.c.id == clean(id))).one_or_none()
    return read(row) if row is not None else None


def read(row: Row[*tuple[Any, ...]]) -> DeadLetter:
    """Return a whole row of the table as what it is."""
    values = dict(row._mapping)
    values["headers"] = MappingProxyType(values["headers"])
    return DeadLetter(**values)


def short(name: str) -> str:
    """Return a name that somebody else chose as its column can hold it."""
    return clean(name)[:_MAX_NAME]


def _class_name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
