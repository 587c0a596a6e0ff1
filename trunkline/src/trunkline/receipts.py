"""What a publish reached: the answer to "is my event safe?"."""

from enum import StrEnum
from typing import NamedTuple


class Guarantee(StrEnum):
    """How far an event has come, strongest first."""

    STORED = "stored"
    """A stream has it and has acknowledged it."""
    QUEUED = "queued"
    """It is kept in the outbox under its own id and will be delivered later."""
    SENT = "sent"
    """It was handed once to whoever listens now; nothing keeps it."""


class Receipt(NamedTuple):
    """The answer to a publish; always true, as there is none for an event that got nowhere (that raises).

    `stream` and `sequence` are given for `stored`. `duplicate` says that the stream had the event id already.
    A named tuple, as a frozen dataclass takes twice as long to make, and there is one for each publish.
    """

    guarantee: Guarantee
    event_id: str
    subject: str
    stream: str | None = None
    sequence: int | None = None
    duplicate: bool = False

    def __bool__(self) -> bool:
        return True
