"""Running a command on the application's own service, imported with the current folder on the path."""

import asyncio
import importlib
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import structlog
import typer

from trunkline.connection import Connection
from trunkline.errors import ConfigurationError, DatabaseError, NotConnected
from trunkline.service import NATSService

T = TypeVar("T")

_CONNECT_SECONDS = 10.0

ServiceName = Annotated[str, typer.Argument(metavar="MODULE:SERVICE", help="Where the service is, as in main:service.")]


def load(name: str) -> NATSService:
    """Import the service that `name` names, with the current folder on the path.

    Raises:
        typer.BadParameter: there is no such module or name, or it is no service.
    """
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise refused(f"{name!r} must be MODULE:SERVICE, as in main:service")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise refused(f"there is no module {module_name!r} in {os.getcwd()} or the environment") from error
    for part in path.split("."):
        if not hasattr(found, part):
            raise refused(f"{module_name!r} has no {path!r}")
        found = getattr(found, part)
    if not isinstance(found, NATSService):
        raise refused(f"{name} is a {type(found).__name__}, not a NATSService")
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; only errors are logged meanwhile."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    return asyncio.run(work)


@asynccontextmanager
async def connected(connection: Connection, *, must: bool = True) -> AsyncIterator[None]:
    """Have the connection as long as the block lasts; without a server the command ends, if it `must` have one."""
    await connection.start()
    try:
        try:
            await connection.wait_connected(_CONNECT_SECONDS)
        except NotConnected as error:
            if must:
                typer.echo(str(error), err=True)
                raise typer.Exit(1) from None
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def opened(service: NATSService) -> AsyncIterator[str | None]:
    """Have the service's database open as long as the block lasts, if it has one; gives why that cannot be."""
    trouble = None
    if service.database is not None:
        try:
            await service.database.start()
        except (DatabaseError, ConfigurationError) as error:
            trouble = str(error)
    try:
        yield trouble
    finally:
        if service.database is not None:
            await service.database.close()


def refused(reason: str) -> typer.BadParameter:
    """Return the error for a service that will not do."""
    return typer.BadParameter(reason, param_hint="MODULE:SERVICE")
