"""``trunkline streams``: what is stored."""

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trunkline.cli.running import ServiceName, connected, load, run
from trunkline.cli.writing import age, printable, size
from trunkline.connection import Connection
from trunkline.streams import StreamStatus


def streams(service: ServiceName) -> None:
    """List the declared streams as the server has them. Status 1 when one of them keeps nothing."""
    statuses = run(_stream_status(load(service).connection))
    table = Table("stream", "subjects", "messages", "bytes", "limit", "kept", "remarks", box=None, pad_edge=False)
    for status in statuses:
        remarks = status.error or status.difference or ""
        table.add_row(
            *(status.name, " ".join(status.subjects), f"{status.messages:,}"),
            *(size(status.bytes), size(status.max_bytes), age(status.max_age), Text(printable(remarks))),
        )
    Console(highlight=False).print(table)
    raise typer.Exit(any(status.error for status in statuses))


async def _stream_status(connection: Connection) -> list[StreamStatus]:
    async with connected(connection):
        return await connection.stream_status()
