"""The program under test: an API that accepts numbered events, and handlers that act on them.

``POST /events`` writes the event's row and the event in one transaction and answers 202. The first handler writes an
effect and, in the same transaction, an event for the second, which writes another effect; both keep the order of keys.
A third, which every process shares, sees what the second does and keeps no order. ``POST /bare`` publishes an event
without a transaction, for a shared handler of its own. Parts of the protection can be switched off (`Setting.without`),
to show that the check notices.

Run as ``python -m chaos.program api PORT``, ``... api-with-handlers PORT`` or ``... worker``.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chaos.setting import CrashPoint, Setting
from chaos.tables import accepted, effects, keys
from chaos.trouble import HANG_SECONDS, NotMendedYet, Trouble, make_trouble
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
SHARED, BARE = "chaos-shared", "chaos-bare"
ORDERED = (FIRST, SECOND)
HANDLERS = (*ORDERED, SHARED, BARE)
START_FAILED = 3
"""How a process ends that finds no database at its start; the same as uvicorn's."""

EVENT = Subject("chaos.event.{key}", key="key")
DONE = Subject("chaos.done.{key}", key="key")
PUBLISHED = Subject("chaos.published.{key}", key="key")

# Nothing is to be given up but poison, and what an operator is to replay.
_RETRY = Retry(attempts=1000, first_delay=0.2, max_delay=2.0, never=(NotMendedYet,))


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
            subjects=Subjects([EVENT, DONE, PUBLISHED]),
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
            await self._publish_afterwards(event)

    async def publish(self, order: Order) -> None:
        """Publish the event, under an id of the client's: one that got no answer sends it again."""
        data = Numbered(key=order.key, number=order.number, trouble=order.trouble)
        subject, id = PUBLISHED.build(key=order.key), f"{order.key}-{order.number}"
        if self._setting.without == "outbox":
            await self._publish_or_lose(self.service.event(subject, data, event_id=id))
        else:
            await self.service.publish_event(subject, data, persistent=True, event_id=id)

    async def listen(self) -> None:
        """Begin to handle events."""
        for subject, handler, durable in (
            (EVENT, self.first, FIRST),
            (DONE, self.second, SECOND),
            (DONE, self.shared, SHARED),
            (PUBLISHED, self.bare, BARE),
        ):
            await self.service.subscribe_to_events(
                subject,
                handler,
                durable=durable,
                ordered=durable in ORDERED and self._setting.without != "order",
                retry=_RETRY,
                time_limit=HANG_SECONDS,
            )

    async def first(self, subject: str, data: Numbered, msg: Message) -> None:
        """Act on an event and pass it on, unless it makes trouble."""
        await make_trouble(data.trouble, msg, self._setting)
        await self._act(FIRST, data, msg, self.service.event(DONE.build(key=data.key), data))

    async def second(self, subject: str, data: Numbered, msg: Message) -> None:
        """Act on what the first handler has passed on."""
        await self._act(SECOND, data, msg, None)

    async def shared(self, subject: str, data: Numbered, msg: Message) -> None:
        """Act on the same, in whichever process it comes to, beside others of its key."""
        await self._act(SHARED, data, msg, None)

    async def bare(self, subject: str, data: Numbered, msg: Message) -> None:
        """Act on what was published without a transaction, unless it makes trouble."""
        await make_trouble(data.trouble, msg, self._setting)
        await self._act(BARE, data, msg, None)

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
            await self._publish_afterwards(following)

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

    async def _publish_afterwards(self, event: Event) -> None:
        """Publish after the commit, as a program without an outbox does."""
        if self._setting.without == "outbox":
            await self._publish_or_lose(event)

    async def _publish_or_lose(self, event: Event) -> None:
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

    @app.post("/bare", status_code=202)
    async def publish(order: Order) -> None:
        await program.publish(order)

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
