"""The janitor: makes room in streams that fill up with what everybody has read.

**One owner.** As with the relay, one process of a database holds the janitor's lease and the others stand by. The lease
is asked for again right before each purge, so one that was frozen and replaced stops there. Should a purge of its still
be under way, it does no harm: what was read when it was decided on is read for ever.

**Nothing unread goes.** A stream is purged below the lowest floor of its durable consumers (purging.py), and not at all
when it has none, unless it is declared as rolling. A consumer that has gone may be one that its handler is making anew
just now: it counts, with the floor it had, for ten minutes more. And a stream that begins to fill up is looked at in
two rounds before it is purged for the first time, so that a janitor that has just begun has seen its consumers too.

**Rounds.** They are made at an interval, and at once (`prompt`) when a publish finds a stream full. A process that
stands by tells the owner by a core NATS message; the server that refused the event is there to carry it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic
from typing import Protocol

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from trunkline.errors import DatabaseError, NotConnected, TrunklineError
from trunkline.events import new_id
from trunkline.jetstream import ApiError, ApiSilent, JetStreamState
from trunkline.purging import Filling, filling_of, floors_of, purge
from trunkline.sql import leases
from trunkline.sql.database import Database
from trunkline.sql.leases import Lease
from trunkline.sql.relay import Subscription
from trunkline.streams import Stream
from trunkline.waiting import ended_within, within

log = structlog.get_logger(__name__)

LEASE = "janitor"
LEASE_TERM = 15.0
INTERVAL = 30.0
PROMPTED_SECONDS = 5.0
"""Between two prompts that are heeded, and until the second look at a stream that begins to fill up."""
WAKE_SECONDS = 1.0
REMEMBERED_SECONDS = 600.0
STOP_SECONDS = 10.0

_PURGES_IN_A_ROUND = 20


class Connection(Protocol):
    """What the janitor needs of `trunkline.connection.Connection`."""

    @property
    def nc(self) -> Client:
        """The current client."""

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The declared streams."""

    def known_jetstream(self) -> JetStreamState | None:
        """Whether JetStream is there, without asking."""

    async def subscribe(self, pattern: str, callback: Callable[[Msg], Awaitable[None]]) -> Subscription:
        """Subscribe, now or as soon as there is a connection, for all connections to come."""

    async def write(self, subject: str, payload: bytes, *, limit: float) -> None:
        """Send a core NATS message."""


class Floors:
    """How far the durables of one stream have read, as seen over time; `created` says which stream of that name."""

    def __init__(self, created: str) -> None:
        self.created = created
        self._seen: dict[str, tuple[int, float]] = {}

    def note(self, found: Mapping[str, int], now: float) -> None:
        """Take in what was found at `now`, and forget who has been gone for too long."""
        self._seen |= {name: (floor, now) for name, floor in found.items()}
        self._seen = {name: seen for name, seen in self._seen.items() if now - seen[1] < REMEMBERED_SECONDS}

    @property
    def lowest(self) -> tuple[int, str] | None:
        """The lowest, and whose it is; None when there is no durable."""
        return min(((floor, name) for name, (floor, _) in self._seen.items()), default=None)


class Janitor:
    """Purges the declared streams of `connection` as far as they were read, as long as it runs.

    Args:
        database: started; keeps the lease.
        connection: whose streams.
        interval: seconds between two rounds.
    """

    def __init__(self, database: Database, connection: Connection, *, interval: float = INTERVAL) -> None:
        self._database = database
        self._connection = connection
        self._interval = interval
        self._owner = new_id()
        self._floors: dict[str, Floors] = {}
        self._stuck: dict[str, str] = {}
        self._next_round = 0.0
        self._heeded = float("-inf")
        self._prompted = asyncio.Event()
        self._stopping = asyncio.Event()
        self._subscription: Subscription | None = None
        self._task: asyncio.Task[None] | None = None
        self.purged = 0
        """Messages that this janitor has removed."""
        self.lease: Lease | None = None
        """Held while this janitor is the one that acts."""

    @property
    def wake_subject(self) -> str:
        """Where a process that stands by says that a stream is full."""
        return f"trunkline.janitor.{self._database.id}.wake"

    def prompt(self) -> None:
        """Have the owner, wherever it is, make a round now: a stream is full."""
        self._prompted.set()

    async def start(self) -> None:
        """Begin to make rounds, or to stand by; returns at once."""
        if self._task is None:
            self._stopping.clear()
            self._prompted.clear()
            self._subscription = await self._connection.subscribe(self.wake_subject, self._told)
            self._task = asyncio.create_task(self._run(), name="trunkline janitor")

    async def stop(self) -> None:
        """Finish what is under way, within ten seconds, and give the lease up."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping.set()
        self._prompted.set()
        subscription, self._subscription = self._subscription, None
        try:
            await ended_within(STOP_SECONDS, task)
        finally:
            if subscription is not None:
                await subscription.unsubscribe()

    async def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    await self._look()
                except DatabaseError as error:
                    log.warning("janitor cannot use the database", reason=str(error))
                except Exception:
                    log.exception("janitor failed and begins again")
                await self._pause()
        finally:
            await self._release()

    async def _look(self) -> None:
        if not await self._owns() or monotonic() < self._next_round:
            return
        self._next_round = monotonic() + self._interval
        if self._connection.known_jetstream() is not JetStreamState.YES:
            return
        for stream in self._connection.streams:
            if self._stopping.is_set():
                return
            try:
                await self._see_to(stream)
            except (ApiError, ApiSilent, NotConnected) as error:
                log.debug("stream not looked after now", stream=stream.name, reason=str(error))

    # The lease

    async def _owns(self) -> bool:
        """Keep the lease, or take it when it is free."""
        if self.lease is not None:
            self.lease = await self._database.write(partial(leases.renew, lease=self.lease))
            if self.lease is None:
                log.warning("another janitor has taken over")
        elif await self._database.read(partial(leases.is_free, name=LEASE, term=LEASE_TERM)):
            take = partial(leases.acquire, name=LEASE, owner=self._owner, term=LEASE_TERM)
            self.lease = await self._database.write(take)
            self._floors.clear()
        return self.lease is not None

    async def _release(self) -> None:
        lease, self.lease = self.lease, None
        if lease is None:
            return
        try:
            await self._database.write(partial(leases.release, lease=lease))
        except DatabaseError as error:
            log.warning("janitor's lease not given up; it runs out", reason=str(error))

    # Making room

    async def _see_to(self, stream: Stream) -> None:
        for _ in range(_PURGES_IN_A_ROUND):
            filling = await filling_of(self._connection.nc, stream.name)
            if filling is None or not filling.is_high:
                self._floors.pop(stream.name, None)
                self._stuck.pop(stream.name, None)
                return
            if not await self._make_room(stream, filling):
                return

    async def _make_room(self, stream: Stream, filling: Filling) -> bool:
        """Purge once; False when nothing may go now."""
        seen = await self._look_at_readers(filling)
        if seen is None:
            return False
        lowest = seen.lowest
        if lowest is None and not stream.rolling:
            self._say_stuck(filling, "no durable handler reads it")
            return False
        read, reader = lowest or (filling.last, "")
        keep_from = min(filling.wanted, read + 1)
        if keep_from <= filling.first:
            self._say_stuck(filling, f"durable handler {reader} has yet to read it")
            return False
        if not await self._owns():
            return False
        purged = await purge(self._connection.nc, filling.name, keep_from)
        self.purged += purged
        log.info(
            "stream purged",
            stream=filling.name,
            messages=purged,
            keep_from=keep_from,
            bytes=filling.bytes,
            max_bytes=filling.max_bytes,
        )
        return purged > 0

    async def _look_at_readers(self, filling: Filling) -> Floors | None:
        """Return how far the stream has been read; None in the first round that sees it fill up."""
        found = await floors_of(self._connection.nc, filling)
        seen = self._floors.get(filling.name)
        if seen is None or seen.created != filling.created:
            seen = self._floors[filling.name] = Floors(filling.created)
            seen.note(found, monotonic())
            self._next_round = min(self._next_round, monotonic() + PROMPTED_SECONDS)
            return None
        seen.note(found, monotonic())
        return seen

    def _say_stuck(self, filling: Filling, reason: str) -> None:
        """Say once, for each reason, that a stream fills up and must stay as it is."""
        if self._stuck.get(filling.name) == reason:
            return
        self._stuck[filling.name] = reason
        log.warning(
            "stream fills up, and nothing of it may go",
            stream=filling.name,
            bytes=filling.bytes,
            max_bytes=filling.max_bytes,
            reason=reason,
        )

    # When

    async def _pause(self) -> None:
        """Wait until the lease is to be kept, a round is due, or one is asked for."""
        await within(min(self._interval, LEASE_TERM / 3), self._prompted)
        if self._prompted.is_set():
            await within(self._heeded + PROMPTED_SECONDS - monotonic(), self._stopping)
        if self._prompted.is_set() and not self._stopping.is_set():
            self._prompted.clear()
            self._heeded = monotonic()
            await self._heed()

    async def _heed(self) -> None:
        if self.lease is not None:
            self._next_round = 0.0
            return
        try:
            await self._connection.write(self.wake_subject, b"", limit=WAKE_SECONDS)
        except (TrunklineError, TimeoutError) as error:
            log.debug("owner of the janitor's lease not told; its interval will", reason=str(error))

    async def _told(self, _: Msg) -> None:
        if self.lease is not None:
            self.prompt()
