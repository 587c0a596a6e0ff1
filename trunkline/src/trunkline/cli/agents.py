"""``trunkline agents``: which agents there are, and whether they are alive."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trunkline.cli.running import ServiceName, connected, load, opened, run
from trunkline.cli.writing import age, printable
from trunkline.errors import TrunklineError
from trunkline.registry import AgentStatus, InstanceStatus, Liveness, Registry
from trunkline.service import NATSService

_STYLE = {Liveness.ALIVE: "green", Liveness.LATE: "yellow", Liveness.GONE: "dim"}


def agents(
    service: ServiceName,
    skill: Annotated[str | None, typer.Option(metavar="ID", help="Only agents that can do this.")] = None,
) -> None:
    """List agents in whatever process they run, with their instances. Status 1 when nobody can be asked."""
    try:
        found = run(_ask(load(service), skill))
    except TrunklineError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    columns = ("agent", "liveness", "version", "load", "last seen", "started", "process", "instance", "skills")
    table = Table(*columns, box=None, pad_edge=False)
    for agent in found:
        for number, instance in enumerate(agent.instances):
            table.add_row(*_row(agent, instance, first=number == 0))
    Console(highlight=False).print(table)


async def _ask(service: NATSService, skill: str | None) -> list[AgentStatus]:
    async with opened(service) as trouble, connected(service.connection, must=False):
        if trouble is not None:
            typer.echo(f"without the database: {trouble}", err=True)
        return await Registry(service).agents(skill=skill)


def _row(agent: AgentStatus, instance: InstanceStatus, *, first: bool) -> list[str | Text]:
    silent = max(0.0, (datetime.now(UTC) - instance.last_seen).total_seconds())
    liveness = f"{instance.liveness}, stopped" if instance.stopped else str(instance.liveness)
    return [
        agent.name if first else "",
        Text(liveness, _STYLE[instance.liveness]),
        printable(instance.version),
        f"{instance.load:.0%}" if instance.load is not None else "-",
        f"{age(silent)} ago",
        f"{instance.started.astimezone():%F %T}",
        Text(printable(f"{instance.host}/{instance.pid}")),
        instance.id,
        Text(printable(" ".join(skill.id for skill in agent.skills)) if first else ""),
    ]
