"""The relay: the way of events from the outbox to their stream.

**One owner.** Several processes may share a database; one of their relays holds its lease and sends, the others stand
by and take over when the lease runs out. An owner that was frozen meanwhile and comes back cannot delete what is no
longer its own: every write of its is guarded by the lease's number.

**Why nothing is lost.** A row is deleted only after its stream (or, on a core-only server, the server) has taken the
event. A relay that dies between the two leaves the row, and the next one sends it again under the same ``Nats-Msg-Id``,
so the stream drops the copy, or the inbox does.

**Order.** Events are given to the publisher in the order of their numbers; it keeps that order within a key, and after
an event that it could not send it holds back the later ones of that key, which is then parked (parking.py).

**Three at a time.** While one batch is being sent, the next is read and the one before is settled. Batches are sent one
after another all the same: what was read ahead is sent only after all before it has come to its end, without what must
now wait behind an event that failed (`Sweep.still_takes`). A sweep is over when its last batch is settled, so none
begins with rows that are still to be deleted.

**Waking.** After a commit in the owner's process it is woken directly; another process sends a core NATS message, which
is enough, as with NATS down there is nothing to relay. What both miss is found by the next sweep of a slow timer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from nats.aio.msg import Msg

from trunkline.errors import (
    DatabaseError,
    InvalidEvent,
    InvalidSubject,
    NoStreamForSubject,
    StreamUnavailable,
    TrunklineError,
)
from trunkline.events import Sendable, new_id
from trunkline.receipts import Receipt
from trunkline.sql import attempts, backlog, budgets, deadletters, history, inbox, leases, outbox
from trunkline.sql.backlog import Done, LeaseLost, Sent, Unsendable
from trunkline.sql.database import Database
from trunkline.sql.entries import Entry
from trunkline.sql.leases import Lease
from trunkline.sql.parking import Parking, Sweep, Waiting
from trunkline.sql.taking import Batch, Taking
from trunkline.streams import Stream
from trunkline.waiting import ended_within, within, woken

log = structlog.get_logger(__name__)

LEASE = "outbox"
LEASE_TERM = 5.0
STAND_BY_SECONDS = 1.0
TIMER_SECONDS = 2.0
RETRY_SECONDS = 0.25
SEND_SECONDS = 120.0
STOP_SECONDS = 10.0
WAKE_SECONDS = 1.0
TIDY_SECONDS = 600.0
PRUNED_AT_ONCE = 10_000
RECEIPTS_KEPT = timedelta(days=1)

_UNSENDABLE = (NoStreamForSubject, InvalidEvent, InvalidSubject)
_SCAN_SHARE = 4  # a sweep over parked events is followed by a pause of so many times its length


class Subscription(Protocol):
    """What a connection gives for a subscription."""

    async def unsubscribe(self) -> None:
        """Receive no more."""


class Connection(Protocol):
    """What the relay needs of `trunkline.connection.Connection`."""

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""

    def on_connected(self, callback: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Have `callback` awaited after each (re)connection; returns what removes it."""

    def stream_keeping(self, subject: str) -> Stream | None:
        """Return the declared stream of the subject."""

    async def subscribe(self, pattern: str, callback: Callable[[Msg], Awaitable[None]]) -> Subscription:
        """Subscribe, now or as soon as there is a connection, for all connections to come."""

    async def write(self, subject: str, payload: bytes, *, limit: float) -> None:
        """Send a core NATS message."""


class Publisher(Protocol):
    """What the relay needs of `trunkline.publisher.Publisher`."""

    async def publish_many(self, events: Sequence[Sendable]) -> Sequence[Receipt | TrunklineError]:
        """Publish in order for each key, sending nothing of a key after one that failed and may be tried again."""


class Relay:
    """Sends what waits in the outbox of `database`, as long as it runs.

    Args:
        database: started.
        publisher: how an event reaches its stream.
        connection: tells when there is a server, and carries the waking message.
        inbox_age: how long marks of the inbox are kept; the relay's owner forgets older ones.
        history_age: how long tasks and workflows are kept that have ended.
    """

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        connection: Connection,
        *,
        inbox_age: timedelta = timedelta(days=30),
        history_age: timedelta = timedelta(days=90),
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._connection = connection
        self._inbox_age = inbox_age
        self._history_age = history_age
        self._owner = new_id()
        self._parking = Parking()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._removals: list[Callable[[], None]] = []
        self._behind = False
        self._sent_since = 0
        self._reason = ""
        self._reading = 0.0
        self._tidied = float("-inf")
        self.lease: Lease | None = None
        """Held while this relay is the one that sends."""

    @property
    def wake_subject(self) -> str:
        """Where other processes say that they have added events."""
        return f"trunkline.outbox.{self._database.id}.wake"

    async def start(self) -> None:
        """Begin to send, or to stand by; returns at once."""
        if self._task is not None:
            return
        self._stopping.clear()
        self._removals = [
            self._database.on_commit(partial(_call_soon, asyncio.get_running_loop(), self._wake.set)),
            self._connection.on_connected(self._connected),
        ]
        self._task = asyncio.create_task(self._run(), name="trunkline relay")

    async def stop(self) -> None:
        """Finish the batch under way, within ten seconds, and give the lease up."""
        task, self._task = self._task, None
        if task is None:
            return
        for remove in self._removals:
            remove()
        self._stopping.set()
        self._wake.set()
        await ended_within(STOP_SECONDS, task)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                lease = await self._stand_by()
                if lease is not None:
                    await self._own(lease)
            except* LeaseLost:
                log.warning("another relay has taken the outbox")
            except* DatabaseError as group:
                log.warning("relay cannot use the database", reason=str(_first(group)))
            except* Exception:
                log.exception("relay failed and begins again")
            await within(STAND_BY_SECONDS, self._stopping)

    # Standing by

    async def _stand_by(self) -> Lease | None:
        """Wait for the lease, telling its owner meanwhile what this process commits."""
        look_again = 0.0
        while not self._stopping.is_set():
            if time.monotonic() >= look_again:
                look_again = time.monotonic() + STAND_BY_SECONDS
                lease = await self._try_to_own()
                if lease is not None:
                    return lease
            if await woken(look_again - time.monotonic(), self._wake):
                await self._wake_owner()
        return None

    async def _try_to_own(self) -> Lease | None:
        if not await self._database.read(partial(leases.is_free, name=LEASE, term=LEASE_TERM)):
            return None
        return await self._database.write(partial(leases.acquire, name=LEASE, owner=self._owner, term=LEASE_TERM))

    async def _wake_owner(self) -> None:
        if not self._connection.is_connected:
            return
        try:
            await self._connection.write(self.wake_subject, b"", limit=WAKE_SECONDS)
        except (TrunklineError, TimeoutError) as error:
            log.debug("owner of the outbox not woken; its timer will", reason=str(error))

    # Owning

    async def _own(self, lease: Lease) -> None:
        log.info("relay owns the outbox", fence=lease.fence)
        self.lease = lease
        self._behind = False
        self._parking.clear()
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._renew(lease))
                await self._listen_and_relay(lease)
                renewing.cancel()
        finally:
            self.lease = None
            await self._database.write(partial(leases.release, lease=lease))

    async def _renew(self, lease: Lease) -> None:
        valid_until = time.monotonic() + LEASE_TERM
        while True:
            await asyncio.sleep(LEASE_TERM / 3)
            asked = time.monotonic()
            try:
                if await self._database.write(partial(leases.renew, lease=lease)) is None:
                    raise LeaseLost
            except DatabaseError as error:
                if time.monotonic() > valid_until:
                    raise
                log.warning("lease not renewed yet", reason=str(error))
            else:
                valid_until = asked + LEASE_TERM

    async def _listen_and_relay(self, lease: Lease) -> None:
        subscription = await self._connection.subscribe(self.wake_subject, self._told)
        try:
            await self._note_backlog("no relay was running")
            while not self._stopping.is_set():
                await self._relay(lease)
        finally:
            await subscription.unsubscribe()

    async def _relay(self, lease: Lease) -> None:
        """Sweep once, if there is a server, and wait until there may be something to do again."""
        if not self._connection.is_connected:
            await self._note_backlog("not connected")
            await woken(TIMER_SECONDS, self._wake)
            return
        sweep = self._parking.sweep()
        reading = await self._sweep(lease, sweep)
        more_to_forget = await self._tidy()
        if not sweep.skipped:
            await woken(RETRY_SECONDS if more_to_forget else TIMER_SECONDS, self._wake)
            return
        await within(reading * _SCAN_SHARE, self._stopping)
        await woken(RETRY_SECONDS, self._wake)

    async def _sweep(self, lease: Lease, sweep: Sweep) -> float:
        """Send, once through, what may be sent now; return the seconds that went into reading."""
        self._reading = 0.0
        taking = Taking(self._database, sweep, self._lane_of)
        async with asyncio.TaskGroup() as group:
            settling = group.create_task(self._settle(lease, []))
            reading = group.create_task(self._take(taking))
            while not self._stopping.is_set():
                batch = await reading
                if not batch.last:
                    reading = group.create_task(self._take(taking))
                done = await self._send(sweep, batch.entries)
                await settling
                settling = group.create_task(self._settle(lease, done))
                if batch.last:
                    break
        if not self._stopping.is_set():
            self._parking.keep_only(sweep.seen)
            self._note_progress()
        return self._reading

    async def _take(self, taking: Taking) -> Batch:
        began = time.monotonic()
        batch = await taking.next()
        self._reading += time.monotonic() - began
        return batch

    async def _send(self, sweep: Sweep, batch: Sequence[Entry]) -> list[Done]:
        """Send what of a batch may still be sent; return what is to be settled."""
        batch = [entry for entry in batch if sweep.still_takes(entry.waiting)]
        done: list[Done] = []
        failed: dict[Hashable, Waiting] = {}
        for entry, result in zip(batch, await self._publish(batch), strict=True):
            outcome = self._outcome(entry, result)
            if outcome is None:
                failed.setdefault(entry.waiting.line, entry.waiting)
                sweep.fail(entry.waiting)
            else:
                done.append(outcome)
        self._sent_since += len(done)
        self._parking.settle((one.entry.waiting for one in done), failed.values())
        return done

    async def _publish(self, batch: Sequence[Entry]) -> Sequence[Receipt | TrunklineError]:
        if not batch:
            return []
        failure: TrunklineError
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await self._publisher.publish_many([entry.message for entry in batch])
        except TimeoutError:
            subject = batch[0].message.subject
            failure = StreamUnavailable(subject, f"no answer in {SEND_SECONDS:g} s", stored_unknown=True)
        except TrunklineError as error:
            failure = error
        return [failure] * len(batch)

    def _outcome(self, entry: Entry, result: Receipt | TrunklineError) -> Done | None:
        """Return how an event ended here; None when it has to be tried again."""
        if isinstance(result, Receipt):
            return Sent(entry, result)
        if isinstance(result, _UNSENDABLE):
            log.error(
                "event can never be sent", event_id=entry.message.id, subject=entry.message.subject, reason=str(result)
            )
            return Unsendable(entry, result, self._parking.attempts(entry.waiting) + 1)
        self._reason = str(result)
        return None

    async def _settle(self, lease: Lease, done: Sequence[Done]) -> None:
        """Write it down, as long as it takes: without the database the lease ends, and this with it."""
        while done:
            try:
                await self._database.write(partial(backlog.settle, lease=lease, done=done))
            except DatabaseError as error:
                log.warning("sent events not written down yet", events=len(done), reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _tidy(self) -> bool:
        """Forget old receipts and marks, letters replayed and tasks and workflows ended long ago, now and then.

        A page of each at most, so that what is to be sent does not wait for it; True when there is more, which the next
        sweep then goes on with.
        """
        if time.monotonic() - self._tidied < TIDY_SECONDS:
            return False
        now = datetime.now(UTC)
        marks = (inbox.prune, attempts.prune, deadletters.prune, budgets.prune)
        ended = (history.prune_tasks, history.prune_workflows)
        pages = [
            (backlog.prune_receipts, RECEIPTS_KEPT, PRUNED_AT_ONCE),
            *((prune, self._inbox_age, PRUNED_AT_ONCE) for prune in marks),
            *((prune, self._history_age, history.AT_ONCE) for prune in ended),
        ]
        more = False
        for prune, age, limit in pages:
            gone = await self._database.write(partial(prune, before=now - age, limit=limit))
            more = more or gone == limit
        if not more:
            self._tidied = time.monotonic()
        return more

    # What is told

    async def _note_backlog(self, reason: str) -> None:
        if not self._behind and (waiting := await self._database.read(outbox.waiting)):
            self._fall_behind(reason, waiting)

    def _note_progress(self) -> None:
        if self._parking and not self._behind:
            self._fall_behind(self._reason)
        if self._behind and not self._parking:
            self._behind = False
            log.info("caught up", events=self._sent_since)

    def _fall_behind(self, reason: str, waiting: int | None = None) -> None:
        self._behind = True
        self._sent_since = 0
        log.warning("events wait in the outbox", reason=reason, waiting=waiting)

    # What wakes

    def _lane_of(self, subject: str) -> str:
        stream = self._connection.stream_keeping(subject)
        return stream.name if stream is not None else subject.split(".", 1)[0]

    async def _connected(self) -> None:
        self._parking.clear()
        self._wake.set()

    async def _told(self, _: Msg) -> None:
        self._wake.set()


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Call back on the loop, from any thread; a loop that has ended needs no waking."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
