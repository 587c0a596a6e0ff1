"""An agent at work: its tasks are taken from their offers, and each is run to its end.

An offer (``agent.task.submitted.{type}``) is an event of a durable handler that all workers share, so whatever holds of
those holds of tasks: a worker that is silent for longer than the acknowledgement limit loses the task to another, a
failure is tried again after a pause, and what has used up its attempts is a dead letter. The end of a task is written
by ``msg.commit``, together with the mark that its offer is done.

The function runs in a task of its own, so that it can be cancelled while its handler lives on to say what became of it.
Three things cancel it: its time limit, the worker's end, and the end of the task itself elsewhere. The last is told by
``agent.task.changed.{task_id}``, and, should that be lost, by the next beat of the pulse, which says for all that runs
here that it is alive.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from trunkline.cancellation import end
from trunkline.delivery import is_delivery, read_delivery
from trunkline.errors import (
    ConfigurationError,
    DatabaseError,
    HandlerError,
    HandlerTimeout,
    NotConnected,
    TaskOver,
    TaskRejected,
    TrunklineError,
)
from trunkline.handlers import without_values
from trunkline.message import Message
from trunkline.registry import AgentCard, Skill
from trunkline.service import NATSService
from trunkline.subscription import Subscription, load_of
from trunkline.tasks import attempts, ending
from trunkline.tasks.agent import Agent, Function, Options
from trunkline.tasks.attempts import Begun
from trunkline.tasks.states import TaskState
from trunkline.tasks.subjects import TASK_CHANGED, TASK_SUBMITTED
from trunkline.tasks.task import Suspended, Task
from trunkline.tasks.tasks import Tasks
from trunkline.wire import Received

log = structlog.get_logger(__name__)

PULSE_SECONDS = 5.0
_SLACK_SECONDS = 60.0  # for what a run writes besides


class Offer(BaseModel):
    """What an offer says."""

    task_id: str
    round: int


class News(BaseModel):
    """What is told of a change."""

    state: TaskState
    attempt: int


class Run:
    """An attempt that runs here."""

    def __init__(self, begun: Begun, task: Task[Any], function: Function) -> None:
        self.attempt = begun.attempt
        self.task = task
        self.work = asyncio.ensure_future(function(task))

    def over(self) -> None:
        """Cancel the function: its task has ended elsewhere."""
        if not self.task.ended:
            self.task.cancelled = True
            self.work.cancel()


class RunningAgent:
    """Does the tasks of `agent`, from `initialize` to `close`."""

    def __init__(self, agent: Agent, service: NATSService) -> None:
        if service.database is None:
            raise ConfigurationError(f"agent {agent.name} needs a database: NATSService(..., database=Database(...))")
        self.agent = agent
        self.agent_name = agent.name
        self.runs: dict[str, Run] = {}
        """What runs here, by task."""
        self._service = service
        self._database = service.database
        self._tasks = Tasks(service)
        self._subscriptions: dict[str, Subscription] = {}  # by type of task
        self._pulse: asyncio.Task[None] | None = None

    async def initialize(self) -> None:
        """Begin to take tasks."""
        self._pulse = asyncio.create_task(self._beat(), name=f"trunkline pulse {self.agent_name}")
        for options, function in self.agent.tasks.values():
            self._subscriptions[options.task_type] = await self._service.subscribe_to_events(
                TASK_SUBMITTED.build(task_type=options.task_type),
                self._handler(options, function),
                durable=_durable(options.task_type),
                concurrency=options.concurrency,
                retry=options.retry,
                time_limit=options.time_limit + _SLACK_SECONDS,
                on_buried=_buried,
            )

    async def close(self) -> None:
        """Take no more; what runs is finished within the drain limit, or handed back."""
        subscriptions, self._subscriptions = self._subscriptions, {}
        await asyncio.gather(*(subscription.unsubscribe() for subscription in subscriptions.values()))
        await end(self._pulse)

    def card(self) -> AgentCard:
        """Return what the registry is to know of it: each type of task that it takes is a skill."""
        taken = self._subscriptions
        return AgentCard(
            self.agent_name,
            version=self.agent.version,
            description=self.agent.description,
            skills=[
                Skill(**declared, subject=taken[declared["id"]].pattern, queue=_durable(declared["id"]))
                for declared in self.agent.skills()
            ],
            load=lambda: load_of(self._subscriptions.values()),
            tallies={type: subscription.tally for type, subscription in taken.items()},
        )

    def _handler(self, options: Options, function: Function) -> Any:
        async def take(subject: str, data: Offer, msg: Message) -> None:
            await self._take(options, function, data, msg)

        return take

    async def _take(self, options: Options, function: Function, offer: Offer, msg: Message) -> None:
        begin = partial(attempts.begin, task_id=offer.task_id, round=offer.round, agent=self.agent_name)
        begun = await self._database.write(partial(begin, again=_came_before(msg)))
        if begun is None:
            log.info("task left alone", task=offer.task_id, type=options.task_type)
            return
        try:
            given = options.input.model_validate(begun.input)
        except ValidationError as error:
            await msg.commit(partial(attempts.reject, **_of(begun), reason=without_values(error)))
            return
        task = Task(begun, given, self.agent_name, options.result, self._database, msg)
        try:
            await self._run(Run(begun, task, function), options)
        except TaskOver as error:
            log.info("task ended elsewhere", task=begun.id, type=begun.type, reason=str(error))
        except TaskRejected as error:
            await msg.commit(partial(attempts.reject, **_of(begun), reason=str(error)))
        except asyncio.CancelledError:
            await self._note(begun, partial(attempts.hand_back, **_of(begun)))
            raise
        except Exception as error:
            retry = options.retry.after(error)
            last = retry is None or msg.deliveries >= retry.attempts
            reason = f"attempt {begun.attempt}: {_told(error)}"
            await self._note(begun, partial(attempts.fail, **_of(begun), reason=reason, last=last))
            raise

    async def _run(self, run: Run, options: Options) -> None:
        """Run the function, and complete its task with what it returns."""
        async with self._followed(run):
            try:
                async with asyncio.timeout(options.time_limit) as limit:
                    await asyncio.wait({run.work})
            except TimeoutError:
                pass
            finally:
                await end(run.work)
            if limit.expired() and not run.task.ended:
                raise HandlerTimeout(f"the task took longer than {options.time_limit:g} s")
            if run.task.cancelled:
                return
            if run.work.cancelled():
                raise HandlerError("the function was cancelled from within")
            error = run.work.exception()
            if isinstance(error, Suspended):
                return
            if error is not None:
                raise error
            await run.task.complete(run.work.result())

    @asynccontextmanager
    async def _followed(self, run: Run) -> AsyncIterator[None]:
        """Hear of the task's end elsewhere as long as the block lasts."""
        self.runs[run.task.id] = run
        heard = None
        try:
            subject = TASK_CHANGED.build(task_id=run.task.id)
            try:
                heard = await self._service.connection.listen(subject, partial(_hear, run))
            except NotConnected:
                log.debug("task is followed by the pulse alone", task=run.task.id)
            yield
        finally:
            if self.runs.get(run.task.id) is run:
                del self.runs[run.task.id]
            if heard is not None:
                await heard.unsubscribe()

    async def _note(self, begun: Begun, change: Any) -> None:
        """Write how an attempt has ended, if it can be; the offer comes again whether or not that is known."""
        try:
            await self._database.write(change)
        except (TaskOver, DatabaseError) as error:
            log.warning("end of an attempt not noted", task=begun.id, attempt=begun.attempt, reason=str(error))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            if not self.runs:
                continue
            running = dict(self.runs)
            alive = {task_id: run.attempt for task_id, run in running.items()}
            try:
                over = await self._database.write(partial(attempts.heard, running=alive))
            except DatabaseError as error:
                log.warning("pulse not written", agent=self.agent_name, reason=str(error))
                continue
            for task_id in over:
                running[task_id].over()


def _durable(task_type: str) -> str:
    return f"task-{task_type}"


def _hear(run: Run, received: Received) -> None:
    try:
        told = News.model_validate_json(received.data)
    except ValidationError:
        log.warning("not the news of a task", subject=received.subject)
        return
    if told.attempt > run.attempt or told.state in {TaskState.CANCELED, TaskState.FAILED}:
        run.over()


def _came_before(msg: Message) -> bool:
    """Whether the offer was given to a worker before. Attempts are counted anew for what was handed back."""
    return msg.deliveries > 1 or (is_delivery(msg.reply) and read_delivery(msg.reply).deliveries > 1)


def _buried(session: Session, msg: Message) -> None:
    try:
        offer = Offer.model_validate_json(msg.data)
    except ValidationError:
        return  # it was no offer
    ending.give_up(session, offer.task_id, offer.round)


def _of(begun: Begun) -> dict[str, Any]:
    return {"task_id": begun.id, "attempt": begun.attempt}


def _told(error: Exception) -> str:
    """What an owner may know of a failure: our own words, or else the kind of error alone."""
    return str(error) if isinstance(error, TrunklineError) else type(error).__name__
