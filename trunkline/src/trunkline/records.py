"""What the service and its consumers keep in the application's database, each as one transaction.

The layers below know only what they need of this (`Keeping`), so that Trunkline works without SQLAlchemy.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.attempts import Letter
from trunkline.errors import DatabaseError, OwnershipLost
from trunkline.events import Event
from trunkline.message import Message
from trunkline.receipts import Guarantee, Receipt
from trunkline.sql import Database, attempts, deadletters, inbox, leases, outbox, servers
from trunkline.sql.leases import Lease

T = TypeVar("T")

Farewell = Callable[[Session, Message], object]


class Records:
    """Outbox, inbox and dead letters of one database. Everything here raises `DatabaseError` when it is not taken."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._farewells: dict[str, Farewell] = {}
        self.repeated: Counter[str] = Counter()
        """By handler: events that came when it had done them already, and that the inbox kept from acting again."""

    async def queue(self, event: Event) -> Receipt:
        """Keep `event` for the relay. Raises `OutboxFull`."""
        await self._database.write(lambda session: outbox.add(session, event))
        return Receipt(Guarantee.QUEUED, event.id, event.subject)

    def may_wait(self, key: str | None) -> bool:
        """Say whether this process has put an event of the key into the outbox that is not known to have left it."""
        return key is not None and self._database.last_added.get(key) is not None

    async def waits(self, key: str) -> bool:
        """Say whether an event of the key that this process has put into the outbox is there still."""
        last = self._database.last_added.get(key)
        if last is None:
            return False
        receipt = await self._database.read(lambda session: outbox.receipt(session, event_id=last))
        if receipt is not None and receipt.guarantee is Guarantee.QUEUED:
            return True
        self._database.last_added.forget(key, last)
        return False

    async def waiting(self) -> int:
        """Return how many events are in the outbox."""
        return await self._database.read(outbox.waiting)

    async def own(self, handler: str, owner: str, term: float) -> "OwnedRecords | None":
        """Take the ownership of an ordered handler for `term` seconds; None while another process has it."""
        name = f"handler:{handler}"
        if not await self._database.read(partial(leases.is_free, name=name, term=term)):
            return None
        lease = await self._database.write(partial(leases.acquire, name=name, owner=owner, term=term))
        return OwnedRecords(self, handler, lease) if lease is not None else None

    async def begin(self, handler: str, event: Event, *, before: int) -> int | None:
        """Count an attempt and return its number; None when `handler` has committed the event, or it was buried."""

        def whole(session: Session) -> int | None:
            if inbox.done(session, handler, event.id):
                return None
            return attempts.begin(session, handler, event.id, before=before)

        number = await self._write(whole)
        self.repeated[handler] += number is None
        return number

    async def excuse(self, handler: str, events: Iterable[Event]) -> None:
        """Take back the last attempt of `handler` at each event."""
        ids = [event.id for event in events]
        await self._database.write(lambda session: attempts.excuse(session, handler, ids))

    async def commit(self, handler: str, event: Event, effect: Callable[[Session], T]) -> T | None:
        """Run `effect` and mark the event as done by `handler`; None without running it when that is marked already.

        Of two workers with the same event, the second does nothing: it waits for the first one's mark, or finds it when
        it writes its own, and its effect is taken back.
        """

        def whole(session: Session) -> tuple[bool, T | None]:
            if not inbox.mark(session, handler, event.id):
                return False, None
            return True, effect(session)

        ran, result = await self._write(whole)
        self.repeated[handler] += not ran
        return result

    def on_buried(self, handler: str, farewell: Farewell) -> None:
        """Have `farewell` run in the transaction in which an event of `handler` becomes a dead letter."""
        self._farewells[handler] = farewell

    async def bury(self, letter: Letter) -> None:
        """Keep a dead letter, and mark its event as done by its handler."""
        farewell = self._farewells.get(letter.handler)

        def whole(session: Session) -> None:
            if not inbox.mark(session, letter.handler, letter.message.event.id):
                return
            deadletters.add(
                session,
                handler=letter.handler,
                event=letter.message.event,
                error=letter.error,
                attempts=letter.attempts,
                headers=letter.message.headers,
                stream=letter.message.stream,
                sequence=letter.message.sequence,
            )
            attempts.forget(session, letter.handler, letter.message.event.id)
            if farewell is not None:
                farewell(session, letter.message)

        await self._write(whole)

    async def works(self) -> bool:
        """Say whether the database takes a transaction that writes now."""
        try:
            await self._database.write(lambda session: session.execute(select(1)).scalar_one())
        except DatabaseError:
            return False
        return True

    async def remember_jetstream(self, key: str) -> None:
        """Remember that this server has JetStream."""
        await self._database.write(lambda session: servers.remember(session, key))

    async def had_jetstream(self, key: str) -> bool:
        """Say whether JetStream was ever seen at this server."""
        return await self._database.read(lambda session: servers.known(session, key))

    async def _write(self, whole: Callable[[Session], T]) -> T:
        return await self._database.write(whole)


class OwnedRecords(Records):
    """What the owner of an ordered handler keeps, as long as `lease` is its own."""

    def __init__(self, records: Records, handler: str, lease: Lease) -> None:
        super().__init__(records._database)
        self._farewells = records._farewells
        self.repeated = records.repeated
        self._handler = handler
        self._lease = lease
        self.lost = asyncio.Event()
        """Set when a write was refused because another process has the lease."""

    async def renew(self) -> bool:
        """Keep the lease for another term; False when another process has it."""
        return await self._database.write(partial(leases.renew, lease=self._lease)) is not None

    async def release(self) -> None:
        """Give the lease up."""
        await self._database.write(partial(leases.release, lease=self._lease))

    async def commit(self, handler: str, event: Event, effect: Callable[[Session], T]) -> T | None:
        """As in `Records`; also forgets the attempts, of which an ordered handler writes down every one."""

        def whole(session: Session) -> T | None:
            attempts.forget(session, handler, event.id)
            return effect(session)

        return await super().commit(handler, event, whole)

    async def _write(self, whole: Callable[[Session], T]) -> T:
        def fenced(session: Session) -> T:
            if not leases.holds(session, self._lease):
                raise OwnershipLost(self._handler)
            return whole(session)

        try:
            return await super()._write(fenced)
        except OwnershipLost:
            self.lost.set()
            raise
