"""What is so, now: the answers of `Connection.health` and `NATSService.health`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trunkline.jetstream import JetStreamState

State = Literal["connecting", "connected", "reconnecting", "draining", "closed"]


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """The connection.

    `connected` says that the server has just answered, `state` is the client's own view, `since` when that began.
    `server` is host and port, never with user information; without a connection, those that are tried. `dropped` counts
    messages that a slow subscription lost.
    """

    connected: bool
    state: State
    server: str | None
    server_name: str | None
    server_version: str | None
    since: datetime | None
    jetstream: JetStreamState
    jetstream_reason: str | None
    rtt_ms: float | None
    error: str | None
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class SubscriptionHealth:
    """One subscription.

    What it listens to, attempts that failed, events without room, and why it gets nothing now. `repeated` counts events
    that came to a durable handler when it had done them already, and which the inbox kept from acting again.
    """

    pattern: str
    durable: str | None
    failed: int
    dropped: int
    error: str | None
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """The connection, the events that wait in the outbox (None: no database, or it does not answer), the handlers.

    `duplicates` counts second copies of events that a stream refused, and `purged` the messages that the janitor has
    removed from streams that filled up; both by this process since it began.
    """

    connection: ConnectionHealth
    outbox_waiting: int | None
    outbox_error: str | None
    subscriptions: tuple[SubscriptionHealth, ...]
    duplicates: int = 0
    purged: int = 0
