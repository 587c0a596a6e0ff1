"""Saying, again and again, that the agents of this process are there.

The bucket and the database are told by a task each, so that neither waits for the other. Whatever goes wrong with one
of them is logged when it begins and when it ends, and disturbs no agent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from trunkline.cancellation import all_of, end
from trunkline.errors import DatabaseError, NotConnected
from trunkline.jetstream import ApiError, ApiSilent, JetStreamState
from trunkline.registry import bucket
from trunkline.registry.answering import Answering
from trunkline.registry.card import AgentCard, Presence, presence_of
from trunkline.service import NATSService
from trunkline.surroundings import Generation
from trunkline.waiting import within

if TYPE_CHECKING:
    from trunkline.sql import Database

log = structlog.get_logger(__name__)

BEATS = 3
"""How often in its time-to-live an instance says that it is there."""
FIRST_SECONDS = 2.0
STOP_SECONDS = 5.0

_EXPECTED = (ApiError, ApiSilent, NotConnected, DatabaseError, TimeoutError)


class Presences:
    """The agents of `cards` are there, from `start` to `stop`."""

    def __init__(self, service: NATSService, cards: Sequence[AgentCard]) -> None:
        self._connection = service.connection
        self._database = service.database
        self._cards = cards
        self._ttl = service.connection.settings.agent_ttl
        self._answering = Answering(self._connection, cards, self._ttl)
        self._ensured: Generation | None = None
        self._noted = False
        self._woken = asyncio.Event()
        self._unhook: Callable[[], None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin. The row comes first: whoever has been seen elsewhere, and is gone, was there.

        A database that does not take it within two seconds gets it later; a server is not waited for.

        Raises:
            NotConnected: the connection is closed.
        """
        if self._database is not None:
            await self._attempt("database", self._tell_database(self._database), FIRST_SECONDS)
        await self._answering.start()
        self._unhook = self._connection.on_connected(self._connected)
        self._tasks.append(asyncio.create_task(self._repeat("bucket", self._tell_bucket), name="trunkline presence"))
        if self._database is not None:
            tell = partial(self._tell_database, self._database)
            self._tasks.append(asyncio.create_task(self._repeat("database", tell), name="trunkline last seen"))

    async def stop(self) -> None:
        """Say that they have ended, within five seconds to each who can be told; to the others they will be gone."""
        if self._unhook is not None:
            self._unhook()
        await end(*self._tasks)
        await self._answering.stop()
        await all_of(
            self._attempt("bucket", self._leave_bucket(), STOP_SECONDS),
            self._attempt("database", self._leave(), STOP_SECONDS),
        )

    async def _connected(self) -> None:
        self._woken.set()

    async def _attempt(self, where: str, tell: Awaitable[None], limit: float) -> None:
        """Tell once, within the limit."""
        try:
            async with asyncio.timeout(limit):
                await tell
        except _EXPECTED as error:
            log.warning("agents cannot be made known", where=where, reason=_reason(error))
        except Exception:
            log.exception("agents cannot be made known", where=where)

    async def _repeat(self, where: str, tell: Callable[[], Awaitable[None]]) -> None:
        """Tell, at once and every third of the time-to-live, until cancelled."""
        loop, trouble = asyncio.get_running_loop(), ""
        while True:
            next_time = loop.time() + self._ttl / BEATS
            try:
                await tell()
                if trouble:
                    log.info("agents are known again", where=where)
                trouble = ""
            except _EXPECTED as error:
                if _reason(error) != trouble:
                    log.warning("agents cannot be made known", where=where, reason=_reason(error))
                trouble = _reason(error)
            except Exception as error:
                log.exception("agents cannot be made known", where=where)
                trouble = _reason(error)
            await self._pause(next_time - loop.time(), until_connected=where == "bucket")

    async def _pause(self, seconds: float, *, until_connected: bool) -> None:
        if not until_connected:
            await asyncio.sleep(seconds)
            return
        if await within(seconds, self._woken):
            self._woken.clear()

    def _presences(self) -> list[Presence]:
        return [presence_of(card, self._ttl) for card in self._cards]

    # The bucket

    async def _tell_bucket(self) -> None:
        if not await self._has_bucket():
            return
        connection = self._connection
        if self._ensured != connection.generation:
            generation = connection.generation
            await bucket.ensure(connection.nc, ttl=self._ttl, replicas=connection.settings.replicas)
            self._ensured = generation
        try:
            await all_of(*(bucket.put(connection.nc, presence) for presence in self._presences()))
        except ApiSilent as silence:
            if silence.absent:  # somebody has deleted it
                self._ensured = None
            raise

    async def _leave_bucket(self) -> None:
        if await self._has_bucket():
            await all_of(*(bucket.remove(self._connection.nc, each) for each in self._presences()))

    async def _has_bucket(self) -> bool:
        return self._connection.is_connected and await self._connection.jetstream() is JetStreamState.YES

    # The database

    async def _tell_database(self, database: "Database") -> None:
        from trunkline.registry import rows

        await database.write(partial(rows.note, presences=self._presences(), first=not self._noted))
        self._noted = True

    async def _leave(self) -> None:
        if self._database is not None:
            from trunkline.registry import rows

            await self._database.write(partial(rows.stop, presences=self._presences()))


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
