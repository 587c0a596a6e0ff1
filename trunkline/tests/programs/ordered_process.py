"""Handle events until killed: ``ordered_process.py DATABASE_URL NATS_URL NAME MODE [hang=N] [slow=N] [die=N]``.

Every event that begins is a line on standard output, and so is every one that is committed, which is a row of `effects`
besides. `MODE` is ``ordered`` or ``shared``; the rest says what an event's number does to its handler.
"""

import asyncio
import os
import signal
import sys

import structlog
from pydantic import BaseModel, SecretStr
from sqlalchemy import text

from trunkline import (
    Connection,
    DurableSubscription,
    Message,
    NATSService,
    NatsSettings,
    Retry,
    Stream,
    Subject,
    Subjects,
)
from trunkline import ordered as ordering
from trunkline.records import Records
from trunkline.sql import Database

SUBJECTS = Subjects([Subject("a.{id}.made", key="id")])


class Thing(BaseModel):
    """What the events carry."""

    number: int


async def main(database_url: str, nats_url: str, name: str, mode: str, *what: str) -> None:
    """Run."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    ordering.LEASE_TERM = 1.5
    acts = dict(each.split("=") for each in what)
    database = Database(database_url)
    settings = NatsSettings(url=SecretStr(nats_url))
    service = NATSService(Connection(settings), database=database, subjects=SUBJECTS, streams=[Stream("A", ("a.>",))])

    async def handle(subject: str, data: Thing, msg: Message) -> None:
        print(f"begun {data.number}", flush=True)
        if acts.get("die") == str(data.number):
            os.kill(os.getpid(), signal.SIGKILL)
        if acts.get("slow") == str(data.number):
            await asyncio.sleep(1)
        if acts.get("hang") == str(data.number):
            await asyncio.sleep(60)
        row = {"name": name, "number": data.number, "key": msg.event.key}
        insert = text("INSERT INTO effects (process, number, key) VALUES (:name, :number, :key)")
        await msg.commit(lambda session: session.execute(insert, row))
        print(f"done {data.number}", flush=True)

    await service.start()
    await service.connection.wait_connected(10)
    subscription = DurableSubscription(
        service.connection,
        "a.>",
        handle,
        durable="keen",
        concurrency=1 if mode == "shared" else 8,
        ordered=mode == "ordered",
        retry=Retry(attempts=3, first_delay=0.05, max_delay=0.1),
        keeping=Records(database),
        ack_wait=1.5,
    )
    await subscription.start()
    print("started", flush=True)
    await asyncio.sleep(60)


asyncio.run(main(*sys.argv[1:]))
