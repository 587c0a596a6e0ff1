"""The registry of a service: agents enter it, and whoever wants one asks it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import structlog

from trunkline.errors import DatabaseError, NotConnected
from trunkline.hosting import Agent
from trunkline.jetstream import ApiError, ApiSilent, JetStreamState
from trunkline.registry import asking, bucket
from trunkline.registry.card import AgentCard, check_size
from trunkline.registry.presence import Presences
from trunkline.registry.statuses import AgentStatus, Liveness, Sighting, liveness_of, statuses
from trunkline.service import NATSService

if TYPE_CHECKING:
    from trunkline.sql import Database

log = structlog.get_logger(__name__)


@runtime_checkable
class Carded(Protocol):
    """An agent that says what it can do."""

    def card(self) -> AgentCard:
        """Return a card of this instance."""
        ...


class Registry:
    """Who is there, as far as a service's server and database know.

    Where the server has no JetStream, its agents are asked one by one on ``$SRV``; where there is no server, the
    database alone knows.
    """

    def __init__(self, service: NATSService) -> None:
        self._service = service
        self._connection = service.connection

    @asynccontextmanager
    async def entered(self, *cards: AgentCard) -> AsyncIterator[None]:
        """Have these instances in the registry as long as the block lasts; afterwards they have ended in order.

        The service should run that long. An instance whose process dies is late when it has been silent for two thirds
        of ``NATS_AGENT_TTL``, and then gone.

        Raises:
            ConfigurationError: a card is too large.
            NotConnected: the service's connection is closed.
        """
        for card in cards:
            check_size(card)
        presences = Presences(self._service, cards)
        try:
            if cards:
                await presences.start()
            yield
        finally:
            if cards:
                await presences.stop()

    async def agents(self, *, skill: str | None = None) -> list[AgentStatus]:
        """Return all agents that are known, or those with a skill of this id, also those that are gone.

        Raises:
            DatabaseError: neither database nor server can be asked.
            NotConnected: there is no server, and no database either.
        """
        trouble: DatabaseError | None = None
        rows: list[Sighting] | None = None
        if self._service.database is not None:
            try:
                rows = await _rows(self._service.database)
            except DatabaseError as error:
                trouble = error
        heard = await self._heard(rows)
        if heard is None and rows is None:
            raise trouble or NotConnected("nobody can be asked which agents there are: not connected, and no database")
        if trouble is not None:
            log.warning("agents that are gone cannot be listed", reason=str(trouble))
        found = statuses([*(heard or ()), *(rows or ())])
        return [each for each in found if skill is None or any(one.id == skill for one in each.skills)]

    async def _heard(self, rows: Sequence[Sighting] | None) -> list[Sighting] | None:
        """Return what the server, or the agents at it, say; None when neither can be asked."""
        if not self._connection.is_connected:
            return None
        if await self._connection.jetstream() is JetStreamState.YES:
            try:
                entries = await bucket.entries(self._connection.nc)
            except (ApiError, ApiSilent) as error:
                log.warning("agents' bucket cannot be read", reason=str(error))
            else:
                if entries is not None:
                    return [Sighting(e.name, e.instance, e.age, e.presence, e.presence is None) for e in entries]
        try:
            answers = await asking.ask(self._connection, _expected(rows))
        except (NotConnected, TimeoutError):
            return None
        return [Sighting(each.name, each.instance, 0.0, each) for each in answers]


@asynccontextmanager
async def registered(service: NATSService, agents: Mapping[str, Agent]) -> AsyncIterator[None]:
    """Have agents that run in this process in the service's registry as long as the block lasts.

    An agent with a method `card` says what it can do; of any other only its name is known.

    Raises:
        ConfigurationError: what an agent says of itself cannot be entered.
        NotConnected: as `Registry.entered`.
    """
    cards = [agent.card() if isinstance(agent, Carded) else AgentCard(name) for name, agent in agents.items()]
    async with Registry(service).entered(*cards):
        yield


async def _rows(database: "Database") -> list[Sighting]:
    from trunkline.registry import rows

    found = await database.read(rows.read)
    return [Sighting(r.presence.name, r.presence.instance, r.age, r.presence, r.stopped) for r in found]


def _expected(rows: Sequence[Sighting] | None) -> set[str] | None:
    """Return who should answer: those that the database thinks are there."""
    if rows is None:
        return None
    return {
        row.instance
        for row in rows
        if row.presence is not None and liveness_of(row.age, row.presence.ttl, stopped=row.stopped) is not Liveness.GONE
    }
