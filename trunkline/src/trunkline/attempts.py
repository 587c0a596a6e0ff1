"""One attempt at one event: run the handler, and see to it that the event is done, comes again, or is buried.

- A handler that returns has done its event, which is acknowledged, unless it said otherwise through `msg`.
- One that raises, or exceeds its time limit, gets the event again after a pause, until its attempts are used up.
- A replayed dead letter is for the handler that gave it up; the others had the event before, and let it pass.
- A payload that can never be valid is buried at once. What is buried is a row among the dead letters, marked as done in
  the same transaction; without a database it is an error in the log.
- A database that takes nothing now is no fault of the event: it is held, and tried again until the database is back. If
  it takes other transactions, the event is at fault, and its attempt has failed.

**Counting.** An event that comes once more than its attempts has killed its workers: it is buried before it can kill
another. Deliveries survive a crash of worker and server, but count too much (what a dying worker held and had not
begun, what was given back at the end) or too little (an ordered handler's consumer goes back and forgets). So with a
database every attempt after a first delivery, and every attempt of an ordered handler, is written down before the
handler runs; without one the deliveries are taken as they are.
"""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from types import CoroutineType
from typing import Protocol, Self, TypeVar

import structlog

from trunkline.begun import begin
from trunkline.errors import (
    DatabaseError,
    HandlerError,
    HandlerTimeout,
    InvalidPayload,
    OwnershipLost,
    TrunklineError,
    WorkerDied,
)
from trunkline.events import Event
from trunkline.handlers import Handler, decoder
from trunkline.message import Committing, Message
from trunkline.retry import Retry
from trunkline.tally import Tally
from trunkline.time_limit import TimeLimit

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that a handler gave up, and why."""

    handler: str
    message: Message
    error: BaseException
    attempts: int


class Keeping(Committing, Protocol):
    """What a durable handler needs of a database."""

    async def begin(self, handler: str, event: Event, *, before: int) -> int | None:
        """Count an attempt, and return its number; None when `handler` has done the event.

        `before` is how many attempts there were when none is written down yet.
        """
        ...

    async def excuse(self, handler: str, events: Iterable[Event]) -> None:
        """Take back the last attempt at each event, which the handler could not end."""
        ...

    async def bury(self, letter: Letter) -> None:
        """Keep a dead letter, and mark its event as done."""
        ...

    async def works(self) -> bool:
        """Say whether the database takes transactions now."""
        ...


class Attempts:
    """The attempts of the durable handler `name`; `tally` counts."""

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        retry: Retry,
        time_limit: float,
        include_tests: bool,
        keeping: Keeping | None,
    ) -> None:
        self.name = name
        self.keeping = keeping
        self.ordered = False
        """Whether nobody else makes attempts, and all of them are counted in the database."""
        self.tally = Tally()
        self._handler = handler
        self._decode = decoder(handler)
        self._retry = retry
        self._time_limit = time_limit
        self._include_tests = include_tests
        self._limits: list[TimeLimit] = []
        """Those that no attempt uses now."""

    def owned(self, keeping: Keeping) -> Self:
        """Return the same for as long as this process owns the ordered handler, which `keeping` sees to."""
        owned = copy.copy(self)
        owned.keeping = keeping
        owned.ordered = True
        return owned

    async def run(self, message: Message) -> None:
        """Make one attempt; raises nothing but cancellation, upon which the event is given back at once."""
        began = self.tally.begin()
        try:
            if not message.is_for(self.name, tests=self._include_tests):
                message.done()
            elif message.deliveries > 1 or self.ordered:
                if await self._counted(message):
                    message.done()
            else:  # nothing has to be looked up, or noted
                try:
                    await self._call(message)
                except DatabaseError as error:
                    worked = await self._wait_for_database(message, error, 1, worked=False)
                    await self._despite_database(message, lambda: self._call(message), worked=worked)
                if not message.refused or await self._is_answered(message):
                    message.done()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - whatever a handler raises is a failure
            await self._ended(message, error)
        finally:
            self.tally.end(began)

    async def excuse(self, messages: Iterable[Message]) -> None:
        """Let it count as no attempt that these were delivered, and are given back before they began."""
        # A later delivery is counted when its attempt begins, and this one has not.
        first = [message.event for message in messages if message.deliveries == 1]
        if first and not self.ordered:
            await self._excuse(first)

    async def _counted(self, message: Message) -> bool:
        """Have the event done, now or before; False when it is given up in place of that."""
        number = await self._despite_database(message, lambda: self._begin(message))
        if number is None:
            return True
        message.deliveries = number
        if number > self._retry.most_attempts:
            await self._bury(message, WorkerDied(f"{number - 1} attempts ended without an answer"), number - 1)
            return False
        await self._despite_database(message, lambda: self._call(message))
        if self.ordered and not message.refused and not message.committed:
            await self._despite_database(message, lambda: self._mark(message))
        return await self._is_answered(message)

    async def _is_answered(self, message: Message) -> bool:
        """Whether the handler's word holds; False when it has asked for the event again too often."""
        if not message.refused or self.keeping is None or message.deliveries < self._retry.most_attempts:
            return True
        reason = HandlerError(f"the handler asked for the event again {message.deliveries} times")
        message.renew()  # its word does not hold
        await self._bury(message, reason, message.deliveries)
        return False

    async def _ended(self, message: Message, error: BaseException) -> None:
        """Do what follows from an attempt that `error` has ended."""
        try:
            if isinstance(error, asyncio.CancelledError):
                if _is_ours():
                    raise error
                error = HandlerError("the handler was cancelled from within")
            await self._after(message, error)
        except asyncio.CancelledError:
            await self._give_back(message)
            raise

    async def _after(self, message: Message, error: BaseException) -> None:
        if isinstance(error, OwnershipLost):
            self._note_loss(message)
        elif isinstance(error, InvalidPayload):
            await self._bury(message, error, message.deliveries)
        elif isinstance(error, Exception):
            await self._after_failure(message, error)

    async def _begin(self, message: Message) -> int | None:
        if self.keeping is None:
            return message.deliveries
        return await self.keeping.begin(self.name, message.event, before=0 if self.ordered else 1)

    async def _mark(self, message: Message) -> None:
        """Mark as done what the handler has done without a commit, before the next event of its key begins."""
        assert self.keeping is not None
        await self.keeping.commit(self.name, message.event, lambda session: None)

    async def _despite_database(self, message: Message, work: Callable[[], Awaitable[T]], *, worked: bool = False) -> T:
        """Do the work, as often as it takes while the database is in trouble; `worked`: it just took something."""
        failures = 0
        while True:
            try:
                return await work()
            except DatabaseError as error:
                failures += 1
                worked = await self._wait_for_database(message, error, failures, worked=worked)

    async def _wait_for_database(self, message: Message, error: DatabaseError, failures: int, *, worked: bool) -> bool:
        """Pause while the database takes nothing; say whether it takes something now.

        Raises `error` when the database has worked before (`worked`) and after it: the event itself is the cause then.
        Once is not enough, as a trouble may end between the error and the question.
        """
        if message.settled or self.keeping is None:
            raise error
        if await self.keeping.works():
            if worked:
                raise error
            return True
        fields = {"handler": self.name, "subject": message.subject, "id": message.event.id}
        log.warning("handler waits for the database", **fields, reason=str(error))
        await asyncio.sleep(self._retry.delay(failures))
        return False

    async def _call(self, message: Message) -> None:
        work = self._handler(message.subject, self._decode(message.data), message)
        if type(work) is CoroutineType:
            begun = begin(work)
            if begun is None:
                return
            work = begun
        await self._within_limit(work)

    async def _within_limit(self, work: Awaitable[object]) -> None:
        limit = self._limits.pop() if self._limits else TimeLimit(self._time_limit)
        try:
            with limit:
                await work
        except TimeoutError:
            if not limit.expired:
                raise  # the handler's own
        finally:
            expired = limit.expired
            self._limits.append(limit)
        if expired:  # also when the handler ate its cancellation: it may have done half of its work
            raise HandlerTimeout(f"the handler took longer than {self._time_limit:g} s")

    async def _give_back(self, message: Message) -> None:
        if not message.settled and (self.ordered or self.keeping is not None):
            await self._excuse([message.event])
        await message.nak(0)

    async def _excuse(self, events: list[Event]) -> None:
        if self.keeping is None:
            return
        try:
            await self.keeping.excuse(self.name, events)
        except DatabaseError as error:
            log.warning("given back, and counted as attempts", handler=self.name, events=len(events), reason=str(error))

    async def _after_failure(self, message: Message, error: Exception) -> None:
        self.tally.failed += 1
        retry = self._retry.after(error)
        log.warning(
            "handler failed",
            handler=self.name,
            subject=message.subject,
            id=message.event.id,
            attempt=message.deliveries,
            of=retry.attempts if retry is not None else message.deliveries,
            error=type(error).__name__,
            exc_info=None if isinstance(error, TrunklineError) else error,
        )
        if message.settled:
            return
        if retry is None or message.deliveries >= retry.attempts:
            await self._bury(message, error, message.deliveries)
        else:
            await message.nak(retry.delay(message.deliveries))

    async def _bury(self, message: Message, error: Exception, attempts: int) -> None:
        fields = {"handler": self.name, "subject": message.subject, "id": message.event.id, "attempts": attempts}
        if self.keeping is None:
            log.error("event given up, and not kept: no database", **fields, reason=str(error), exc_info=error)
        else:
            try:
                await self._keep(Letter(self.name, message, error, attempts))
            except OwnershipLost:
                self._note_loss(message)
                return
            except Exception:
                log.exception("event could not be made a dead letter; it comes again", **fields)
                await message.nak(self._retry.max_delay)
                return
            log.error("event became a dead letter", **fields, reason=str(error))
        self.tally.buried += 1
        await message.term()

    async def _keep(self, letter: Letter) -> None:
        keeping = self.keeping
        assert keeping is not None
        await self._despite_database(letter.message, lambda: keeping.bury(letter))

    def _note_loss(self, message: Message) -> None:
        log.warning("ordered handler was taken over", handler=self.name, subject=message.subject, id=message.event.id)


def _is_ours() -> bool:
    """Whether the running cancellation was asked for by whoever owns this task."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
