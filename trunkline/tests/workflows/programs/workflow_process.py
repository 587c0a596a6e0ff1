"""Run a workflow until killed: ``workflow_process.py DATABASE_URL NATS_URL begin|run``; ``begin`` begins one."""

import asyncio
import sys
from datetime import timedelta
from functools import partial

import structlog
from pydantic import SecretStr
from sqlalchemy.orm import Session

from trunkline import Connection, NATSService, NatsSettings, workflows
from trunkline.sql import Database, inbox
from trunkline.workflows import LATE, Instance, State, Transition, Workflow, Workflows


def rung(session: Session, instance: Instance) -> None:
    """Fail when it rings a second time."""
    assert inbox.mark(session, "rung", instance.id), "rang twice"


SLOW = Workflow(
    "slow",
    states=(State("waiting", time_limit=timedelta(seconds=3)), State("late", end=True)),
    transitions=(Transition("waiting", LATE, "late", effect="rung"),),
    functions={"rung": rung},
)


async def main(database_url: str, nats_url: str, mode: str) -> None:
    """Run."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    database = Database(database_url)
    service = NATSService(Connection(NatsSettings(url=SecretStr(nats_url))), database=database)
    await Workflows(service, [SLOW]).initialize()
    await service.start()
    if mode == "begin":
        await database.write(partial(workflows.begin, workflow=SLOW, id="slow"))
        print("begun", flush=True)
    await asyncio.sleep(60)


asyncio.run(main(*sys.argv[1:]))
