"""Budgets: calls that run side by side, in whatever process, never pass a limit together."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from trunkline import Event
from trunkline.sql import Database, budgets
from trunkline.sql.budgets import Limits, Refusal, Reservation, Spending
from trunkline.sql.tables import outbox, reservations

PROGRAM = Path(__file__).with_name("programs") / "budget_process.py"
LIMIT_SECONDS = 120.0
LIMITS = Limits(tokens=100, cost=1.0, calls=3, seconds=60)
CALL = Spending(tokens=30, cost=0.1, calls=1, seconds=5)


def told(refusal: Refusal, committed: Spending) -> Event:
    data = {"root": refusal.root, "over": list(refusal.over), "tokens": committed.tokens}
    return Event.create("agent.budget.exceeded", data, key=refusal.root)


async def reserve(
    database: Database, most: Spending = CALL, *, root: str = "tree", limits: Limits = LIMITS, term: float = 600.0
) -> Reservation | Refusal:
    return await database.write(partial(budgets.reserve, root=root, limits=limits, most=most, term=term, tell=told))


async def reserved(database: Database, most: Spending = CALL) -> Reservation:
    made = await reserve(database, most)
    assert isinstance(made, Reservation)
    return made


async def settle(database: Database, reservation: Reservation, spent: Spending = CALL) -> bool:
    return await database.write(partial(budgets.settle, reservation=reservation, spent=spent))


async def spent(database: Database, root: str = "tree") -> Spending:
    return await database.read(partial(budgets.spent, root=root))


async def events(database: Database) -> list[dict[str, object]]:
    rows = await database.read(lambda session: session.execute(select(outbox.c.payload)).scalars().all())
    return [json.loads(row) for row in rows]


class TestReserving:
    """What is reserved counts as spent until it is settled."""

    async def test_a_call_that_fits_is_granted_and_weighs_at_once(self, database: Database) -> None:
        await reserved(database)
        assert await database.read(partial(budgets.reserved, root="tree")) == CALL
        assert await spent(database) == Spending()

    @pytest.mark.parametrize(
        ("most", "over"),
        [
            (Spending(tokens=101), ("tokens",)),
            (Spending(cost=1.000001), ("cost",)),
            (Spending(calls=4), ("calls",)),
            (Spending(seconds=60.001), ("seconds",)),
            (Spending(tokens=101, calls=4), ("tokens", "calls")),
        ],
    )
    async def test_each_limit_refuses_and_says_which(
        self, database: Database, most: Spending, over: tuple[str, ...]
    ) -> None:
        assert await reserve(database, most) == Refusal("tree", over)

    async def test_a_limit_can_be_spent_to_the_last_tenth(self, database: Database) -> None:
        limits = Limits(cost=0.3)
        for _ in range(3):
            assert isinstance(await reserve(database, Spending(cost=0.1), limits=limits), Reservation)
        assert isinstance(await reserve(database, Spending(cost=0.000001), limits=limits), Refusal)

    async def test_no_limit_is_no_limit(self, database: Database) -> None:
        assert isinstance(await reserve(database, Spending(tokens=10**12), limits=Limits()), Reservation)

    async def test_trees_are_apart_however_long_their_names(self, database: Database) -> None:
        for _ in range(3):
            await reserved(database)
        assert isinstance(await reserve(database, root="x" * 5000), Reservation)
        assert isinstance(await reserve(database), Refusal)


class TestSettling:
    """What was spent takes the place of what was reserved."""

    async def test_what_was_not_spent_is_free_again(self, database: Database) -> None:
        first = await reserved(database, Spending(tokens=90))
        assert isinstance(await reserve(database), Refusal)
        assert await settle(database, first, Spending(tokens=10))
        assert isinstance(await reserve(database, Spending(tokens=90)), Reservation)

    async def test_settled_twice_it_counts_once(self, database: Database) -> None:
        first = await reserved(database)
        assert await settle(database, first)
        assert not await settle(database, first)
        assert await spent(database) == CALL

    async def test_a_call_that_spent_more_than_reserved_is_counted_as_it_was(self, database: Database) -> None:
        await settle(database, await reserved(database), Spending(tokens=500, calls=1))
        assert (await spent(database)).tokens == 500
        assert isinstance(await reserve(database, Spending(tokens=1)), Refusal)

    async def test_a_reservation_whose_time_is_over_weighs_nothing_and_is_still_settled(
        self, database: Database
    ) -> None:
        late = await reserved(database, Spending(tokens=90))
        await database.write(lambda session: session.execute(update(reservations).values(expires_at=0.0)))
        assert isinstance(await reserve(database, Spending(tokens=90)), Reservation)
        assert await settle(database, late, Spending(tokens=40))
        assert (await spent(database)).tokens == 40


class TestTelling:
    """The first refusal of a tree is told, in its own transaction."""

    async def test_it_is_told_once(self, database: Database) -> None:
        await settle(database, await reserved(database))
        for _ in range(3):
            await reserve(database, Spending(tokens=80))
        assert await events(database) == [{"root": "tree", "over": ["tokens"], "tokens": 30}]

    async def test_what_fits_is_not_told(self, database: Database) -> None:
        await reserved(database)
        assert await events(database) == []


class TestForgetting:
    """Trees that nobody uses any more go."""

    async def test_only_trees_not_used_since_are_forgotten(self, database: Database) -> None:
        await settle(database, await reserved(database))
        now = datetime.now(UTC)
        assert await database.write(partial(budgets.prune, before=now - timedelta(days=1))) == 0
        assert await spent(database) == CALL
        assert await database.write(partial(budgets.prune, before=now + timedelta(days=1))) == 1
        assert await spent(database) == Spending()


async def run(url: str, mode: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), url, mode, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )


async def said(process: asyncio.subprocess.Process) -> str:
    async with asyncio.timeout(LIMIT_SECONDS):
        output, _ = await process.communicate()
    return output.decode().strip()


class TestProcesses:
    """One budget for all the processes of a database."""

    async def test_two_processes_together_spend_it_to_the_end_and_not_a_call_more(
        self, database: Database, database_url: str
    ) -> None:
        """Ten thousand tokens at sixty reserved and fifty spent: 199 calls, the last with just enough left."""
        processes = [await run(database_url, "calls") for _ in range(2)]
        granted = [int(await said(process)) for process in processes]
        total = await spent(database, "the-tree")
        assert total == Spending(tokens=50 * sum(granted), calls=sum(granted))
        assert sum(granted) == 199
        assert await events(database) == [{"root": "the-tree"}]

    async def test_what_a_process_that_died_had_reserved_comes_back_after_its_time(
        self, database: Database, database_url: str
    ) -> None:
        process = await run(database_url, "die")
        assert await said(process) == "reserved"
        everything = Spending(tokens=100)
        limits = Limits(tokens=100)
        refused = await reserve(database, everything, root="the-tree", limits=limits, term=600)
        assert isinstance(refused, Refusal)
        async with asyncio.timeout(LIMIT_SECONDS):
            while isinstance(await reserve(database, everything, root="the-tree", limits=limits), Refusal):
                await asyncio.sleep(0.2)
