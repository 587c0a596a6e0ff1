"""One connection's life: connect, lose, connect again, drain.

`Connection.start` returns at once. From then on two tasks work until `close`: the *keeper* (`keeper.py`) holds a client
connected, and the *watcher* (`watcher.py`) looks around after each (re)connection: is JetStream there, do the declared
streams exist (`surroundings.py`)? It then tells those who asked to be told (`on_connected`).

A connection can also be laid around a client that somebody else made (`Connection.adopt`). Such a client's callbacks
are not ours, so nothing is heard from it: the watcher looks at it more often instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Self

from nats import errors
from nats.aio.client import Client

from trunkline import echo
from trunkline.addresses import read_addresses
from trunkline.cancellation import end
from trunkline.connection_subscription import Callback, ConnectionSubscription
from trunkline.errors import NotConnected
from trunkline.headers import header_block
from trunkline.health import ConnectionHealth, State
from trunkline.jetstream import JetStreamState
from trunkline.keeper import Embedded, Keeper
from trunkline.replies import ReplyInbox
from trunkline.settings import NatsSettings
from trunkline.streams import Stream, StreamStatus
from trunkline.subjects import check_pattern
from trunkline.surroundings import Generation, Surroundings
from trunkline.watcher import Watcher, address_of
from trunkline.wire import Receive, Writer, message_frame, server_info

_WATCH_OWN, _WATCH_ADOPTED = 1.0, 0.2  # seconds between two looks; an adopted client does not wake us


class Connection:
    """A connection to NATS, held for as long as the process wants it.

    Args:
        settings: default: read from the environment.
        embedded: the server to use when ``NATS_URL`` is unset. Its share is released by `close`.
        streams: the declared streams, created or checked at each connection.

    Raises:
        ConfigurationError: a setting cannot work, or there is neither a URL nor an embedded server.
    """

    def __init__(
        self,
        settings: NatsSettings | None = None,
        *,
        embedded: Embedded | None = None,
        streams: Sequence[Stream] = (),
    ) -> None:
        self.settings = settings or NatsSettings()
        self._keeper: Keeper | None = Keeper(self.settings, embedded, self._prepare_client, self._changed)
        self._adopted: Client | None = None
        self._set_up(streams)

    @classmethod
    def adopt(cls, client: Client, *, streams: Sequence[Stream] = (), settings: NatsSettings | None = None) -> Self:
        """Lay a connection around a client that somebody else connected, and will close."""
        connection = cls.__new__(cls)
        connection.settings = settings or NatsSettings()
        connection._keeper = None
        connection._adopted = client
        connection._set_up(streams)
        return connection

    def _set_up(self, streams: Sequence[Stream]) -> None:
        self._surroundings = Surroundings(self, self.settings)
        self._surroundings.declare(streams)
        self._watcher = Watcher(
            self,
            self._surroundings,
            glance=_WATCH_OWN if self._keeper is not None else _WATCH_ADOPTED,
            observe=self._observe,
        )
        self.remembered = False
        """Set by whoever remembers, from an earlier run, that this server has JetStream."""
        self._tasks: list[asyncio.Task[None]] = []
        self._observed: State | None = None
        self._since: datetime | None = None
        self._closed = False
        self.replies = ReplyInbox(self.nc.new_inbox())
        self._echo = echo.Echo(self, self.replies, lambda subject: self.write(subject, b"", limit=echo.LIMIT))
        self._writer = Writer(self.nc)
        self._answers = ConnectionSubscription(self.replies.subject, receive=self.replies.receive, forget=self._forget)
        self._subscriptions = [self._answers]

    @property
    def nc(self) -> Client:
        """The current nats-py client. It is another one after the server closed the first for good."""
        if self._adopted is not None:
            return self._adopted
        assert self._keeper is not None
        return self._keeper.client

    # What is so

    @property
    def is_connected(self) -> bool:
        """Whether the client holds a connection. That a server has just died, or is frozen, may not be known yet."""
        return not self._closed and self.nc.is_connected

    @property
    def generation(self) -> Generation:
        """Changes with each new connection; what was learnt from the server holds within one."""
        return self._keeper.clients if self._keeper else 0, self.nc.stats["reconnects"]

    @property
    def outlook(self) -> Hashable:
        """Changes whenever something else may be so at the server, as far as that was noticed."""
        keeper = self._keeper
        return self._surroundings.looks, keeper.clients if keeper is not None else 0, self.nc.stats["reconnects"]

    @property
    def jetstream_expected(self) -> bool:
        """Whether this server should have JetStream: demanded by setting, our own, seen here, or remembered."""
        mode = self.settings.jetstream
        embedded = self._keeper is not None and self._keeper.embedded
        return mode != "off" and (mode == "required" or embedded or self._surroundings.had_jetstream or self.remembered)

    @property
    def key(self) -> str | None:
        """A name for the server or cluster that this connection is to, fit to be stored; None while not known."""
        if self._keeper is not None:
            return self._keeper.addresses.key if self._keeper.addresses is not None else None
        announced = self.nc.discovered_servers
        urls = [f"nats://{url.hostname}:{url.port}" for url in self.nc.servers if url not in announced]
        return read_addresses(urls, NatsSettings.model_construct()).key if urls else None

    @property
    def max_payload(self) -> int | None:
        """Bytes that the server takes in one message, headers included; None before the first connection."""
        return self.nc.max_payload if server_info(self.nc) else None

    @property
    def jetstream_reason(self) -> str | None:
        """Why JetStream is not there, or not known to be."""
        return self._surroundings.reason

    def known_jetstream(self) -> JetStreamState | None:
        """Return what is known of this very connection without asking; None when it has to be asked."""
        return self._surroundings.known()

    async def jetstream(self) -> JetStreamState:
        """Say whether JetStream is there: asked once for each connection, together with the declared streams."""
        return await self._surroundings.jetstream()

    async def look_around(self) -> None:
        """Ask whether JetStream is there and see to the declared streams; callers share one look that is under way."""
        await self._surroundings.look_around()

    def doubt(self) -> None:
        """Have the watcher look around again: something was not as it was last seen."""
        self._surroundings.doubt()
        self._watcher.wake()

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The declared streams."""
        return self._surroundings.streams

    def declare(self, streams: Iterable[Stream]) -> None:
        """Declare more streams; one of the same name is declared already."""
        self._surroundings.declare(streams)

    def stream_keeping(self, subject: str) -> Stream | None:
        """Return the declared stream that keeps `subject` (or every subject of that pattern), or None."""
        return self._surroundings.stream_keeping(subject)

    def status_of(self, stream: Stream) -> StreamStatus:
        """Return a declared stream as it was last seen."""
        return self._surroundings.status_of(stream)

    async def stream_status(self) -> list[StreamStatus]:
        """Ask the server for each declared stream now; where it does not answer, the status says so."""
        return await self._surroundings.stream_status()

    async def health(self) -> ConnectionHealth:
        """Say what is so now; the server is asked for an echo, within a second."""
        rtt = await self.echo()
        self._observe()
        answers = self.is_connected and (rtt is not None or self.is_deaf)
        jetstream = await self.jetstream() if answers else JetStreamState.UNKNOWN
        info = server_info(self.nc) if self.is_connected else {}
        error = self._keeper.error if self._keeper is not None else None
        return ConnectionHealth(
            connected=answers,
            state=self._state(),
            server=address_of(self.nc) if self.is_connected else self._sought(),
            server_name=info.get("server_name"),
            server_version=info.get("version"),
            since=self._since,
            jetstream=jetstream,
            jetstream_reason=self.jetstream_reason if answers else "not connected",
            rtt_ms=round(rtt * 1000, 3) if rtt is not None else None,
            error="the server does not answer" if self.is_connected and not answers else error,
            dropped=self._keeper.slow if self._keeper is not None else 0,
        )

    async def echo(self, timeout: float = echo.LIMIT) -> float | None:
        """Have the server send us a message of our own; return the seconds it took, or None if nothing came."""
        return await self._echo.seconds(timeout)

    @property
    def is_deaf(self) -> bool:
        """Whether an adopted client was told not to hear itself, so that no echo can come."""
        return bool(self.nc.options.get("no_echo"))

    # What can be done

    async def start(self) -> None:
        """Begin to connect, and return at once; errors of single attempts are logged and shown by `health`."""
        if self._tasks or self._closed:
            return
        if self._keeper is not None:
            self._tasks.append(asyncio.create_task(self._keeper.run(), name="trunkline keeper"))
        self._tasks.append(asyncio.create_task(self._watcher.run(), name="trunkline watcher"))

    async def wait_connected(self, timeout: float) -> None:
        """Wait until there is a connection, and JetStream and streams were looked at.

        Raises:
            NotConnected: not within `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                if self._tasks:
                    await self._watcher.connected.wait()
                elif self.is_connected:
                    await self.jetstream()
        except TimeoutError:
            pass
        if not self.is_connected:
            raise NotConnected(f"no connection within {timeout:g} s: {self._why_not()}")

    def on_connected(self, callback: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Have `callback` awaited after each (re)connection, once JetStream and the streams were looked at.

        It is called again when JetStream, which did not answer before, does. Needs `start`. Returns what removes it.
        """
        return self._watcher.add(callback)

    async def subscribe(self, pattern: str, callback: Callback, *, queue: str = "") -> ConnectionSubscription:
        """Subscribe now or, without a connection, as soon as there is one; it survives every reconnection.

        `callback` is awaited for one message after another; what waits for it is dropped (counted in `health`) beyond
        nats-py's limits. Where nothing has to be awaited, `listen` is faster.

        Raises:
            InvalidSubject: the pattern is malformed.
            NotConnected: the connection, or an adopted client, is closed.
        """
        return await self._add(ConnectionSubscription(pattern, callback=callback, queue=queue, forget=self._forget))

    async def listen(self, pattern: str, receive: Receive, *, queue: str = "") -> ConnectionSubscription:
        """Subscribe as `subscribe` does, and have the plain function `receive` called with each message at once.

        It is called while the connection is read, so it must be quick.

        Raises:
            InvalidSubject, NotConnected: as `subscribe`.
        """
        return await self._add(ConnectionSubscription(pattern, receive=receive, queue=queue, forget=self._forget))

    async def write(
        self, subject: str, payload: bytes, *, limit: float, reply: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Hand one message to the client, slowed down while too much waits to be sent.

        Raises:
            InvalidSubject, InvalidEvent: the subject or a header would break the protocol.
            NotConnected: there is no connection.
            TimeoutError: the server took nothing for `limit` seconds.
        """
        frame = message_frame(subject, reply, header_block(headers or {}), payload)
        await self.ready_to_write(limit)
        self.write_now(frame)

    @property
    def is_ready_to_write(self) -> bool:
        """Whether `write_now` may be called: replies are listened to, and not too much waits to be sent."""
        return self._answers.is_on(self.nc) and self._writer.unsent <= self.settings.unsent_bytes

    async def ready_to_write(self, limit: float) -> None:
        """Wait until `is_ready_to_write`.

        Raises:
            NotConnected: there is no connection.
            TimeoutError: the server took nothing for `limit` seconds.
        """
        if self.is_ready_to_write:
            return
        self._check_connected()
        if self._writer.unsent > self.settings.unsent_bytes:
            async with asyncio.timeout(limit):
                while self._writer.unsent > self.settings.unsent_bytes and self.is_connected:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)  # nats-py tells nobody
        self._check_connected()
        if not self._answers.is_on(self.nc):
            await self._apply(self._answers)

    def write_now(self, frame: bytes) -> None:
        """Have a frame, made by `trunkline.wire`, go out at the end of this turn of the event loop.

        Raises:
            NotConnected: there is no connection.
        """
        writer, client = self._writer, self.nc
        if writer.client is not client:
            writer = self._writer = Writer(client)
        if self._closed or not writer.write(frame):
            raise NotConnected(f"not connected: {self._why_not()}")

    async def drain(self) -> None:
        """Let what has arrived be handled and what was written go out, within ``NATS_DRAIN_TIMEOUT``; then close."""
        await self._stop(drain=True)

    async def close(self) -> None:
        """Close, and end every task. An adopted client is left open; only what we made on it goes."""
        await self._stop(drain=False)

    # How it is done

    async def _prepare_client(self, client: Client) -> None:
        for subscription in list(self._subscriptions):
            await subscription.apply(client)

    async def _apply(self, subscription: ConnectionSubscription) -> None:
        try:
            await subscription.apply(self.nc)
        except errors.Error as error:
            raise NotConnected(f"cannot subscribe to {subscription.pattern!r}: {error}") from error

    async def _add(self, subscription: ConnectionSubscription) -> ConnectionSubscription:
        check_pattern(subscription.pattern)
        if self._closed or (self._adopted is not None and self.nc.is_closed):
            raise NotConnected("the connection is closed")
        self._subscriptions.append(subscription)
        if self.is_connected:
            await self._apply(subscription)
            await self.echo()  # the server knows the subscription when this has come back
        return subscription

    def _check_connected(self) -> None:
        if not self.is_connected:
            raise NotConnected(f"not connected: {self._why_not()}")

    def _forget(self, subscription: ConnectionSubscription) -> None:
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def _changed(self) -> None:
        if not self.nc.is_connected:
            self.replies.lose()
        self._observe()
        self._watcher.wake()

    def _observe(self) -> None:
        state = self._state()
        if state != self._observed:
            self._observed = state
            self._since = datetime.now(UTC)

    def _state(self) -> State:
        client = self.nc
        if self._closed:
            return "closed"
        if client.is_draining:
            return "draining"
        if client.is_connected:
            return "connected"
        if self._adopted is not None and client.is_closed:
            return "closed"
        return "reconnecting" if server_info(client) else "connecting"

    def _sought(self) -> str | None:
        addresses = self._keeper.addresses if self._keeper is not None else None
        return ", ".join(addresses.shown) if addresses is not None else None

    def _why_not(self) -> str:
        if self._closed:
            return "the connection is closed"
        error = self._keeper.error if self._keeper is not None else None
        return error or f"the client is {self._state()}"

    async def _stop(self, *, drain: bool) -> None:
        if self._closed:
            return
        await end(*self._tasks)
        if self._keeper is not None:
            await self._keeper.drain(self.settings.drain_timeout if drain else 0.0)
            self._keeper.release()
        else:
            for subscription in list(self._subscriptions):
                await subscription.unsubscribe()
        self._closed = True
        self._watcher.connected.clear()
        self.replies.lose()
        await self._surroundings.end()
        await self._echo.end()
        self._observe()
