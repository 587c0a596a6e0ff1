"""The one object an application holds: publish, subscribe, request, respond, and say how things are.

``NATSService(connection)`` works on Trunkline's `Connection`, or on a plain nats-py client that somebody else has
connected; publishing, live subscriptions and requests then need nothing else. `start` and `stop` are for the life of an
application: the connection in the background, the relay of the outbox, an orderly end.

With a database, what a stream does not take now is kept in the outbox (`outgoing.py`).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, overload

from nats.aio.client import Client
from pydantic import BaseModel

from trunkline import requests
from trunkline.connection import Connection
from trunkline.consumer import DurableSubscription, Handler, Retry
from trunkline.duplicates import Duplicates, Watched
from trunkline.errors import ConfigurationError, DatabaseError, TrunklineError
from trunkline.events import Event
from trunkline.health import ServiceHealth, SubscriptionHealth
from trunkline.hosting import AgentFactory
from trunkline.listeners import ListenersFirst
from trunkline.live import LiveSubscription
from trunkline.memory import Memory
from trunkline.outgoing import Outgoing
from trunkline.publisher import Publisher
from trunkline.receipts import Receipt
from trunkline.streams import Stream
from trunkline.subjects import Subject, Subjects, overlap
from trunkline.subscription import Subscription

if TYPE_CHECKING:
    from trunkline.records import Farewell, Records
    from trunkline.sql import Clock, Database
    from trunkline.sql.janitor import Janitor
    from trunkline.sql.relay import Relay

Model = TypeVar("Model", bound=BaseModel)


class NATSService:
    """Events over one connection.

    Args:
        nats_client: Trunkline's connection, or a connected nats-py client.
        database: keeps what the stream does not take now, and makes ``msg.commit`` possible: the application's, or a
            `trunkline.sql.Spool` where it has none. Without, what is not taken is an error.
        subjects: the declared subject templates: keys, types and hints come from them.
        streams: the declared streams.
        source: what events say of where they come from (``ce-source``).
        inbox_age: how long the inbox knows what was done. An event that comes again later acts again, so this is to be
            no shorter than the `max_age` of the streams.
        history_age: how long tasks and workflows are kept that have ended.
    """

    def __init__(
        self,
        nats_client: Connection | Client,
        *,
        database: "Database | None" = None,
        subjects: Subjects | None = None,
        streams: Iterable[Stream] | None = None,
        source: str = "trunkline",
        inbox_age: timedelta = timedelta(days=30),
        history_age: timedelta = timedelta(days=90),
    ) -> None:
        self.connection = nats_client if isinstance(nats_client, Connection) else Connection.adopt(nats_client)
        self.connection.declare(streams or ())
        self.database = database
        self.subjects = subjects or Subjects()
        self.source = source
        self._inbox_age = inbox_age
        self._history_age = history_age
        self._duplicates = Duplicates()
        self.agents: Mapping[str, AgentFactory] = {}
        """What makes the application's agents, by name: what ``trunkline worker`` can run."""
        self.lifespan: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
        """What an application does around the service in every process, with HTTP or without: logging, a check of its
        tables. The service is started within it, once its agents listen."""
        self._records = _records(database)
        self._memory = Memory(self.connection, self._records) if self._records is not None else None
        remembered = self._memory.had_jetstream if self._memory is not None else None
        self.publisher = Publisher(self.connection, self.subjects, remembered=remembered)
        self._outgoing: Outgoing | None = None
        if self._records is not None and self._memory is not None:
            self._outgoing = Outgoing(self.publisher, self._records, self._memory)
        self.clock: Clock | None = _clock(database)
        """Makes the database's timers ring, from `start` to `stop`; None without a database."""
        self._relay: Relay | None = None
        self._janitor: Janitor | None = None
        self._subscriptions: list[Subscription] = []
        self._listeners: ListenersFirst | None = None
        self._opened_database = False

    @property
    def nc(self) -> Client:
        """The current nats-py client."""
        return self.connection.nc

    async def start(self) -> None:
        """Begin to connect, to send what waits in the outbox, and to keep room in the streams.

        Returns without waiting for a server.

        Subscribe first: on a server without JetStream, what waits is sent as soon as those listen who are subscribed
        by then, and whoever comes later has missed it.

        Raises:
            DatabaseError: the database cannot be opened.
        """
        await self.connection.start()
        if self.database is None or self._memory is None or self._relay is not None:
            return
        self.connection.on_connected(self._memory.look)
        self._opened_database = not self.database.id
        await self.database.start()
        self._listeners = ListenersFirst(self.publisher, self.connection, lambda: self._subscriptions)
        watched = Watched(self._listeners, self._duplicates)
        self._relay = _relay(self.database, watched, self.connection, self._inbox_age, self._history_age)
        await self._relay.start()
        self._janitor = _janitor(self.database, self.connection)
        await self._janitor.start()
        self.publisher.on_full = self._janitor.prompt
        if self.clock is not None:
            await self.clock.start()

    async def stop(self) -> None:
        """End in order: take no more, finish what is running, acknowledge, drain, close; each within its limit.

        All subscriptions end at once, within ``NATS_DRAIN_TIMEOUT`` together. An adopted client stays open.
        """
        limit = self.connection.settings.drain_timeout
        if self._listeners is not None:
            self._listeners.end()
        subscriptions, self._subscriptions = self._subscriptions, []
        await asyncio.gather(*(subscription.stop(limit) for subscription in subscriptions))
        if self.clock is not None:
            await self.clock.stop()
        if self._relay is not None:
            await self._relay.stop()
            self._relay = None
        if self._janitor is not None:
            self.publisher.on_full = None
            await self._janitor.stop()
            self._janitor = None
        await self.connection.drain()
        if self._opened_database and self.database is not None:
            await self.database.close()

    def event(
        self,
        subject: str,
        data: Mapping[str, object] | BaseModel,
        *,
        event_id: str | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        test: bool = False,
    ) -> Event:
        """Make an event with this service's subjects and source, for `publish` or ``outbox.add``.

        Raises:
            InvalidSubject, InvalidEvent: as `Event.create`.
        """
        return Event.create(
            subject, data, subjects=self.subjects, source=self.source, id=event_id, key=key, headers=headers, test=test
        )

    async def publish_event(
        self,
        subject: str,
        data: Mapping[str, object] | BaseModel,
        persistent: bool = False,
        *,
        event_id: str | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        test: bool = False,
    ) -> Receipt:
        """Publish an event, and say how far it came. A receipt is always true.

        Args:
            subject: where to.
            data: an object; dates, UUIDs, enums and models in it are written as JSON.
            persistent: have a stream keep it. Without, it reaches whoever listens now.
            event_id: its identity: the same one is stored once and acts once. Default: a new one.
            key: order is kept within it. Default: as the subject's template says.
            headers: the caller's own.
            test: a trial, which an application's own handlers leave alone.

        Raises:
            InvalidSubject, InvalidEvent: it cannot be published as it is; `PayloadTooLarge` is one of these.
            NoStreamForSubject: `persistent`, and no stream keeps the subject.
            NotConnected, StreamUnavailable: it was not taken, and there is no database to keep it in.
            PublishError: it was not taken, and could not be kept either.
        """
        event = self.event(subject, data, event_id=event_id, key=key, headers=headers, test=test)
        if not persistent:
            return await self.publisher.send(event)
        return self._duplicates.noted(await (self._outgoing or self.publisher).publish(event))

    async def publish(self, event: Event) -> Receipt:
        """Have a stream keep `event`, or else the outbox; raises as `publish_event`."""
        return self._duplicates.noted(await (self._outgoing or self.publisher).publish(event))

    async def publish_many(self, events: Iterable[Event]) -> list[Receipt | TrunklineError]:
        """Have streams keep `events`, made by `event`, or else the outbox; each answer stands at its event's place.

        Many times faster than one call for each, with the same guarantees: those of one key are stored in their order,
        and each has an answer of its own. An event that was not taken, and cannot be kept either, is answered by the
        error that `publish` would have raised. Receipts of events that a stream took as a batch have no `sequence`.

        Events of a generator are made while the stream stores those before them. An error that it raises is raised when
        they have been sent; their answers are gone then.
        """
        answers = await (self._outgoing or self.publisher).publish_many(events)
        self._duplicates.note(answers)
        return answers

    @overload
    async def request(
        self,
        subject: str,
        data: Mapping[str, object] | BaseModel | None = None,
        *,
        timeout: float | None = None,
        response_type: None = None,
    ) -> dict[str, Any]: ...
    @overload
    async def request(
        self,
        subject: str,
        data: Mapping[str, object] | BaseModel | None = None,
        *,
        timeout: float | None = None,
        response_type: type[Model],
    ) -> Model: ...
    async def request(
        self,
        subject: str,
        data: Mapping[str, object] | BaseModel | None = None,
        *,
        timeout: float | None = None,
        response_type: type[BaseModel] | None = None,
    ) -> Any:
        """Ask on `subject` and return the answer; see `trunkline.requests.request`."""
        if response_type is None:
            return await requests.request(self.connection, subject, data, timeout=timeout)
        return await requests.request(self.connection, subject, data, timeout=timeout, response_type=response_type)

    async def respond(self, subject: str, handler: Handler) -> Subscription:
        """Answer requests on `subject` with what ``handler(subject, data, msg)`` returns."""
        return self._own(await requests.respond(self.connection, subject, handler))

    @overload
    async def subscribe_to_events(
        self,
        subject: str | Subject,
        handler: Handler,
        *,
        durable: str,
        ordered: bool = False,
        concurrency: int = 8,
        retry: Retry | None = None,
        time_limit: float = 300,
        include_tests: bool = False,
        on_buried: "Farewell | None" = None,
    ) -> DurableSubscription: ...
    @overload
    async def subscribe_to_events(
        self,
        subject: str | Subject,
        handler: Handler,
        *,
        durable: str | None = None,
        ordered: bool = False,
        concurrency: int = 8,
        retry: Retry | None = None,
        time_limit: float = 300,
        include_tests: bool = False,
        on_buried: "Farewell | None" = None,
    ) -> Subscription: ...
    async def subscribe_to_events(
        self,
        subject: str | Subject,
        handler: Handler,
        *,
        durable: str | None = None,
        ordered: bool = False,
        concurrency: int = 8,
        retry: Retry | None = None,
        time_limit: float = 300,
        include_tests: bool = False,
        on_buried: "Farewell | None" = None,
    ) -> Subscription:
        """Have ``handler(subject, data, msg)`` awaited for each event.

        Args:
            subject: a template, or a pattern with ``*`` and ``>``.
            handler: `data` is made as its annotation says.
            durable: a name. Without: every process sees what is published from now on. With: each stored event, from
                the stream's beginning, is handled by one of the processes that share the name, until it is done.
            ordered: of a durable handler: the events of one key are handled in their order, through retries, crashes
                and takeovers, by one process at a time; the others stand by. Events without a key are free. Order is
                kept within a stream. Needs a database.
            concurrency: events handled at once; of one key, by a live or ordered handler, one at a time.
            retry: of a durable handler that raises.
            time_limit: seconds that a handler may take for one event.
            include_tests: let a durable handler see trials too.
            on_buried: a plain function of session and message, run in the transaction that makes an event a dead
                letter, for whatever reason: also when its process died on every attempt. When it raises, the event is
                not given up but comes again later. Needs a durable name and a database.

        Raises:
            InvalidSubject: the pattern is malformed.
            HandlerError: the handler cannot be run as it is.
            ConfigurationError: the durable name cannot be used, or is in use for events of the same stream; or it is
                to be ordered or to have `on_buried`, and there is no database, or it is not durable.
        """
        pattern = subject.pattern if isinstance(subject, Subject) else subject
        if on_buried is not None and (durable is None or self._records is None):
            raise ConfigurationError("on_buried needs a durable name and a database: nothing else buries events")
        if durable is None:
            if ordered:
                raise ConfigurationError("ordered=True needs a durable name; a live handler keeps the order of keys")
            live = LiveSubscription(self.connection, pattern, handler, concurrency=concurrency, time_limit=time_limit)
            await live.start()
            return self._own(live)
        self._check_free(durable, pattern)
        subscription = DurableSubscription(
            self.connection,
            pattern,
            handler,
            durable=durable,
            concurrency=concurrency,
            retry=retry,
            time_limit=time_limit,
            include_tests=include_tests,
            keeping=self._records,
            ordered=ordered,
        )
        if on_buried is not None and self._records is not None:
            self._records.on_buried(durable, on_buried)
        await subscription.start()
        self._own(subscription)
        return subscription

    async def health(self) -> ServiceHealth:
        """Say what is so now, within a few seconds."""
        waiting, error = None, None
        if self._records is not None:
            try:
                waiting = await self._records.waiting()
            except DatabaseError as failure:
                error = str(failure)
        return ServiceHealth(
            connection=await self.connection.health(),
            outbox_waiting=waiting,
            outbox_error=error,
            subscriptions=self.subscription_health(),
            duplicates=self._duplicates.count,
            purged=self._janitor.purged if self._janitor is not None else 0,
        )

    def subscription_health(self) -> tuple[SubscriptionHealth, ...]:
        """Say how each subscription is, as far as it is known without asking."""
        return tuple(
            SubscriptionHealth(
                each.pattern, each.durable, each.failed, each.dropped, each.error, self._repeated(each.durable)
            )
            for each in self._subscriptions
            if each.active
        )

    def _repeated(self, durable: str | None) -> int:
        return self._records.repeated[durable] if self._records is not None and durable is not None else 0

    def _own(self, subscription: Subscription) -> Subscription:
        self._subscriptions = [*(each for each in self._subscriptions if each.active), subscription]
        return subscription

    def _check_free(self, durable: str, pattern: str) -> None:
        """Refuse a second pattern for one consumer: it would take the first one's place on the server."""
        for each in self._subscriptions:
            if each.active and each.durable == durable and self._may_share_a_stream(each.pattern, pattern):
                raise ConfigurationError(
                    f"durable name {durable!r} listens to {each.pattern!r} already, in the same stream as {pattern!r}; "
                    "give each of them a name of its own"
                )

    def _may_share_a_stream(self, one: str, other: str) -> bool:
        if overlap(one.partition(".")[0], other.partition(".")[0]):
            return True
        return any(
            any(overlap(kept, one) for kept in stream.subjects)
            and any(overlap(kept, other) for kept in stream.subjects)
            for stream in self.connection.streams
        )


def _records(database: "Database | None") -> "Records | None":
    if database is None:
        return None
    from trunkline.records import Records

    return Records(database)


def _clock(database: "Database | None") -> "Clock | None":
    if database is None:
        return None
    from trunkline.sql import Clock

    return Clock(database)


def _relay(
    database: "Database", publisher: Watched, connection: Connection, inbox_age: timedelta, history_age: timedelta
) -> "Relay":
    from trunkline.sql.relay import Relay

    return Relay(database, publisher, connection, inbox_age=inbox_age, history_age=history_age)


def _janitor(database: "Database", connection: Connection) -> "Janitor":
    from trunkline.sql.janitor import Janitor

    return Janitor(database, connection, interval=connection.settings.janitor_interval)
