"""Do tasks of type ``count`` until SIGTERM: ``task_worker.py DATABASE_URL NATS_URL MODE``.

Every attempt that begins is a line on standard output, and so is every answer. `MODE` says what a task does: ``work``
(a row of `effects`, with its completion), ``hang`` (nothing, for ever) or ``ask`` (the answer is its effect).
"""

import asyncio
import os
import signal
import sys

import structlog
from pydantic import BaseModel, SecretStr
from sqlalchemy import text
from sqlalchemy.orm import Session

from trunkline import Connection, NATSService, NatsSettings, Stream
from trunkline.sql import Database
from trunkline.tasks import Agent, Question, Task, attempts, running, timing

INSERT = text("INSERT INTO effects (process, task, what) VALUES (:process, :task, :what)")


class Count(BaseModel):
    """What a task is about."""

    to: int


async def main(database_url: str, nats_url: str, mode: str) -> None:
    """Run."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    running.PULSE_SECONDS, attempts.HEARD_SECONDS, timing.OFFER_SECONDS = 0.3, 3.0, 1.0
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    database = Database(database_url)
    await database.start()
    settings = NatsSettings(url=SecretStr(nats_url), drain_timeout=1)
    connection = Connection(settings, streams=[Stream("AGENT", ("agent.>",))])
    service = NATSService(connection, database=database)
    agent = Agent("counter")

    @agent.task("count", input=Count)
    async def count(task: Task[Count]) -> dict[str, object]:
        print(f"begun {task.id} {task.attempt}", flush=True)
        what: object = task.input.to
        try:
            if mode == "hang":
                await asyncio.sleep(600)
        except asyncio.CancelledError:
            print(f"cancelled {task.id} {task.cancelled}", flush=True)
            raise
        if mode == "ask":
            what = await task.ask(Question(text="How many?"))
            print(f"answered {what}", flush=True)

        def effect(session: Session) -> dict[str, object]:
            session.execute(INSERT, {"process": os.getpid(), "task": task.id, "what": str(what)})
            return {"what": what}

        return await task.commit(effect)

    worker = agent.on(service)
    await worker.initialize()
    await service.start()
    await connection.wait_connected(30)
    print("started", flush=True)
    await stopping.wait()
    await service.stop()
    await worker.close()
    await database.close()


asyncio.run(main(*sys.argv[1:]))
