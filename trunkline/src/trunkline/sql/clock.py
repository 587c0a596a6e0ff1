"""The clock of a process: makes the timers of its database ring (timers.py).

It looks once a second for timers that are due, of the kinds that are registered here. Every process looks; the row that
is deleted says which of them a timer rang in.
"""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog
from sqlalchemy.orm import Session

from trunkline.errors import ConfigurationError, DatabaseError
from trunkline.sql import timers
from trunkline.sql.database import Database
from trunkline.sql.timers import Timer
from trunkline.waiting import ended_within, within

log = structlog.get_logger(__name__)

Ring = Callable[[Session, Timer], object]

LOOK_SECONDS = 1.0
AT_ONCE = 100
STOP_SECONDS = 10.0


class Clock:
    """Rings the timers of `database`, from `start` to `stop`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rings: dict[str, Ring] = {}
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def on(self, kind: str, ring: Ring) -> None:
        """Have `ring`, a plain function of session and timer, run when a timer of this kind is due.

        It runs in the transaction that takes the timer away. When it raises, nothing has happened, and it is tried
        again after pauses that grow to five minutes.

        Raises:
            ConfigurationError: another function has the kind already.
        """
        if self._rings.setdefault(kind, ring) != ring:
            raise ConfigurationError(f"timers of kind {kind!r} ring for another function already")

    async def start(self) -> None:
        """Begin to look; returns at once."""
        if self._task is None:
            self._stopping.clear()
            self._task = asyncio.create_task(self._run(), name="trunkline clock")

    async def stop(self) -> None:
        """Finish what rings, within ten seconds."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping.set()
        await ended_within(STOP_SECONDS, task)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            rung = 0
            try:
                rung = await self._look()
            except DatabaseError as error:
                log.warning("clock cannot use the database", reason=str(error))
            except Exception:
                log.exception("clock failed and looks again")
            if rung < AT_ONCE:
                await within(LOOK_SECONDS, self._stopping)

    async def _look(self) -> int:
        if not self._rings:
            return 0
        due = await self._database.read(partial(timers.due, kinds=tuple(self._rings), limit=AT_ONCE))
        return sum(await asyncio.gather(*(self._rang(timer) for timer in due)))

    async def _rang(self, timer: Timer) -> bool:
        """Have a timer ring; False when it will have to ring again."""
        try:
            await self._database.write(partial(_ring, timer=timer, ring=self._rings[timer.kind]))
        except DatabaseError as error:
            log.warning("timer waits for the database", kind=timer.kind, id=timer.id, reason=str(error))
            return False
        except Exception:
            log.exception("timer failed, and rings again later", kind=timer.kind, id=timer.id)
            await self._postpone(timer)
            return False
        return True

    async def _postpone(self, timer: Timer) -> None:
        try:
            await self._database.write(partial(timers.postpone, kind=timer.kind, id=timer.id))
        except DatabaseError as error:
            log.warning("timer not postponed", kind=timer.kind, id=timer.id, reason=str(error))


def _ring(session: Session, timer: Timer, ring: Ring) -> None:
    taken = timers.take(session, timer.kind, timer.id)
    if taken is not None:
        ring(session, taken)
