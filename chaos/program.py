"""The program under test: an API that accepts numbered events, and two handlers in a row that act on them.

``POST /events`` writes the event's row and the event in one transaction and answers 202. The first handler writes an
effect and, in the same transaction, an event for the second, which writes another effect. Parts of the protection can
be switched off (`Setting.without`), to show that the check notices.

Run as ``python -m chaos.program api PORT``, ``... api-with-handlers PORT`` or ``... worker``.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chaos.setting import CrashPoint, Setting
from chaos.tables import accepted, effects, keys
from trunkline import (
    Connection,
    DatabaseError,
    Event,
    Message,
    NATSService,
    NatsSettings,
    NotConnected,
    Retry,
    Stream,
    StreamUnavailable,
    Subject,
    Subjects,
)
from trunkline.fastapi import add_problem_handlers
from trunkline.message import Acknowledging
from trunkline.sql import Database, outbox
from trunkline.sql.dialects import insert as insert_or

log = structlog.get_logger(__name__)

STREAM = "CHAOS"
FIRST, SECOND = "chaos-first", "chaos-second"
START_FAILED = 3
"""How a process ends that finds no database at its start; the same as uvicorn's."""
HANG_SECONDS = 2.0
RAISES = 2
"""How often the handler raises for an event that makes it raise."""

EVENT = Subject("chaos.event.{key}", key="key")
DONE = Subject("chaos.done.{key}", key="key")

_RETRY = Retry(attempts=1000, first_delay=0.2, max_delay=2.0)  # nothing but poison is to be given up

Trouble = Literal["none", "raise", "hang", "poison"]


class Order(BaseModel):
    """What a client sends. `trouble`: what the event does to its handler."""

    key: str
    number: int
    trouble: Trouble = "none"


class Numbered(BaseModel):
    """What the events carry."""

    key: str
    number: int
    trouble: Trouble = "none"


class DyingAcknowledgement:
    """An acknowledgement in whose place the process may die: the effect is committed, and nobody is told."""

    def __init__(self, inner: Acknowledging, program: "Program") -> None:
        self._inner = inner
        self._program = program

    def ack(self, message: Message) -> None:
        """Acknowledge, or die."""
        self._program.reach("before-ack")
        self._inner.ack(message)

    def nak(self, message: Message, delay: float) -> None:
        """Pass it on."""
        self._inner.nak(message, delay)

    def term(self, message: Message) -> None:
        """Pass it on."""
        self._inner.term(message)

    def in_progress(self, message: Message) -> None:
        """Pass it on."""
        self._inner.in_progress(message)


class Program:
    """Service, database and handlers of one process."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.database = Database(setting.database_url)
        self.service = NATSService(
            Connection(NatsSettings()),
            database=self.database,
            subjects=Subjects([EVENT, DONE]),
            streams=[Stream(STREAM, ("chaos.>",))],
            source="chaos",
        )

    def reach(self, point: CrashPoint) -> None:
        """Die here if that was asked for; of all processes only the first to come does."""
        try:
            self._setting.crash_point(point).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    async def accept(self, order: Order) -> None:
        """Write the event down, once; a client that got no answer sends it again."""
        event = self._event(order)
        is_new = await self.database.write(lambda session: self._accept(session, order, event))
        if is_new:
            self.reach("after-commit")
            await self._publish_bare(event)

    async def listen(self) -> None:
        """Begin to handle events."""
        for subject, handler, durable in ((EVENT, self.first, FIRST), (DONE, self.second, SECOND)):
            await self.service.subscribe_to_events(
                subject,
                handler,
                durable=durable,
                ordered=self._setting.without != "order",
                retry=_RETRY,
                time_limit=HANG_SECONDS,
            )

    async def first(self, subject: str, data: Numbered, msg: Message) -> None:
        """Act on an event and pass it on, unless it makes trouble."""
        if data.trouble == "raise" and msg.deliveries <= RAISES:
            raise RuntimeError("the event makes its handler raise")
        if data.trouble == "hang" and msg.deliveries == 1:
            await asyncio.sleep(10 * HANG_SECONDS)
        await self._act(FIRST, data, msg, self.service.event(DONE.build(key=data.key), data))

    async def second(self, subject: str, data: Numbered, msg: Message) -> None:
        """Act on what the first handler has passed on."""
        await self._act(SECOND, data, msg, None)

    async def _act(self, stage: str, data: Numbered, msg: Message, following: Event | None) -> None:
        def effect(session: Session) -> None:
            session.execute(insert(effects).values(stage=stage, key=data.key, number=data.number))
            if following is not None and self._setting.without != "outbox":
                outbox.add(session, following)

        self.reach("in-handler")
        if msg.acknowledging is not None:
            msg.acknowledging = DyingAcknowledgement(msg.acknowledging, self)
        if self._setting.without == "inbox":
            await self.database.write(effect)
            await msg.ack()
        else:
            await msg.commit(effect)
        if following is not None:
            await self._publish_bare(following)

    def _event(self, order: Order) -> Event:
        data: dict[str, object] = {"key": order.key, "number": order.number, "trouble": order.trouble}
        if order.trouble == "poison":
            data["number"] = f"poison {order.number}"
        return self.service.event(EVENT.build(key=order.key), data)

    def _accept(self, session: Session, order: Order, event: Event) -> bool:
        lock = insert_or(session, keys).values(key=order.key, last=order.number)
        session.execute(lock.on_conflict_do_update(index_elements=["key"], set_={"last": order.number}))
        known = select(accepted.c.number).where(accepted.c.key == order.key, accepted.c.number == order.number)
        if session.execute(known).first() is not None:
            return False
        session.execute(insert(accepted).values(key=order.key, number=order.number, trouble=order.trouble))
        if self._setting.without != "outbox":
            outbox.add(session, event)
        return True

    async def _publish_bare(self, event: Event) -> None:
        """Publish after the commit, as a program without an outbox does."""
        if self._setting.without != "outbox":
            return
        try:
            await self.service.publisher.publish(event)
        except (NotConnected, StreamUnavailable) as error:
            log.warning("event lost", subject=event.subject, reason=str(error))


def application(program: Program, *, handlers: bool) -> FastAPI:
    """Return the API; with `handlers` they run in its process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await program.service.start()
        if handlers:
            await program.listen()
        try:
            yield
        finally:
            await program.service.stop()

    app = FastAPI(lifespan=lifespan)
    add_problem_handlers(app)

    @app.post("/events", status_code=202)
    async def accept(order: Order) -> None:
        await program.accept(order)

    @app.get("/health")
    async def health() -> bool:
        return program.service.connection.is_connected

    return app


async def work(program: Program) -> None:
    """Run the handlers until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    try:
        await program.service.start()
    except DatabaseError as error:
        log.warning("no database to start with", reason=str(error))
        sys.exit(START_FAILED)
    await program.listen()
    await stopping.wait()
    await program.service.stop()


def _log_plainly() -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S.%f"),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
    )


def main() -> None:
    """Be what the command line says."""
    _log_plainly()
    program = Program(Setting.received())
    role, *port = sys.argv[1:]
    if role == "worker":
        asyncio.run(work(program))
        return
    app = application(program, handlers=role == "api-with-handlers")
    uvicorn.run(app, port=int(port[0]), log_level="warning", timeout_graceful_shutdown=5)


if __name__ == "__main__":
    main()
