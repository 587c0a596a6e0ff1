"""Leases: one owner at a time, and a late one is told by its number."""

from sqlalchemy import update

from trunkline.sql import Database, leases
from trunkline.sql.leases import Lease
from trunkline.sql.tables import leases as rows

TERM = 30.0


async def acquire(database: Database, owner: str) -> Lease | None:
    return await database.write(lambda session: leases.acquire(session, "work", owner, TERM))


async def held(database: Database, owner: str) -> Lease:
    lease = await acquire(database, owner)
    assert lease is not None
    return lease


async def expire(database: Database, by: float = 0.0) -> None:
    """Let the term run out, without waiting for it."""
    await database.write(lambda session: session.execute(update(rows).values(expires_at=by)))


class TestLeases:
    """Who holds it, and for how long."""

    async def test_while_one_holds_it_nobody_else_gets_it(self, database: Database) -> None:
        assert await database.read(lambda session: leases.is_free(session, "work", TERM))
        await held(database, "a")
        assert await acquire(database, "b") is None
        assert not await database.read(lambda session: leases.is_free(session, "work", TERM))

    async def test_each_change_of_owner_raises_the_fence(self, database: Database) -> None:
        first = await held(database, "a")
        assert await database.write(lambda session: leases.release(session, first))
        second = await held(database, "b")
        await expire(database)
        third = await held(database, "c")
        assert first.fence < second.fence < third.fence

    async def test_renewing_keeps_the_fence_and_moves_the_end(self, database: Database) -> None:
        lease = await held(database, "a")
        later = await database.write(lambda session: leases.renew(session, lease))
        assert later is not None
        assert later.fence == lease.fence
        assert later.expires_at > lease.expires_at

    async def test_who_was_replaced_can_do_nothing_any_more(self, database: Database) -> None:
        late = await held(database, "a")
        await expire(database)
        owner = await held(database, "b")
        assert await database.write(lambda session: leases.renew(session, late)) is None
        assert not await database.write(lambda session: leases.holds(session, late))
        assert not await database.write(lambda session: leases.release(session, late))
        assert await database.write(lambda session: leases.holds(session, owner))

    async def test_an_expired_lease_that_nobody_took_is_still_held(self, database: Database) -> None:
        lease = await held(database, "a")
        await expire(database)
        assert await database.write(lambda session: leases.holds(session, lease))
        assert await database.write(lambda session: leases.renew(session, lease)) is not None

    async def test_a_clock_set_back_does_not_hold_up_the_lease_of_the_dead(self, database: Database) -> None:
        lease = await held(database, "a")
        await expire(database, by=lease.expires_at + 3600)
        assert await acquire(database, "b") is not None

    async def test_names_are_apart(self, database: Database) -> None:
        await held(database, "a")
        assert await database.write(lambda session: leases.acquire(session, "other", "b", TERM)) is not None
