"""A hundred CVs go through processes that are killed and started again: each is read, built and matched once."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import nats
import pytest
from nats.errors import TimeoutError as NatsTimeout

from tests.application import BACKEND, Application
from tests.e2e.people import Person
from trunkline.server import NatsServer
from trunkline.testing import Asked, ModelServer, Says, Silent

CVS = 100
WORKERS = 2
AT_ONCE = 2 * WORKERS  # CVs that are read at the same time
UPLOADED_AT_ONCE = 5
KILLED_AFTER = (CVS // 3, 2 * CVS // 3)
ALL_LIMIT_SECONDS = 600.0
PAUSE_SECONDS = 0.5
STREAMS = ("CV", "AGENT", "WORKFLOW", "FREELANCER")

NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Frances", "Alan", "Radia", "Niklaus", "Lynn")
SKILLS = ("PostgreSQL", "Docker", "Kubernetes", "Django", "React", "Terraform", "Redis")
PROJECT = {"title": "A pipeline", "requirements": {"required_skills": ["Python", *SKILLS[:2]]}}

WAY = [
    ("uploaded", None, None),
    ("processing", 1, "cv.{cv}.uploaded"),
    ("analysis_complete", 1, "cv.{cv}.uploaded"),
    ("profile_building", 3, "agent.task.completed.cv_analyzer"),
    ("profile_built", 3, "agent.task.completed.cv_analyzer"),
    ("matched", 5, "workflow.freelancer_opportunity.rematch.complete"),
]
"""The states of a CV, each with the step and the subject that led to it."""


def skills_of(number: int) -> set[str]:
    """The skills of a CV, different from those of its neighbours."""
    return {"Python", SKILLS[number % len(SKILLS)], SKILLS[(number // len(SKILLS)) % len(SKILLS)]}


def cv_of(number: int) -> bytes:
    name = f"{NAMES[number % len(NAMES)]} Number {number}"
    skills = ", ".join(sorted(skills_of(number)))
    return (
        f"{name}\nEngineer\nn{number}@example.org\n\nExperience\nEngineer, Acme Ltd\n2018 - 2024\n"
        f"Worked on project {number}.\n\nSkills\n{skills}\n\nLanguages\nEnglish (C1)\n"
    ).encode()


def agrees(asked: Asked) -> Says:
    """Say that a CV holds nothing beyond what the rules have read."""
    return Says(json.dumps({"headline": "Engineer", "summary": [], "skills": []}))


class Worker:
    """``trunkline worker`` with all agents of the platform, in processes of their own."""

    def __init__(self, application: Application, number: int) -> None:
        self._application = application
        self._log = application.folder / f"worker-{number}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Self:
        """Begin, without waiting for it."""
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(str(Path(sys.executable).with_name("trunkline")), "worker", "main:service"),
                cwd=BACKEND,
                env=self._application.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self

    async def kill(self) -> None:
        """SIGKILL for the supervisor and what runs below it, at once."""
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def restart(self) -> None:
        """Kill it, and begin anew."""
        await self.kill()
        await self.start()


@asynccontextmanager
async def workers(application: Application) -> AsyncIterator[list[Worker]]:
    async with AsyncExitStack() as running:
        made = [Worker(application, number) for number in range(WORKERS)]
        for worker in made:
            running.push_async_callback(worker.kill)
            await worker.start()
        yield made


async def comes_true(holds: Callable[[], bool]) -> None:
    """Wait until it holds; the test's own limit ends the waiting."""
    while not holds():
        await asyncio.sleep(PAUSE_SECONDS)


async def uploaded(application: Application, number: int) -> tuple[Person, str]:
    person = await Person.register(application, "freelancer")
    return person, await person.upload(cv_of(number))


async def matched(person: Person, cv_id: str) -> dict[str, Any]:
    """Wait until the CV has come to the end of its way; return its workflow."""
    while True:
        workflow: dict[str, Any] = await person.get(f"/workflows/cv_process_{cv_id}")
        if workflow["ended_at"] is not None:
            return workflow
        await asyncio.sleep(PAUSE_SECONDS)


async def stored(server: NatsServer, stream: str) -> list[tuple[str, dict[str, Any]]]:
    """Read a stream from its beginning: what was published, once for each time that it was kept."""
    client = await nats.connect(server.url)
    try:
        jetstream = client.jetstream()
        last = (await jetstream.stream_info(stream)).state.last_seq
        if last == 0:
            return []
        reader = await jetstream.pull_subscribe("", stream=stream)
        found: list[tuple[str, dict[str, Any]]] = []
        while True:
            try:
                batch = await reader.fetch(500, timeout=30)
            except NatsTimeout:
                raise AssertionError(f"{stream} does not give its {last} events") from None
            for msg in batch:
                await msg.ack()
                found.append((msg.subject, json.loads(msg.data)))
            if batch[-1].metadata.sequence.stream >= last:
                return found
    finally:
        await client.close()


def is_whole(workflow: dict[str, Any], cv_id: str) -> None:
    """Check that the timeline holds each hand-off once, with what led to it, and nothing else."""
    timeline = workflow["timeline"]
    seen = [(step["to"], step["because_of"], step["cause"] and step["cause"]["subject"]) for step in timeline]
    assert seen == [(to, because_of, cause and cause.format(cv=cv_id)) for to, because_of, cause in WAY]
    led_to = {effect["subject"]: effect["led_to"] for step in timeline for effect in step["effects"]}
    assert led_to[f"cv.{cv_id}.uploaded"] == [2, 3]
    assert led_to["agent.task.completed.cv_analyzer"] == [4, 5]
    assert "workflow.freelancer_opportunity.rematch.trigger" in led_to


async def is_done_once(person: Person, cv_id: str, number: int) -> None:
    """Check what its freelancer sees of a CV: read, in one task that completed once, and in the profile once."""
    cv = await person.get(f"/cvs/{cv_id}")
    assert (cv["state"], cv["error"]) == ("completed", None)
    assert cv["extracted"]["reasoning"]["runner"] == "openai"

    [listed] = (await person.get("/tasks"))["items"]
    task = await person.get(f"/tasks/{listed['id']}")
    assert (task["type"], task["key"], task["state"]) == ("analyze_cv", cv_id, "completed")
    states = [each["data"]["state"] for each in task["transitions"]]
    assert states == ["submitted", "working", "completed"]

    profile = await person.get("/freelancers/me")
    assert (profile["cv_id"], {skill["name"] for skill in profile["skills"]}) == (cv_id, skills_of(number))


async def acted_once(server: NatsServer, ids: dict[str, str], project_id: str) -> None:
    """Check by the streams that no effect of a CV was published twice; `ids` are freelancers by CV."""
    events = [event for stream in STREAMS for event in await stored(server, stream)]
    subjects = Counter(subject for subject, _ in events)
    for cv_id, freelancer_id in ids.items():
        for subject in (f"cv.{cv_id}.uploaded", f"cv.{cv_id}.processing.started", f"cv.{cv_id}.processing.completed"):
            assert subjects[subject] == 1, subject
        assert subjects[f"freelancer.{freelancer_id}.opportunity.{project_id}.available"] <= 1
    read = Counter(data["result"]["cv_id"] for subject, data in events if subject == "agent.task.completed.cv_analyzer")
    assert read == Counter(ids.keys())
    versions = {
        data["data"]["cv_id"]: data["data"]["version"]
        for subject, data in events
        if subject == "agent.profile_builder.result.profile"
    }
    assert subjects["agent.profile_builder.result.profile"] == len(ids)
    assert versions.keys() == ids.keys()
    assert len(set(versions.values())) == 1, "a profile that was made twice is a version further"


@pytest.mark.long
async def test_every_cv_ends_completed_once_though_its_workers_are_killed(
    nats_server: NatsServer, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.script.extend([Silent()] * AT_ONCE)
    model_server.always = agrees
    environment = {
        "MODULES": "none",
        "LLM_RUNNER": "openai",
        "LLM_MODEL": "agreeable",
        "LLM_BASE_URL": model_server.url,
        "LLM_TIMEOUT": "120",
    }
    async with (
        asyncio.timeout(ALL_LIMIT_SECONDS),
        Application(tmp_path, nats_url=nats_server.url, environment=environment) as application,
        workers(application) as running,
    ):
        await application.connected()
        project = await (await Person.register(application, "owner")).post("/projects", PROJECT)
        people = []
        for start in range(0, CVS, UPLOADED_AT_ONCE):
            numbers = range(start, min(start + UPLOADED_AT_ONCE, CVS))
            people += await asyncio.gather(*(uploaded(application, number) for number in numbers))

        await comes_true(lambda: len(model_server.asked) >= AT_ONCE)
        await asyncio.gather(*(worker.restart() for worker in running))
        for worker, count in zip(running, KILLED_AFTER, strict=True):
            await comes_true(lambda count=count: len(model_server.asked) >= AT_ONCE + count)  # type: ignore[misc]
            await worker.restart()

        for person, cv_id in people:
            is_whole(await matched(person, cv_id), cv_id)
        for number, (person, cv_id) in enumerate(people):
            await is_done_once(person, cv_id, number)
        await acted_once(nats_server, {cv_id: person.id for person, cv_id in people}, project["id"])
