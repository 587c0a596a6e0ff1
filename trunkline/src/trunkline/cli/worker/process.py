"""One process of a worker: ``python -m trunkline.cli.worker.process MODULE:SERVICE AGENTS REPORTS``.

`REPORTS` is the descriptor of a pipe to the supervisor. Every second a line on it says how things are; a pipe that
nobody reads any more says that the supervisor is gone, and then the process stops in order too, whatever ended it.

The agents listen before the service connects and sends what waits in its outbox: a server without JetStream hands an
event to whoever listens at that moment. At the end the service ends all their subscriptions at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from trunkline.cli.running import load
from trunkline.cli.worker.report import REFUSED, Report, report_of
from trunkline.errors import ConfigurationError
from trunkline.hosting import hosted
from trunkline.registry import registered
from trunkline.service import NATSService
from trunkline.waiting import within

if TYPE_CHECKING:
    from trunkline.sql import Database

REPORT_SECONDS = 1.0


async def work(service: NATSService, names: str, reports: int) -> None:
    """Run the agents until SIGTERM, SIGINT or the supervisor's end."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    os.set_blocking(reports, False)
    async with (
        service.lifespan(),
        _open(service.database),
        hosted(service.agents, names) as agents,
        _started(service),
        registered(service, agents),
    ):
        while not stopping.is_set():
            report = report_of(await service.health(), list(agents))
            if not _send(report, reports):
                return
            await within(REPORT_SECONDS, stopping)


@asynccontextmanager
async def _open(database: "Database | None") -> AsyncIterator[None]:
    """Have the database open as long as the block lasts; one that the application has opened stays so."""
    if database is None or database.id:
        yield
        return
    await database.start()
    try:
        yield
    finally:
        await database.close()


@asynccontextmanager
async def _started(service: NATSService) -> AsyncIterator[None]:
    try:
        await service.start()
        yield
    finally:
        await service.stop()


def _send(report: Report, reports: int) -> bool:
    """Write a report; False when nobody will read it."""
    try:
        os.write(reports, report.model_dump_json().encode() + b"\n")
    except BlockingIOError:  # the supervisor is busy, or frozen: the next one will do
        return True
    except BrokenPipeError:
        return False
    return True


def main() -> int:
    """Run as told on the command line; the exit status."""
    name, agents, reports = sys.argv[1:]
    try:
        asyncio.run(work(load(name), agents, int(reports)))
    except (ConfigurationError, typer.BadParameter) as error:
        print(error.format_message() if isinstance(error, typer.BadParameter) else error, file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
