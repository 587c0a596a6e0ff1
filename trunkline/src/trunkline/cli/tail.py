"""``trunkline tail``: what is happening."""

import asyncio
from typing import Annotated

import typer
from nats.aio.msg import Msg

from trunkline.cli.running import ServiceName, connected, load, run
from trunkline.cli.writing import printable
from trunkline.connection import Connection
from trunkline.errors import InvalidSubject
from trunkline.events import Event


def tail(
    service: ServiceName,
    pattern: Annotated[str, typer.Argument(help="A subject, with * for one token and > for the rest.")],
) -> None:
    """Show events as they are published, until Ctrl-C."""
    try:
        run(_follow(load(service).connection, pattern))
    except InvalidSubject as error:
        raise typer.BadParameter(str(error), param_hint="PATTERN") from error
    except KeyboardInterrupt:
        raise typer.Exit from None


def line_of(event: Event) -> str:
    """Write an event as one line that is safe on a terminal: time, subject, id, data."""
    trial = " (trial)" if event.test else ""
    data = printable(event.payload.decode(errors="backslashreplace"))
    return f"{event.time.astimezone():%H:%M:%S.%f} {printable(event.subject)}{trial} {printable(event.id)} {data}"


async def _follow(connection: Connection, pattern: str) -> None:
    ended = asyncio.Event()

    async def show(received: Msg) -> None:
        try:
            print(line_of(Event.received(received.subject, received.data, received.headers)), flush=True)
        except BrokenPipeError:  # as of `| head`
            ended.set()

    async with connected(connection):
        subscription = await connection.subscribe(pattern, show)
        typer.echo(f"listening on {pattern}", err=True)
        try:
            await ended.wait()
        finally:
            await subscription.unsubscribe()
