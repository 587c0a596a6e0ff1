"""`trunkline deadletters`: what went wrong is found, mended and sent again from a terminal."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline import Event
from trunkline.cli.deadletters import lines_of
from trunkline.sql import Database, deadletters, inbox
from trunkline.sql.deadletters import RELAY, DeadLetter
from trunkline.sql.tables import outbox as rows

PROGRAM = Path(sys.executable).with_name("trunkline")
SHOP = """
from trunkline import Connection, NATSService, NatsSettings, Stream, Subject, Subjects
from trunkline.sql import Database

database = Database("sqlite:///shop.db")
subjects = Subjects([Subject("order.{order_id}.placed", key="order_id")])
service = NATSService(Connection(NatsSettings()), database=database, subjects=subjects)
bare = NATSService(Connection(NatsSettings()))
"""
LIMIT = 60.0


@dataclass
class Result:
    status: int
    output: str
    errors: str


Run = Callable[..., Awaitable[Result]]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    (tmp_path / "shop.py").write_text(SHOP)
    opened = Database(f"sqlite:///{tmp_path}/shop.db")
    opened.create_tables()
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    async def run(command: str, *arguments: str, input: str | None = None, service: str = "shop:service") -> Result:
        process = await start(tmp_path, command, *arguments, service=service)
        output, errors = await asyncio.wait_for(process.communicate(input.encode() if input else None), LIMIT)
        assert process.returncode is not None
        return Result(process.returncode, output.decode(), errors.decode())

    return run


async def start(
    folder: Path, command: str, *arguments: str, service: str = "shop:service"
) -> asyncio.subprocess.Process:
    """Run the command on a server that is not there: only the database is needed."""
    return await asyncio.create_subprocess_exec(
        *(str(PROGRAM), "deadletters", command, service, *arguments),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NATS_URL": "nats://127.0.0.1:1", "COLUMNS": "250", "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def bury(
    session: Session, id: str = "order-1", *, handler: str = "billing", subject: str = "order.1.placed", text: str = ""
) -> None:
    event = Event.create(subject, {"amount": 1}, id=id)
    inbox.mark(session, handler, id)
    error = ValueError(text or "no such account")
    deadletters.add(session, handler=handler, event=event, error=error, attempts=5, stream="ORDER", sequence=3)


async def letters(database: Database) -> Sequence[DeadLetter]:
    return await database.read(deadletters.list)


async def waiting(database: Database) -> list[str]:
    """Return the message ids that are in the outbox."""
    query = select(rows.c.message_id).order_by(rows.c.seq)
    return await database.read(lambda session: list(session.scalars(query)))


async def test_list_shows_what_waits_page_by_page(database: Database, run: Run) -> None:
    for number in range(3):
        await database.write(partial(bury, id=f"order-{number}", subject=f"order.{number}.placed"))
    first, second, third = await letters(database)
    result = await run("list", "--limit", "2")
    assert result.status == 0, result
    assert [line.split()[:3] for line in result.output.splitlines()[1:]] == [
        [first.id, "billing", "order.0.placed"],
        [second.id, "billing", "order.1.placed"],
    ]
    assert "ValueError: no such account" in result.output
    assert f"--after {second.id}" in result.errors
    rest = await run("list", "--after", second.id, "--handler", "billing", "--error", "ValueError")
    assert [line.split()[0] for line in rest.output.splitlines()[1:]] == [third.id]
    assert rest.errors == ""


async def test_groups_counts_by_kind(database: Database, run: Run) -> None:
    for number in range(3):
        await database.write(partial(bury, id=str(number), handler="billing" if number else "shipping"))
    result = await run("groups")
    assert result.status == 0, result
    assert [line.split()[:4] for line in result.output.splitlines()[1:]] == [
        ["2", "billing", "ValueError", "order.1.placed"],
        ["1", "shipping", "ValueError", "order.1.placed"],
    ]


async def test_show_edit_and_replay_one(database: Database, run: Run, tmp_path: Path) -> None:
    await database.write(bury)
    [letter] = await letters(database)
    edited = await run("edit", letter.id, "--payload", "-", input='{"amount": 2}')
    assert edited.status == 0, edited
    shown = await run("show", letter.id)
    assert re.search(r"payload\n  \{\n    \"amount\": 2\n  \}\n\npayload was\n  \{\n    \"amount\": 1", shown.output)
    assert "stored       ORDER 3\n" in shown.output
    assert "ce-id: order-1\n" in shown.output
    replayed = await run("replay", letter.id)
    assert (replayed.status, replayed.output) == (0, "replayed order-1 order.1.placed round 1\n")
    assert await waiting(database) == ["order-1/1/billing"]
    again = await run("replay", letter.id)
    assert again.status == 1
    assert "was replayed at" in again.errors


async def test_edit_of_a_subject_takes_key_and_type_from_the_services_templates(database: Database, run: Run) -> None:
    await database.write(partial(bury, handler=RELAY, subject="ordr.1.placed"))
    [letter] = await letters(database)
    assert (await run("edit", letter.id, "--subject", "order.1.placed")).status == 0
    [letter] = await letters(database)
    assert (letter.subject, letter.key, letter.type) == ("order.1.placed", "1", "order.placed")


async def test_a_kind_is_replayed_and_the_rest_waits(database: Database, run: Run) -> None:
    for number in range(3):
        await database.write(partial(bury, id=str(number), handler="billing" if number else "shipping"))
    result = await run("replay", "--handler", "billing", "--rate", "1000")
    assert result.status == 0, result
    assert await waiting(database) == ["1/1/billing", "2/1/billing"]
    assert [letter.handler for letter in await letters(database)] == ["shipping"]
    assert (await run("replay", "--all")).status == 0
    assert await letters(database) == []


async def test_a_replay_that_is_interrupted_leaves_the_rest(database: Database, tmp_path: Path) -> None:
    for number in range(3):
        await database.write(partial(bury, id=str(number)))
    process = await start(tmp_path, "replay", "--all", "--rate", "0.01")
    try:
        assert process.stdout is not None
        assert b"replayed 0" in await asyncio.wait_for(process.stdout.readline(), LIMIT)
        process.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(process.communicate(), LIMIT)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, errors) == (1, b"the rest waits\n")
    assert [letter.event_id for letter in await letters(database)] == ["1", "2"]


async def test_discard_erases(database: Database, run: Run) -> None:
    for id in ("a", "b", "c"):
        await database.write(partial(bury, id=id))
    first, second, _ = await letters(database)
    result = await run("discard", first.id, second.id)
    assert (result.status, result.output) == (0, f"discarded {first.id}\ndiscarded {second.id}\n")
    assert [letter.event_id for letter in await letters(database)] == ["c"]


@pytest.mark.parametrize("command", ["show", "replay", "discard"])
async def test_a_letter_that_is_not_there_is_an_error(database: Database, run: Run, command: str) -> None:
    result = await run(command, "nobody")
    assert (result.status, result.output) == (1, "")
    assert "there is no dead letter 'nobody'" in result.errors


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("replay",), "give one of"),
        (("replay", "x", "--all"), "give one of"),
        (("replay", "--all", "--handler", "x"), "give one of"),
        (("edit", "x"), "--payload or --subject"),
        (("edit", "x", "--payload", "shop.py"), "no JSON"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    database: Database, run: Run, arguments: tuple[str, ...], complaint: str
) -> None:
    result = await run(*arguments)
    assert result.status == 2
    assert complaint in result.errors


async def test_a_service_without_a_database_has_no_dead_letters(database: Database, run: Run) -> None:
    result = await run("list", service="shop:bare")
    assert result.status == 2
    assert "has no database" in result.errors


async def test_a_database_that_cannot_be_opened_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    result = await run("list")
    assert result.status == 1
    assert "run the migrations" in result.errors


async def test_nothing_in_a_letter_can_drive_the_terminal(database: Database) -> None:
    hostile = Event.received("a.b", b"\x1b[2J\xff", {"X": "\x1b]0;x\x07"})
    error = ValueError("\x1b[31m\nsecond line")
    await database.write(lambda session: deadletters.add(session, handler="h", event=hostile, error=error, attempts=1))
    [letter] = await letters(database)
    lines = lines_of(letter)
    assert all(line.isprintable() for line in lines)
    assert "  second line" in lines
