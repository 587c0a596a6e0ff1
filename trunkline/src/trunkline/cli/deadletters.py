"""``trunkline deadletters``: what could not be handled or sent; find it, mend it, send it again.

Only the database is opened. A replay is put into the outbox there, and the application's processes send it.
"""

import json
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any, TypeVar

import pydantic_core
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from trunkline.cli.running import ServiceName, load, refused, run
from trunkline.cli.writing import printable
from trunkline.errors import NoSuchDeadLetter, TrunklineError
from trunkline.sql import Database, deadletters
from trunkline.sql.deadletters import DeadLetter

T = TypeVar("T")

LetterId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.", show_default=False)]
Handler = Annotated[str | None, typer.Option(help="Only of this durable handler.")]
Error = Annotated[str | None, typer.Option(help="Only of this class of error, as `groups` shows it.")]
Type = Annotated[str | None, typer.Option(help="Only of this type of event, as `groups` shows it.")]

app = typer.Typer(
    name="deadletters",
    help="What could not be handled or sent: find it, mend it, send it again.",
    no_args_is_help=True,
)


@app.command("list")
def list_(
    service: ServiceName,
    handler: Handler = None,
    error: Error = None,
    type: Type = None,
    replayed: Annotated[bool, typer.Option("--replayed", help="Those that were replayed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=deadletters.MAX_PAGE)] = 50,
    after: Annotated[str | None, typer.Option(metavar="ID", help="Go on after this one.")] = None,
) -> None:
    """List those that wait, oldest first."""
    read = partial(deadletters.list, handler=handler, error_class=error, type=type, replayed=replayed, after=after)
    letters = _read(service, partial(read, limit=limit))
    table = Table("id", "handler", "subject", "attempts", "round", "error", "since", box=None, pad_edge=False)
    for letter in letters:
        table.add_row(
            *(letter.id, letter.handler, _text(letter.subject), str(letter.attempts), str(letter.rounds)),
            *(_text(f"{letter.error_class}: {letter.error_message}"), f"{letter.created_at.astimezone():%F %T}"),
        )
    Console(highlight=False).print(table)
    if len(letters) == limit:
        typer.echo(f"there may be more: --after {letters[-1].id}", err=True)


@app.command()
def groups(service: ServiceName) -> None:
    """Count those that wait by handler, error and type of event."""
    table = Table("letters", "handler", "error", "type", "first", "last", "example", box=None, pad_edge=False)
    for group in _read(service, deadletters.groups):
        first, last = (f"{at.astimezone():%F %T}" for at in (group.first_at, group.last_at))
        names = (group.handler, _text(group.error_class), _text(group.type))
        table.add_row(f"{group.letters:,}", *names, first, last, _text(group.example))
    Console(highlight=False).print(table)


@app.command()
def show(service: ServiceName, id: LetterId) -> None:
    """Show everything that is kept of one."""

    def read(session: Session) -> DeadLetter:
        letter = deadletters.get(session, id)
        if letter is None:
            raise NoSuchDeadLetter(id)
        return letter

    for line in lines_of(_read(service, read)):
        typer.echo(line)


@app.command()
def edit(
    service: ServiceName,
    id: LetterId,
    payload: Annotated[
        typer.FileBinaryRead | None, typer.Option(help="A file with a JSON object; - for standard input.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="For an event that could not be sent.")] = None,
) -> None:
    """Change what a replay sends; the original is kept beside it."""
    if payload is None and subject is None:
        raise typer.BadParameter("give --payload or --subject")
    data = _object(payload.read()) if payload is not None else None
    subjects = load(service).subjects
    change = partial(deadletters.edit, id=id, payload=data, subject=subject, subjects=subjects)
    _on_database(service, lambda database: database.write(change))
    typer.echo(f"edited {printable(id)}")


@app.command()
def replay(
    service: ServiceName,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `list` shows them.")] = None,
    handler: Handler = None,
    error: Error = None,
    type: Type = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    rate: Annotated[float, typer.Option(min=0.001, help="Of a kind or of all: no more a second.")] = 10.0,
) -> None:
    """Send events again to the handlers that gave them up: those named, those of a kind, or all."""
    kind = {"handler": handler, "error_class": error, "type": type}
    if sum((bool(ids), any(kind.values()), everything)) != 1:
        raise typer.BadParameter("give one of: ids, a kind (--handler, --error, --type), --all")

    async def replay_these(database: Database) -> None:
        for id in ids or ():
            event = await database.write(partial(deadletters.replay, id=id))
            _say_replayed(event.id, event.subject, event.round)

    async def replay_kind(database: Database) -> None:
        async for event in deadletters.replay_all(database, handler=handler, error_class=error, type=type, rate=rate):
            _say_replayed(event.id, event.subject, event.round)

    try:
        _on_database(service, replay_these if ids else replay_kind)
    except KeyboardInterrupt:
        typer.echo("the rest waits", err=True)
        raise typer.Exit(1) from None


@app.command()
def discard(service: ServiceName, ids: Annotated[list[str], typer.Argument(metavar="ID...")]) -> None:
    """Erase letters; their events stay done."""

    async def work(database: Database) -> None:
        for id in ids:
            await database.write(partial(deadletters.discard, id=id))
            typer.echo(f"discarded {printable(id)}")

    _on_database(service, work)


def lines_of(letter: DeadLetter) -> list[str]:
    """Write a letter as lines that are safe on a terminal."""
    facts = {
        "id": letter.id,
        "handler": letter.handler,
        "event": f"{letter.event_id} ({letter.type})",
        "subject": letter.subject,
        "subject was": letter.original_subject,
        "key": letter.key,
        "stored": f"{letter.stream} {letter.sequence}" if letter.stream else None,
        "attempts": f"{letter.attempts}, in round {letter.rounds}",
        "since": f"{letter.created_at.astimezone():%F %T %z}",
        "edited": f"{letter.edited_at.astimezone():%F %T %z}" if letter.edited_at else None,
        "replayed": f"{letter.replayed_at.astimezone():%F %T %z}" if letter.replayed_at else None,
    }
    lines = [f"{name:<12} {printable(text)}" for name, text in facts.items() if text is not None]
    lines += _part("headers", "\n".join(f"{name}: {value}" for name, value in letter.headers.items()))
    lines += _part("payload", _pretty(letter.payload))
    if letter.original_payload is not None:
        lines += _part("payload was", _pretty(letter.original_payload))
    lines += _part("error", f"{letter.error_class}: {letter.error_message}")
    return lines + _part("traceback", letter.traceback)


def _part(title: str, text: str) -> list[str]:
    return ["", title, *(f"  {printable(line)}" for line in text.splitlines())]


def _pretty(payload: bytes) -> str:
    try:
        return json.dumps(pydantic_core.from_json(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload.decode(errors="backslashreplace")


def _text(text: str) -> Text:
    first, _, rest = text.partition("\n")
    return Text(printable(first) + (" ..." if rest else ""))


def _say_replayed(event_id: str, subject: str, round: int) -> None:
    typer.echo(f"replayed {printable(event_id)} {printable(subject)} round {round}")


def _object(text: bytes) -> dict[str, Any]:
    try:
        data = pydantic_core.from_json(text)
    except ValueError as error:
        raise typer.BadParameter(f"no JSON: {error}", param_hint="--payload") from error
    if not isinstance(data, dict):
        raise typer.BadParameter("must be a JSON object", param_hint="--payload")
    return data


def _read(service: str, function: Callable[[Session], T]) -> T:
    return _on_database(service, lambda database: database.read(function))


def _on_database(service: str, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Run `work` on the service's database; what it refuses to do ends the command with status 1."""
    database = load(service).database
    if database is None:
        raise refused(f"{service} has no database, and so keeps no dead letters")
    try:
        return run(_opened(database, work))
    except TrunklineError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


async def _opened(database: Database, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    try:
        await database.start()
        return await work(database)
    finally:
        await database.close()
