"""Spend one budget: ``budget_process.py URL calls`` reserves and settles until refused; ``URL die`` dies in a call.

The one prints how many calls were granted, the other that it has reserved.
"""

import asyncio
import os
import sys
from functools import partial

from trunkline import Event
from trunkline.sql import Database, budgets
from trunkline.sql.budgets import Limits, Refusal, Reservation, Spending

ROOT = "the-tree"
LIMITS = Limits(tokens=10_000, calls=200)
MOST = Spending(tokens=60, calls=1)
SPENT = Spending(tokens=50, calls=1)
DYING_TERM = 10.0


def told(refusal: Refusal, committed: Spending) -> Event:
    return Event.create("agent.budget.exceeded", {"root": refusal.root}, key=refusal.root)


async def reserve(database: Database, term: float = 600.0) -> Reservation | Refusal:
    return await database.write(partial(budgets.reserve, root=ROOT, limits=LIMITS, most=MOST, term=term, tell=told))


async def spend(database: Database) -> int:
    granted = 0
    while isinstance(made := await reserve(database), Reservation):
        granted += 1
        await database.write(partial(budgets.settle, reservation=made, spent=SPENT))
    return granted


async def main(url: str, mode: str) -> None:
    database = Database(url, busy_limit=60)
    await database.start()
    if mode == "die":
        await reserve(database, DYING_TERM)
        print("reserved", flush=True)
        os.abort()
    print(sum(await asyncio.gather(*(spend(database) for _ in range(4)))), flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
