"""What fills a process's hub: one reader of a stream, which heals itself and continues where it was.

**Reading.** The reader has a consumer of its own on the server, which forgets it ten seconds after the reader is gone.
Nothing is acknowledged: deliveries are numbered, and heartbeats tell the number of the last one. A number that is
missing, silence, or a new connection means: a new consumer, on a new inbox, that begins after the last message taken.
So nothing is lost between the stream and the hub, nothing comes twice, and what comes late for a former consumer is not
listened to. The server is told when a batch has been taken (flow control), and sends no more than fits until then.

**Promises.** Clients are told at their beginning whether they can resume. When that changes, or when the reader finds
that the stream no longer has what came after its place (it was away for longer than the stream's age; the stream was
made anew, or restored from an older copy), every client is cut off. It comes again with its last id, and is told what
is so.

**Without JetStream** events are heard as they are published, and have no place.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Generic, TypeVar

import structlog
from nats.aio.msg import Msg

from trunkline.backoff import Backoff
from trunkline.cancellation import end
from trunkline.connection import Connection
from trunkline.errors import NotConnected
from trunkline.events import Event
from trunkline.jetstream import NANOSECOND, ApiError, ApiSilent, JetStreamState, call
from trunkline.realtime.hub import CutOff, Hub
from trunkline.realtime.place import API_TIMEOUT, Extent, Place, Stored, extent_of, stored_from
from trunkline.waiting import within, woken

log = structlog.get_logger(__name__)

T = TypeVar("T")

_GLANCE = 0.25
_HEARTBEAT = 2.0
_SILENCE = 3 * _HEARTBEAT
_FORGOTTEN_AFTER = 10.0
_WRITE_LIMIT = 5.0
_LOOKUPS = 16
_STREAM_NOT_FOUND = 10059


class _Interrupted(Exception):
    """The consumer is of no more use; a new one continues."""


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """What clients get: `value`, and its place in the stream, if there is a stream."""

    place: Place | None
    value: T


class Feed(Generic[T]):
    """Fills a hub, whose topics are subjects, with the events of a stream.

    Args:
        connection: to the server.
        stream: the stream's name.
        pattern: which of its subjects.
        write: makes, once for all clients, what they get of an event; the text is its id, None without a stream. What
            it cannot make (`ValueError`) is logged and counted, and nobody gets it.
        pending_limit: items that may wait for one client before it is cut off.
    """

    def __init__(
        self,
        connection: Connection,
        stream: str,
        pattern: str,
        write: Callable[[Event, str | None], T],
        *,
        pending_limit: int = 256,
    ) -> None:
        self.hub: Hub[Item[T]] = Hub(pending_limit=pending_limit)
        self.failed = 0
        """Events that could not be written."""
        self._connection = connection
        self._stream = stream
        self._pattern = pattern
        self._write = write
        self._place: Place | None = None
        self._resumes: bool | None = None
        self._settled = asyncio.Event()
        self._lookups = asyncio.Semaphore(_LOOKUPS)
        self._inbox = ""
        self._delivered = 0
        self._heard = 0.0
        self._trouble: str | None = None
        self._wake = asyncio.Event()
        self._said: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to read, in the background."""
        self._task = asyncio.create_task(self._run(), name=f"trunkline feed {self._stream}")

    async def stop(self) -> None:
        """Cut off every client, and read no more."""
        self.hub.close()
        task, self._task = self._task, None
        await end(task)

    @property
    def resumes(self) -> bool | None:
        """Whether clients can resume; None while it is not known."""
        return self._resumes

    @property
    def place(self) -> Place | None:
        """Up to where the stream has been handed to the hub; None without a stream."""
        return self._place if self._resumes else None

    async def settled(self, limit: float) -> None:
        """Wait until it is known whether clients can resume, for `limit` seconds at most."""
        await within(limit, self._settled)

    async def extent(self) -> Extent:
        """Ask what the stream has; raises as `stored`."""
        async with self._lookups:
            self._check_connected()
            return await extent_of(self._connection.nc, self._stream)

    async def stored(self, subject: str, sequence: int) -> Stored | None:
        """Return the first message on `subject` from `sequence` on; None when there is none.

        Raises:
            NotConnected, ApiError, ApiSilent: it cannot be read now.
        """
        async with self._lookups:
            self._check_connected()
            return await stored_from(self._connection.nc, self._stream, subject, sequence)

    def look_again(self) -> None:
        """Have the reader see to its consumer: the stream is not the one that it knows."""
        self._trouble = "the stream is another one"
        self._wake.set()

    def item(self, event: Event, place: Place | None) -> Item[T] | None:
        """Return what clients get of an event; None when it is not for them."""
        if not event.is_for(None):
            return None
        try:
            return Item(place, self._write(event, str(place) if place else None))
        except ValueError as error:
            self.failed += 1
            log.warning("event not shown", subject=event.subject, id=event.id, error=type(error).__name__)
            return None

    # Reading

    async def _run(self) -> None:
        pause = Backoff(0.1, 5.0)
        while True:
            try:
                match await self._jetstream():
                    case JetStreamState.YES:
                        await self._read(pause)
                    case JetStreamState.NO:
                        await self._listen()
                    case JetStreamState.UNKNOWN:
                        await asyncio.sleep(_GLANCE)
            except (_Interrupted, ApiError, ApiSilent, NotConnected, TimeoutError) as error:
                self._ill(str(error) or "timed out")
                await asyncio.sleep(pause.next())
            except Exception:
                log.exception("live events cannot be read", stream=self._stream)
                await asyncio.sleep(pause.next())

    async def _jetstream(self) -> JetStreamState:
        return await self._connection.jetstream() if self._connection.is_connected else JetStreamState.UNKNOWN

    async def _read(self, pause: Backoff) -> None:
        """Read until the connection is another one."""
        generation = self._connection.generation
        place = self._go_to(await self._look())
        inbox = self._inbox = self._connection.nc.new_inbox()
        self._delivered, self._trouble, self._heard = 0, None, monotonic()
        subscription = await self._connection.subscribe(inbox, partial(self._receive, inbox, place.epoch))
        try:
            await self._create_consumer(inbox, place.sequence + 1)
            self._well()
            while self._connection.generation == generation and self._connection.is_connected:
                await woken(_GLANCE, self._wake)
                self._check()
                if self._delivered:
                    pause.reset()
        finally:
            self._inbox = ""
            await subscription.unsubscribe()

    async def _look(self) -> Extent:
        try:
            return await extent_of(self._connection.nc, self._stream)
        except ApiError as error:
            if error.err_code == _STREAM_NOT_FOUND:
                await self._connection.look_around()  # makes it again, if it is one of ours
            raise

    def _go_to(self, extent: Extent) -> Place:
        """Continue after the last message taken, or, where that cannot be, tell everybody."""
        place = self._place
        if place is None:
            place = extent.newest
        elif not extent.has_all_after(place):
            rewound = place.epoch == extent.epoch and place.sequence > extent.last
            log.warning("live events were missed", stream=self._stream, after=str(place), oldest=str(extent.oldest))
            place = extent.newest if rewound else extent.oldest
            self.hub.cut_off_all(CutOff.CHANGED)
        self._place = place
        self._promise(resumes=True)
        return place

    def _promise(self, *, resumes: bool) -> None:
        if resumes != self._resumes:
            self.hub.cut_off_all(CutOff.CHANGED)
        self._resumes = resumes
        self._settled.set()

    async def _create_consumer(self, inbox: str, start: int) -> None:
        name = inbox.rpartition(".")[2]
        config = {
            "name": name,
            "deliver_subject": inbox,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": start,
            "filter_subject": self._pattern,
            "ack_policy": "none",
            "max_deliver": 1,
            "flow_control": True,
            "idle_heartbeat": int(_HEARTBEAT * NANOSECOND),
            "inactive_threshold": int(_FORGOTTEN_AFTER * NANOSECOND),
            "mem_storage": True,
            "num_replicas": 1,
        }
        body = {"stream_name": self._stream, "config": config, "action": "create"}
        await call(self._connection.nc, f"CONSUMER.CREATE.{self._stream}.{name}", body, timeout=API_TIMEOUT)

    def _check(self) -> None:
        if self._trouble is not None:
            raise _Interrupted(self._trouble)
        if monotonic() - self._heard > _SILENCE:
            raise _Interrupted(f"nothing was heard of the stream for {_SILENCE:g} s")

    async def _receive(self, inbox: str, epoch: str, received: Msg) -> None:
        if inbox != self._inbox or self._trouble is not None:
            return
        self._heard = monotonic()
        if received.subject == inbox:
            await self._status(received)
            return
        numbers = received.metadata.sequence
        if numbers.consumer != self._delivered + 1:
            self._give_up(f"message {numbers.consumer} came after {self._delivered}")
            return
        self._delivered = numbers.consumer
        self._place = Place(epoch, numbers.stream)
        event = Event.received(received.subject, received.data, received.headers)
        item = self.item(event, self._place)
        if item is not None and self.hub.deliver(event.subject, item):
            await asyncio.sleep(0)  # lets those who wait for it take it, or a burst would fill their queues

    async def _status(self, received: Msg) -> None:
        headers = received.headers or {}
        if int(headers.get("Nats-Last-Consumer", self._delivered)) != self._delivered:
            self._give_up(f"{self._delivered} messages came of {headers['Nats-Last-Consumer']}")
            return
        reply = received.reply or headers.get("Nats-Consumer-Stalled")
        if not reply:
            return
        try:
            await self._connection.write(reply, b"", limit=_WRITE_LIMIT)
        except (NotConnected, TimeoutError) as error:
            self._give_up(str(error) or "the server takes nothing")

    def _give_up(self, reason: str) -> None:
        self._trouble = reason
        self._wake.set()

    async def _listen(self) -> None:
        """Hear what is published, until the connection is another one or there is JetStream."""
        generation = self._connection.generation
        subscription = await self._connection.subscribe(self._pattern, self._hear)
        try:
            self._promise(resumes=False)
            self._well()
            while self._connection.generation == generation and await self._jetstream() is JetStreamState.NO:
                await woken(_GLANCE, self._wake)
        finally:
            await subscription.unsubscribe()

    async def _hear(self, received: Msg) -> None:
        event = Event.received(received.subject, received.data, received.headers)
        item = self.item(event, None)
        if item is not None and self.hub.deliver(event.subject, item):
            await asyncio.sleep(0)

    def _check_connected(self) -> None:
        if not self._connection.is_connected:
            raise NotConnected("not connected")

    def _well(self) -> None:
        if self._said is not None:
            log.info("live events are read again", stream=self._stream, after=str(self.place))
        self._said = None

    def _ill(self, reason: str) -> None:
        if reason != self._said:
            log.warning("live events are not read now", stream=self._stream, reason=reason)
        self._said = reason
