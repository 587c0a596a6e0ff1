"""Offering again what waits, while the server keeps nothing.

A server without JetStream hands an event to whoever listens, once. When that process dies with it, or nobody listened,
the event is gone; but what it was about still waits in the database (`modules.waiting`), and is offered again until a
handler has done it. With JetStream the stream sees to that, and nothing is done here.

One process at a time looks, by a lease that its transaction checks; another takes over when it dies. What was offered
is left alone for as long as it must have waited at first. That is remembered by the process: a new owner may offer
something early, which the handlers' marks make harmless.
"""

import asyncio
from datetime import timedelta
from functools import partial
from time import monotonic

import structlog
from sqlalchemy.orm import Session

from models import new_id, now
from modules import waiting
from services.nats_service import NATSService
from trunkline import JetStreamState, TrunklineError
from trunkline.sql import Database, leases

LEASE = "offering again"
LOOKS_IN_A_WAIT = 4
SHORTEST_PAUSE_SECONDS = 0.5

log = structlog.get_logger(__name__)


class OfferingAgain:
    """Looks for what waits, from `start` to `stop`; `after` is how long, in seconds, something may wait."""

    def __init__(self, nats_service: NATSService, database: Database, *, after: float) -> None:
        self._connection = nats_service.connection
        self._database = database
        self._after = after
        self._pause = max(SHORTEST_PAUSE_SECONDS, after / LOOKS_IN_A_WAIT)
        self._owner = new_id()
        self._lease: leases.Lease | None = None
        self._offered: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look now and then."""
        self._task = asyncio.create_task(self._run(), name="offering again")

    async def stop(self) -> None:
        """Look no more, and let another process do so at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._lease is not None:
            await self._database.write(partial(leases.release, lease=self._lease))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            try:
                if self._is_needed() and await self._owns():
                    await self._offer()
            except TrunklineError as error:
                log.warning("not_offered_again", reason=str(error))
            except Exception:
                log.exception("not_offered_again")

    def _is_needed(self) -> bool:
        """Whether events reach a server that keeps none."""
        is_core_only = self._connection.known_jetstream() is JetStreamState.NO
        return self._connection.is_connected and is_core_only and not self._connection.jetstream_expected

    async def _owns(self) -> bool:
        """Hold the lease, or take it where it is free; it outlasts two pauses."""
        if self._lease is not None:
            self._lease = await self._database.write(partial(leases.renew, lease=self._lease))
        if self._lease is None:
            take = partial(leases.acquire, name=LEASE, owner=self._owner, term=3 * self._pause)
            self._lease = await self._database.write(take)
        return self._lease is not None

    async def _offer(self) -> None:
        began = monotonic()
        self._offered = {name: at for name, at in self._offered.items() if began - at < self._after}
        for name in await self._database.write(self._tell):
            self._offered[name] = began
            log.info("offered_again", what=name)

    def _tell(self, session: Session) -> list[str]:
        """Tell of what waits and was not told of lately; return its names."""
        if self._lease is None or not leases.holds(session, self._lease):
            return []
        before = now() - timedelta(seconds=self._after)
        due = [each for each in waiting.found(session, before) if each.name not in self._offered]
        for each in due:
            each.tell(session)
        return [each.name for each in due]
