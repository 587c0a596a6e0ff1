"""``trunkline worker``: run a service's agents, without its HTTP side.

Which agents there are and how the service runs is said by the service itself (`NATSService.agents` and
`NATSService.lifespan`). The command is a supervisor: the agents run in processes below it, each of which runs all that
were chosen, and one that dies is followed by another.
"""

import asyncio
import sys
from typing import Annotated

import structlog
import typer

from trunkline.cli.running import ServiceName
from trunkline.cli.worker.report import REFUSED
from trunkline.cli.worker.supervisor import Supervisor


def worker(
    service: ServiceName,
    agents: Annotated[str, typer.Option(metavar="NAME,...", help="Which agents; `all` of the service by default.")] = (
        "all"
    ),
    processes: Annotated[int, typer.Option(min=1, max=256, help="How many processes; each runs all these agents.")] = 1,
    stop_seconds: Annotated[
        float, typer.Option(min=0, help="After SIGTERM or Ctrl-C: what a process gets until it is killed.")
    ] = 45.0,
    health_port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, envvar="TRUNKLINE_HEALTH_PORT", help="Answer /health/live and /health/ready there."
        ),
    ] = None,
    health_host: Annotated[str, typer.Option(help="0.0.0.0 for probes from outside a container.")] = "127.0.0.1",
) -> None:
    """Run the service's agents until SIGTERM or Ctrl-C.

    Status 0: stopped in order. 1: a process had to be killed, or ended badly. 2: it cannot run as asked.
    """
    _log_to_stderr()
    supervisor = Supervisor(service, agents, processes=processes, stop_seconds=stop_seconds)
    address = (health_host, health_port) if health_port is not None else None
    try:
        status = asyncio.run(supervisor.run(address))
    except OSError as error:
        typer.echo(f"health answers cannot be given on {health_host} port {health_port}: {error.strerror}", err=True)
        status = REFUSED
    raise typer.Exit(status)


def _log_to_stderr() -> None:
    """Write for people on a terminal, and as JSON elsewhere. The processes log as their application says."""
    last = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
