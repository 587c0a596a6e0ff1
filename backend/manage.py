"""What is done on the server's command line, not over HTTP.

uv run python manage.py migrate
uv run python manage.py create-operator ada@example.org
uv run python manage.py rebuild-index
"""

import asyncio
import os
import sys
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from core import database as application_database
from core.config import settings
from core.logging import configure_logging
from core.passwords import hash_password
from models import Role
from modules.search.changes import ask_for_rebuilding
from modules.search.keeper import SNAPSHOT
from schemas.accounts import Email, Password
from schemas.strict import Line
from services import accounts
from services.refusals import Conflict
from trunkline import TrunklineError

PASSWORD_VARIABLE = "OPERATOR_PASSWORD"  # noqa: S105 - where it is read from

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@cli.callback()
def prepare() -> None:
    """Log as the application does."""
    configure_logging(settings)


@cli.command()
def migrate() -> None:
    """Bring the database's tables to the newest version."""
    try:
        application_database.migrate()
    except TrunklineError as error:
        raise _failed(str(error)) from None
    typer.echo("the tables are up to date")


@cli.command()
def create_operator(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="The name that others see.")] = "Operator",
) -> None:
    """Make an operator's account. The password comes from OPERATOR_PASSWORD, from standard input, or is asked for."""
    try:
        address = TypeAdapter[str](Email).validate_python(email)
        password = TypeAdapter[str](Password).validate_python(_password())
        shown_name = TypeAdapter[str](Line).validate_python(name)
        account_id = asyncio.run(_create(address, password, shown_name))
    except ValidationError as error:
        raise _failed("; ".join(e["msg"] for e in error.errors(include_input=False))) from None
    except (Conflict, TrunklineError) as error:
        raise _failed(str(error)) from None
    typer.echo(f"operator {address} has the id {account_id}")


@cli.command()
def rebuild_index() -> None:
    """Have the search index made anew from the database, by every process that keeps one."""
    try:
        asyncio.run(_ask_for_rebuilding())
    except (OSError, TrunklineError) as error:
        raise _failed(str(error)) from None
    typer.echo("asked for; each process logs search_index_built when it is done")


def _password() -> str:
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


async def _ask_for_rebuilding() -> None:
    """Remove the snapshot, for processes that start later, and ask those that run."""
    (settings.index_dir / SNAPSHOT).unlink(missing_ok=True)
    await application_database.startup()
    try:
        await application_database.database.write(ask_for_rebuilding)
    finally:
        await application_database.shutdown()


async def _create(email: str, password: str, name: str) -> str:
    password_hash = await hash_password(password)
    await application_database.startup()
    try:

        def write(session: Session) -> str:
            made = accounts.register(session, email=email, password_hash=password_hash, name=name, role=Role.OPERATOR)
            return made.id

        return await application_database.database.write(write)
    finally:
        await application_database.shutdown()


def _failed(message: str) -> typer.Exit:
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(1)


if __name__ == "__main__":
    cli()
