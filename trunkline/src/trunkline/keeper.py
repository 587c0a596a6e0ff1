"""Holding a client connected, for as long as it takes.

nats-py reconnects a client that had been connected; we only tell it how long to pause. The rest is the keeper's work:

- the first connection: nats-py gives up after some attempts, or hangs in them without a word;
- a client that the server closed for good (a protocol error, expired credentials): nats-py stays closed;
- a reconnection that cannot begin: before it connects anew, nats-py waits for its old socket to close, which a frozen
  server with unread bytes puts off for a quarter of an hour;
- the embedded server that is gone: it has to be asked for again.

In each of them a fresh client takes the old one's place, and `prepare` is called with it before anybody sees it, so
that all subscriptions are there from its first moment.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from time import monotonic
from typing import Any, Protocol

import structlog
from nats import errors
from nats.aio.client import Client, Server

from trunkline.addresses import Addresses, read_addresses
from trunkline.backoff import Backoff
from trunkline.errors import ConfigurationError, TrunklineError
from trunkline.settings import NatsSettings
from trunkline.waiting import within
from trunkline.wire import WireClient

log = structlog.get_logger(__name__)

_PING_INTERVAL = 5  # seconds; a server that leaves two pings unanswered is given up at the third
_PENDING_SIZE = 64 << 20  # beyond this nats-py blocks, and swallows cancellation: out of reach of what we write
_CLOSE_LIMIT = 2.0
_EMBEDDED_LIMIT = 30.0
_GLANCE = 0.5  # seconds between two looks at a client whose callbacks said nothing


class Embedded(Protocol):
    """What a connection needs of the embedded server."""

    async def url(self) -> str:
        """Return its URL, starting it where it is not running."""
        ...

    def release(self) -> None:
        """Give up this process's share in it."""
        ...


class Keeper:
    """Keeps `client` connected while `run` runs.

    Args:
        settings: where to, as whom, and how patiently.
        embedded: the server to use when the settings name none.
        prepare: awaited with each fresh client as soon as it is connected.
        changed: called after anything has changed: connected, lost, closed.

    Raises:
        ConfigurationError: a setting cannot work, or there is neither a URL nor an embedded server.
    """

    def __init__(
        self,
        settings: NatsSettings,
        embedded: Embedded | None,
        prepare: Callable[[Client], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._embedded = embedded if settings.url is None else None
        self._prepare = prepare
        self._changed = changed
        self.addresses: Addresses | None = None
        if settings.url is not None:
            self.addresses = read_addresses(settings.servers, settings)
        elif embedded is None:
            raise ConfigurationError("NATS_URL is unset, and there is no embedded server to use in its place")
        self.client: Client = WireClient(tls_required=False)
        self.clients = 0
        """How many clients have been connected: the number of the current one."""
        self.error: str | None = None
        """What the last failed attempt said, until one succeeds."""
        self.slow = 0
        """Messages that nats-py dropped because a subscription's buffer was full."""
        self._wake = asyncio.Event()
        self._pause = Backoff(0.1, settings.reconnect_max_wait)
        self._turn = 0
        self._last_attempt = monotonic()

    @property
    def embedded(self) -> bool:
        """Whether the server is the embedded one."""
        return self._embedded is not None

    async def run(self) -> None:
        """Connect, and connect again, until cancelled."""
        while True:
            try:
                client = await self._dial()
            except (OSError, errors.Error, TrunklineError, TimeoutError) as error:
                if not isinstance(error, errors.NoServersError) or self.error is None:  # the reason was noted before
                    self._note(error)
                await asyncio.sleep(self._pause.next())
                continue
            self._pause.reset()
            self.error = None
            self.client = client
            self.clients += 1
            await self._prepare(client)  # again: for what was subscribed to meanwhile
            self._changed()
            await self._until_lost(client)
            await finish(client.close(), _CLOSE_LIMIT)
            self._changed()

    async def drain(self, limit: float) -> None:
        """Let what has arrived be handled and what was written go out, then close; `limit` in seconds, 0 for none."""
        if self.clients == 0:
            return
        if self.client.is_connected and limit > 0:
            await finish(self.client.drain(), limit)
        if not self.client.is_closed:
            await finish(self.client.close(), _CLOSE_LIMIT)

    def release(self) -> None:
        """Give up the share in the embedded server, if that is what we used."""
        if self._embedded is not None:
            self._embedded.release()

    async def _dial(self) -> Client:
        addresses = await self._where()
        url = addresses.urls[self._turn % len(addresses.urls)]
        self._turn += 1
        client = WireClient(tls_required=addresses.tls_required)
        timeout = self._settings.connect_timeout
        try:
            async with asyncio.timeout(4 * timeout + 1):
                await client.connect(
                    [url],
                    name=self._settings.name,
                    connect_timeout=timeout,  # type: ignore[arg-type]  # seconds; a fraction is as good
                    allow_reconnect=True,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    reconnect_to_server_handler=partial(self._choose, client),
                    ping_interval=_PING_INTERVAL,
                    pending_size=_PENDING_SIZE,
                    error_cb=self._on_error,
                    disconnected_cb=self._on_change,
                    reconnected_cb=self._on_reconnected,
                    closed_cb=self._on_change,
                    **addresses.options,
                )
                await self._prepare(client)
        except BaseException:
            await finish(client.close(), _CLOSE_LIMIT)
            raise
        # One attempt was enough to learn that this server is there; from now on nats-py goes on for ever, over all.
        client.options["max_reconnect_attempts"] = -1
        client.options["reconnect_time_wait"] = 1
        known = [uri.geturl() for uri in client.servers]
        client.set_server_pool(known + [other for other in addresses.urls if other not in known])
        return client

    async def _where(self) -> Addresses:
        if self._embedded is not None:
            async with asyncio.timeout(_EMBEDDED_LIMIT):
                self.addresses = read_addresses([await self._embedded.url()], self._settings)
        if self.addresses is None:  # pragma: no cover - refused by the constructor
            raise ConfigurationError("there is no server to connect to")
        return self.addresses

    async def _until_lost(self, client: Client) -> None:
        """Return when `client` has to be replaced."""
        away_since: float | None = None
        while not client.is_closed:
            self._wake.clear()
            await within(_GLANCE, self._wake)
            if client.is_connected or client.is_closed:
                away_since = None
                continue
            if away_since is None:
                away_since = self._last_attempt = monotonic()
                self._changed()
            if await self._has_moved() or self._is_stuck():
                return

    def _is_stuck(self) -> bool:
        patience = 5 * self._settings.connect_timeout + self._settings.reconnect_max_wait + 5
        return monotonic() - self._last_attempt > patience

    async def _has_moved(self) -> bool:
        """Ask for the embedded server again; True when it came back at another address."""
        if self._embedded is None:
            return False
        before = self.addresses
        try:
            return await self._where() != before
        except (OSError, TrunklineError, TimeoutError) as error:
            self._note(error)
            await asyncio.sleep(self._pause.next())
            return False

    def _choose(self, client: Client, pool: list[Server], info: dict[str, Any]) -> tuple[Server | None, float]:
        """Tell nats-py which server to try next, and after which pause."""
        if client.is_closed:
            # Its reconnection can lose the cancellation that closing sent it (`asyncio.wait_for` before Python 3.12).
            raise asyncio.CancelledError
        self._last_attempt = monotonic()
        fewest = min(server.reconnects for server in pool)
        return random.choice([server for server in pool if server.reconnects == fewest]), self._pause.next()  # noqa: S311

    async def _on_change(self) -> None:
        self._wake.set()
        self._changed()

    async def _on_reconnected(self) -> None:
        self._pause.reset()
        self.error = None
        await self._on_change()

    @property
    def _is_refused(self) -> bool:
        """Whether the last that was heard of the server is that it does not want us."""
        return self.error is not None and ("Authorization" in self.error or "Authentication" in self.error)

    async def _on_error(self, error: Exception) -> None:
        if isinstance(error, errors.SlowConsumerError):
            self.slow += 1
            if self.slow % 1000 == 1:
                log.error("messages dropped: a subscription is too slow", subject=error.subject, dropped=self.slow)
            return
        self._note(error)

    def _note(self, error: Exception) -> None:
        if self._is_refused and isinstance(error, ConnectionResetError | BrokenPipeError | errors.UnexpectedEOF):
            return  # the server refuses and cuts; now and then its word is lost to the cut
        text = str(error) or type(error).__name__
        if isinstance(error, TimeoutError) and not str(error):
            text = "timed out"
        if self.addresses is not None:
            text = self.addresses.redact(text)
        if text != self.error:
            servers = self.addresses.shown if self.addresses is not None else ()
            log.warning("nats connection trouble", error=text, servers=servers)
        self.error = text


async def finish(work: Coroutine[Any, Any, None], limit: float) -> None:
    """Run the end of a client's life for at most `limit` seconds; nothing it raises stops ours.

    It runs as a task of its own: nats-py swallows cancellation while it closes, and ours must not be lost in there.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=limit)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
    if not task.done():
        log.warning("nats client would not end", limit=limit)
    elif not task.cancelled() and task.exception() is not None:
        log.debug("nats client ended with an error", error=type(task.exception()).__name__)
