"""One owner at a time for an ordered handler, among the processes that share its name and their database.

A lease in the database says who that is; the others stand by and try again every second. The owner renews the lease
until what it runs has ended. One that dies is replaced when its lease has run out. One that was frozen may not know
that it was replaced: whatever it writes (that an attempt begins, an effect, a dead letter) is refused in the same
transaction by the lease's number, so its handlers do not begin, or cannot commit, and it stops.

Safety therefore rests on the database; that the new owner begins where the old one stopped, on the consumer, which it
has go back (pull.py).
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Protocol

import structlog

from trunkline.attempts import Keeping
from trunkline.cancellation import end, uneaten
from trunkline.errors import DatabaseError
from trunkline.events import new_id
from trunkline.listening import Listening
from trunkline.waiting import within

log = structlog.get_logger(__name__)

LEASE_TERM = 5.0
STAND_BY_SECONDS = 1.0
_STOP_SLACK = 10.0  # beyond the limit of what runs


class Tenure(Keeping, Protocol):
    """Ownership of an ordered handler: every write is refused with `OwnershipLost` once another has it."""

    @property
    def lost(self) -> asyncio.Event:
        """Set when a write was refused."""
        ...

    async def renew(self) -> bool:
        """Keep it for another term; False when another has it."""
        ...

    async def release(self) -> None:
        """Give it up, so that another can take it at once."""
        ...


class Tenancy(Keeping, Protocol):
    """What an ordered handler needs of a database."""

    async def own(self, handler: str, owner: str, term: float) -> Tenure | None:
        """Take the ownership of the handler for `term` seconds; None while another has it."""
        ...


class Owned:
    """Listens as `make` says while this process owns the handler `name`."""

    def __init__(self, name: str, tenancy: Tenancy, make: Callable[[Tenure], Listening]) -> None:
        self._name = name
        self._tenancy = tenancy
        self._make = make
        self._owner = new_id()
        self._listening: Listening | None = None
        self._dropped = 0
        self._reason: str | None = "not begun yet"
        self._stopping = asyncio.Event()
        self._limit = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def error(self) -> str | None:
        """Why nothing comes now; None while it listens, or stands by."""
        return self._listening.error if self._listening is not None else self._reason

    @property
    def dropped(self) -> int:
        """Events that found no room, on a server that keeps none."""
        return self._dropped + (self._listening.dropped if self._listening is not None else 0)

    @property
    def is_unkept(self) -> bool:
        """Whether the server keeps nothing, and what comes now may come only once."""
        return self._listening is not None and self._listening.is_unkept

    async def start(self) -> None:
        """Begin to own the handler, or to stand by; returns at once."""
        if self._task is None:
            self._stopping.clear()
            self._task = asyncio.create_task(self._run(), name=f"trunkline ordered {self._name}")

    async def stop(self, limit: float) -> None:
        """Take no more, finish what is running within `limit` seconds, and let another process take over."""
        task, self._task = self._task, None
        if task is None:
            return
        self._limit = limit
        self._stopping.set()
        try:
            await asyncio.wait({task}, timeout=limit + _STOP_SLACK)
        finally:
            await end(task)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                tenure = await self._tenancy.own(self._name, self._owner, LEASE_TERM)
                self._reason = None
                if tenure is not None:
                    await uneaten(self._own(tenure))  # giving up the lease may fail, and would take its place
            except DatabaseError as error:
                self._reason = f"who owns the handler is not known: {error}"
                log.warning("ordered handler cannot use the database", handler=self._name, reason=str(error))
            except Exception as error:
                self._reason = repr(error)
                log.exception("ordered handler failed and begins again", handler=self._name)
            await self._pause()

    async def _own(self, tenure: Tenure) -> None:
        log.info("ordered handler is owned by this process", handler=self._name)
        renewing = asyncio.create_task(self._renew(tenure), name=f"trunkline lease {self._name}")
        stopping = asyncio.create_task(self._stopping.wait())
        listening = self._listening = self._make(tenure)
        try:
            await listening.start()
            await asyncio.wait({renewing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Renewed until the last handler has ended: what it commits is its own. Without the lease none may go on.
            await listening.stop(0.0 if renewing.done() else self._limit)
            self._dropped += listening.dropped
            self._listening = None
            await end(renewing, stopping)
            await tenure.release()

    async def _renew(self, tenure: Tenure) -> None:
        """Keep the lease; ends when it is lost."""
        valid_until = monotonic() + LEASE_TERM
        while not await within(LEASE_TERM / 3, tenure.lost):
            asked = monotonic()
            try:
                if not await tenure.renew():
                    break
                valid_until = asked + LEASE_TERM
            except DatabaseError as error:
                log.warning("lease of an ordered handler not renewed", handler=self._name, reason=str(error))
                if monotonic() > valid_until:
                    break
        log.warning("ordered handler is no longer owned by this process", handler=self._name)

    async def _pause(self) -> None:
        if not self._stopping.is_set():
            await within(STAND_BY_SECONDS, self._stopping)
