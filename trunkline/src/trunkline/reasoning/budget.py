"""The budget of task trees, as a reasoner uses it: in the database, and with the event of its end."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, Field

from trunkline.errors import BudgetExceeded
from trunkline.events import Event
from trunkline.sql import Database, budgets
from trunkline.sql.budgets import Limits, Refusal, Reservation, Spending
from trunkline.subjects import Subject

BUDGET_EXCEEDED = Subject("agent.budget.exceeded")
GRACE_SECONDS = 30.0
"""For settling, after a call's own time limit; then a reservation weighs nothing any more."""


class BudgetExceededEvent(BaseModel):
    """A task tree was refused a call for the first time; `over` names the limits that the call would have passed."""

    root: str
    over: list[str]
    limits: dict[str, Any]
    spent: dict[str, Any] = Field(description="What is spent, and reserved by calls that run.")
    timestamp: datetime


class Budget:
    """What a task tree, named by its root, may spend on language models; for every process on the database.

    Args:
        database: where it is kept.
        limits: the same for every tree.
        source: who says so in the event (``ce-source``).
    """

    def __init__(self, database: Database, limits: Limits, *, source: str = "trunkline") -> None:
        self._database = database
        self._limits = limits
        self._source = source

    async def reserve(self, root: str, most: Spending) -> Reservation:
        """Set aside what a call may spend.

        Raises:
            BudgetExceeded: a limit does not hold it. The tree's first refusal is told by ``agent.budget.exceeded``.
            DatabaseError, OutboxFull: nothing was reserved.
        """
        term = most.seconds + GRACE_SECONDS
        made = await self._database.write(
            partial(budgets.reserve, root=root, limits=self._limits, most=most, term=term, tell=self._told)
        )
        if isinstance(made, Refusal):
            raise BudgetExceeded(root, made.over)
        return made

    async def settle(self, reservation: Reservation, spent: Spending) -> None:
        """Count what a call has spent, in place of what was set aside for it."""
        await self._database.write(partial(budgets.settle, reservation=reservation, spent=spent))

    async def spent(self, root: str) -> Spending:
        """Return what a task tree has spent so far."""
        return await self._database.read(partial(budgets.spent, root=root))

    def _told(self, refusal: Refusal, committed: Spending) -> Event:
        data = BudgetExceededEvent(
            root=refusal.root,
            over=list(refusal.over),
            limits={name: most for name, most in asdict(self._limits).items() if most is not None},
            spent=asdict(committed),
            timestamp=datetime.now(UTC),
        )
        return Event.create(BUDGET_EXCEEDED.build(), data, source=self._source, key=refusal.root)
