"""In processes: modules are asked and answer, what is late rings once, what was done is undone, in reverse order."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import delete
from sqlalchemy.orm import Session

from trunkline import (
    ConfigurationError,
    Connection,
    Event,
    Message,
    NATSService,
    NatsSettings,
    Retry,
    Stream,
    workflows,
)
from trunkline.server import NatsServer
from trunkline.sql import Database, deadletters, inbox, outbox, timers
from trunkline.sql.tables import outbox as waiting
from trunkline.workflows import (
    COMPENSATION_FAILED,
    COMPLETE,
    FAILED,
    LATE,
    Action,
    Instance,
    Kind,
    State,
    Step,
    Transition,
    Workflow,
    WorkflowCompleteEvent,
    Workflows,
    WorkflowTriggerEvent,
    compensating,
)

LIMIT = 60.0
PROCESS = Path(__file__).with_name("programs") / "workflow_process.py"
STREAMS = (Stream("WORKFLOW", ("workflow.>",)), Stream("EVENTS", ("events.>",)))
QUICK = Retry(attempts=3, first_delay=0.05, max_delay=0.1)
Reading = Callable[[], Awaitable[bool]]


class Undone:
    """Compensations that write what they undid, and fail as long as they are told to."""

    def __init__(self) -> None:
        self.fails: set[str] = set()
        self.calls = 0

    def function(self, name: str) -> Callable[[Session, Instance], None]:
        def undo(session: Session, instance: Instance) -> None:
            self.calls += 1
            outbox.add(session, Event.create("events.undone", {"name": name, "id": instance.id}))
            if name in self.fails:
                raise RuntimeError(f"cannot {name}")

        return undo


def trip(undone: Undone, *, limit: timedelta | None = None, attempts: int = 1) -> Workflow:
    """Two bookings that can be undone, and a module that is asked to pay for them."""
    late = (Transition("paying", LATE, "failed"),) if limit else ()
    return Workflow(
        "trip",
        states=(
            State("planned"),
            State("flying"),
            State("staying"),
            State("paying", time_limit=limit, asks=Action("bank", "pay", fields=("amount",), attempts=attempts)),
            State("booked", end=True),
            State("failed", end=True, undoes=True),
        ),
        transitions=(
            Transition("planned", "book_flight", "flying", compensation="cancel_flight"),
            Transition("flying", "book_room", "staying", compensation="cancel_room"),
            Transition("staying", "pay", "paying"),
            Transition("paying", COMPLETE, "booked"),
            Transition("paying", FAILED, "failed"),
            *late,
            Transition("flying", "give_up", "failed"),
        ),
        functions={name: undone.function(name) for name in ("cancel_flight", "cancel_room")},
    )


@pytest.fixture(params=["stored", "core only"])
def server(request: pytest.FixtureRequest) -> NatsServer:
    """A server with JetStream, and one without."""
    name = "nats_server" if request.param == "stored" else "core_nats_server"
    server: NatsServer = request.getfixturevalue(name)
    return server


@pytest_asyncio.fixture
async def service(database: Database, server: NatsServer, impatient: None) -> AsyncIterator[NATSService]:
    """A service, to be started by the test once all listen."""
    made = NATSService(Connection(NatsSettings(url=SecretStr(server.url))), database=database, streams=STREAMS)
    yield made
    await made.stop()


async def run(service: NATSService, workflow: Workflow, answer: Callable[[WorkflowTriggerEvent], bool | None]) -> None:
    """Run a workflow, and a bank that answers as told; None is no answer."""
    assert service.database is not None

    async def pay(subject: str, data: WorkflowTriggerEvent, msg: Message) -> None:
        success = answer(data)
        if success is not None:
            done = WorkflowCompleteEvent(**data.model_dump(), success=success, error=None if success else "no money")
            event = service.event("workflow.bank.pay.complete", done, event_id=f"answer.{msg.event.id}")
            await msg.commit(lambda session: outbox.add(session, event))

    await service.subscribe_to_events("workflow.bank.pay.trigger", pay, durable="bank", retry=QUICK)
    await Workflows(service, [workflow], retry=QUICK).initialize()
    await service.start()


async def go(database: Database, workflow: Workflow, *ons: str, id: str = "t") -> None:
    await database.write(partial(workflows.begin, workflow=workflow, id=id, key="k", data={"amount": 7}))
    for on in ons:
        await database.write(partial(workflows.move, workflow=workflow, id=id, on=on))


async def at(database: Database, id: str = "t") -> Instance:
    found = await database.read(partial(workflows.get, id=id))
    assert found is not None
    return found


async def steps(database: Database, id: str = "t") -> list[Step]:
    return list(await database.read(partial(workflows.steps, id=id)))


async def comes_to(database: Database, state: str, id: str = "t") -> Instance:
    async def is_there() -> bool:
        return (await at(database, id)).state == state

    await until(is_there)
    return await at(database, id)


async def until(condition: Reading) -> None:
    async with asyncio.timeout(LIMIT):
        while not await condition():
            await asyncio.sleep(0.05)


class TestAsking:
    async def test_a_module_is_asked_and_its_answer_moves_the_workflow(
        self, service: NATSService, database: Database
    ) -> None:
        asked: list[dict[str, Any]] = []

        def agrees(trigger: WorkflowTriggerEvent) -> bool:
            asked.append(trigger.data)
            return True

        workflow = trip(Undone())
        await run(service, workflow, agrees)
        await go(database, workflow, "book_flight", "book_room", "pay")
        await comes_to(database, "booked")
        assert asked == [{"amount": 7}]
        last = workflows.timeline(await steps(database))[-1]
        assert (last.step.cause_subject, last.because_of) == ("workflow.bank.pay.complete", 4)

    async def test_an_answer_that_is_repeated_or_comes_too_late_moves_nothing(
        self, service: NATSService, database: Database
    ) -> None:
        workflow = trip(Undone())
        await run(service, workflow, lambda trigger: True)
        await go(database, workflow, "book_flight", "book_room", "pay")
        await comes_to(database, "booked")
        late = WorkflowCompleteEvent(module_name="bank", action="pay", workflow_id="t", step=4)
        await service.publish_event("workflow.bank.pay.complete", late, persistent=True)

        async def is_noted() -> bool:
            return (await steps(database))[-1].kind is Kind.IGNORED

        await until(is_noted)
        assert "asks nothing" in str((await steps(database))[-1].error)
        assert (await at(database)).state == "booked"

    async def test_what_answers_no_workflow_may_be_anything(self, service: NATSService, database: Database) -> None:
        workflow = trip(Undone())
        await run(service, workflow, lambda trigger: True)
        theirs = {"workflow_id": "theirs", "step": "first", "module_name": "bank", "action": "pay"}
        for data in ({"done": "so"}, theirs, theirs | {"workflow_id": "unknown\x00", "step": 1}):
            await service.publish_event("workflow.bank.pay.complete", data, persistent=True)
        await go(database, workflow, "book_flight", "book_room", "pay")
        await comes_to(database, "booked")
        assert await database.read(deadletters.list) == []

    async def test_a_module_that_does_not_answer_is_asked_again_before_that_is_late(
        self, service: NATSService, database: Database
    ) -> None:
        asked = 0

        def answers_the_second_time(trigger: WorkflowTriggerEvent) -> bool | None:
            nonlocal asked
            asked += 1
            return True if asked == 2 else None

        workflow = trip(Undone(), limit=timedelta(seconds=1), attempts=30)
        await run(service, workflow, answers_the_second_time)
        await go(database, workflow, "book_flight", "book_room", "pay")
        await comes_to(database, "booked")
        assert Kind.AGAIN in [step.kind for step in await steps(database)]


class TestUndoing:
    async def test_what_was_done_is_undone_in_reverse_order_each_step_recorded(
        self, service: NATSService, database: Database
    ) -> None:
        workflow = trip(Undone())
        await run(service, workflow, lambda trigger: False)
        await go(database, workflow, "book_flight", "book_room", "pay")
        instance = await comes_to(database, "failed")
        assert instance.ended_at is not None
        made = await steps(database)
        undoing = [step for step in made if step.kind is Kind.COMPENSATION]
        assert [(step.on, step.cause_step) for step in undoing] == [("cancel_room", 3), ("cancel_flight", 2)]
        assert [step.target for step in made[4:]] == ["compensating", "compensating", "failed"]
        assert [step.compensated_by for step in made[1:3]] == [undoing[1].number, undoing[0].number]
        assert made[4].error == "no money"
        assert workflows.timeline(made)[-1].because_of == undoing[0].number

    async def test_a_step_that_was_not_done_is_not_undone(self, service: NATSService, database: Database) -> None:
        workflow = trip(Undone())
        await run(service, workflow, lambda trigger: True)
        await go(database, workflow, "book_flight", "give_up")
        await comes_to(database, "failed")
        assert [step.on for step in await steps(database)] == ["begin", "book_flight", "give_up", "cancel_flight"]

    async def test_what_comes_while_it_is_undone_is_ignored(self, service: NATSService, database: Database) -> None:
        workflow = trip(Undone())
        await go(database, workflow, "book_flight", "give_up", "book_room")
        last = (await steps(database))[-1]
        assert (last.kind, last.error) == (Kind.IGNORED, "the workflow is compensating")

    async def test_one_that_fails_is_tried_again_then_a_dead_letter_and_a_replay_goes_on(
        self, service: NATSService, database: Database
    ) -> None:
        undone = Undone()
        undone.fails = {"cancel_room"}
        workflow = trip(undone)
        await run(service, workflow, lambda trigger: False)
        await go(database, workflow, "book_flight", "book_room", "pay")
        await comes_to(database, COMPENSATION_FAILED)
        assert undone.calls >= QUICK.attempts
        failure = (await steps(database))[-1]
        assert (failure.on, failure.cause_step) == (FAILED, 3)
        assert "cannot cancel_room" in str(failure.error)
        assert await database.read(partial(timers.get, kind="workflow.trip", id="t")) is None
        [letter] = await database.read(deadletters.list)
        assert letter.subject == "workflow.trip.cancel_room.trigger"

        await database.write(partial(deadletters.replay, id=letter.id))

        async def fails_again() -> bool:
            return len(await database.read(deadletters.list)) == 1

        await until(fails_again)
        [letter] = await database.read(deadletters.list)
        undone.fails = set()
        await database.write(partial(deadletters.replay, id=letter.id))
        await comes_to(database, "failed")
        assert [step.on for step in await steps(database) if step.kind is Kind.COMPENSATION][-2:] == [
            "cancel_room",
            "cancel_flight",
        ]

    async def test_one_whose_event_was_lost_is_asked_for_again(
        self, service: NATSService, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(compensating, "AGAIN", timedelta(seconds=0.5))
        workflow = trip(Undone())
        await go(database, workflow, "book_flight", "give_up")

        await database.write(lambda session: session.execute(delete(waiting)))
        await run(service, workflow, lambda trigger: True)
        await comes_to(database, "failed")


class TestProcesses:
    @pytest.mark.parametrize("databases", ["sqlite", "postgresql"])
    async def test_a_timer_set_by_a_process_that_is_killed_rings_once_in_those_that_follow(
        self, databases: str, request: pytest.FixtureRequest, core_nats_server: NatsServer
    ) -> None:
        url = str(request.getfixturevalue(f"{databases}_url"))
        database = Database(url)
        database.create_tables()
        await database.start()
        first = await launch(url, core_nats_server.url, "begin")
        async with asyncio.timeout(LIMIT):
            while await said(first) != "begun":
                pass
        first.send_signal(signal.SIGKILL)
        await first.wait()
        assert (await at(database, "slow")).state == "waiting"
        later = [await launch(url, core_nats_server.url, "run") for _ in range(3)]
        await comes_to(database, "late", "slow")
        await asyncio.sleep(1.5)  # three clocks have looked again
        made = await steps(database, "slow")
        assert [step.on for step in made] == ["begin", LATE]
        assert await database.read(lambda session: inbox.done(session, "rung", "slow"))
        for process in later:
            process.kill()
            await process.wait()
        await database.close()


class TestDeclaring:
    async def test_two_workflows_of_one_name_are_refused(self, one_database: Database) -> None:
        service = NATSService(Connection(NatsSettings(url=SecretStr("nats://127.0.0.1:1"))), database=one_database)
        with pytest.raises(ConfigurationError, match="'trip'"):
            Workflows(service, [trip(Undone()), trip(Undone())])

    async def test_a_service_without_a_database_is_refused(self) -> None:
        service = NATSService(Connection(NatsSettings(url=SecretStr("nats://127.0.0.1:1"))))
        with pytest.raises(ConfigurationError, match="database"):
            Workflows(service, [])


async def launch(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), *arguments, stdout=asyncio.subprocess.PIPE
    )


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line, "the process has ended"
    return line.decode().strip()
