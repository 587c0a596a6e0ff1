"""An event in the outbox, as its row has it: ready for the wire without being read as an `Event`."""

from collections.abc import Mapping
from functools import cached_property

import pydantic_core

from trunkline.events import Event
from trunkline.headers import header_block
from trunkline.sql.parking import Waiting


class Row:
    """What a publisher needs of an event, taken from its row; `headers` are the JSON text that is stored."""

    __slots__ = ("_head", "_headers", "id", "key", "payload", "seq", "subject")

    def __init__(self, seq: int, id: str, subject: str, key: str | None, payload: bytes, headers: str) -> None:
        self.seq = seq
        self.id = id
        self.subject = subject
        self.key = key
        self.payload = payload
        self._headers = headers
        self._head = b""

    def head(self) -> bytes:
        """Return all headers as one block, ready for the wire; it is made once."""
        if not self._head:
            self._head = header_block(self._read_headers())
        return self._head

    def event(self) -> Event:
        """Return the event."""
        return Event.received(self.subject, self.payload, self._read_headers())

    def _read_headers(self) -> Mapping[str, str]:
        headers: dict[str, str] = pydantic_core.from_json(self._headers)
        return headers


class Entry:
    """An event of the outbox: its place, and what a publisher is given for it."""

    def __init__(self, waiting: Waiting, message: Event | Row) -> None:
        self.waiting = waiting
        self.message = message

    @cached_property
    def event(self) -> Event:
        """The event itself."""
        return self.message if isinstance(self.message, Event) else self.message.event()
