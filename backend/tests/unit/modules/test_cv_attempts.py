"""A fault of ours is tried again; in the end the CV fails, and its owner is told."""

from collections.abc import AsyncIterator

import nats
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.storage import Storage, StorageError
from models import CV, CVState
from modules import cv_analyzer
from modules.cv_analyzer import CVAnalyzer
from schemas.nats_schemas import CVUploadedEvent
from schemas.subjects import CV_UPLOADED
from services.nats_service import NATSService
from tests.e2e.people import until
from tests.unit.modules.world import World, until_streams_are_there
from trunkline import Retry
from trunkline.server import NatsServer
from trunkline.sql import deadletters
from trunkline.sql.tables import dead_letters
from workflows import cv_processing

TEXT = b"Ada Example\nSkills: Python and PostgreSQL\n"


class Unsteady(Storage):
    """A storage that fails a few times before it answers."""

    def __init__(self, failures: int) -> None:
        super().__init__("memory:///")
        self.failures = failures
        self.asked = 0

    async def get(self, key: str, *, max_bytes: int) -> bytes:
        self.asked += 1
        if self.asked <= self.failures:
            raise StorageError("the storage failed")
        return TEXT


@pytest.fixture
async def service(nats_server: NatsServer, world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NATSService]:
    monkeypatch.setattr(cv_analyzer, "RETRY", Retry(attempts=3, first_delay=0.05, factor=1))
    client = await nats.connect(nats_server.url)
    service = NATSService(client, database=world.database)
    await CVAnalyzer(service, world.database).initialize()
    yield service
    await service.stop()
    await client.close()


async def ended(world: World, service: NATSService, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> CV:
    """The CV, once it has been read or has failed."""
    monkeypatch.setattr(cv_analyzer, "storage", storage)
    cv_id = await world.cv(await world.freelancer(), filename="cv.txt")
    event = CVUploadedEvent(cv_id=cv_id, filename="cv.txt")
    await service.publish_event(CV_UPLOADED.build(cv_id=cv_id), event, persistent=True)

    async def is_over() -> CV | None:
        cv = await world.get(CV, cv_id)
        return cv if cv.state in {CVState.COMPLETED, CVState.FAILED} else None

    found: CV = await until(is_over)
    return found


async def test_a_passing_fault_is_not_the_owners_concern(
    world: World, service: NATSService, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Unsteady(failures=2)
    cv = await ended(world, service, storage, monkeypatch)
    assert (cv.state, cv.error, storage.asked) == (CVState.COMPLETED, None, 3)
    assert len(await world.subjects("cv.*.processing.started")) == 1


async def test_a_lasting_fault_ends_in_failed_and_the_event_among_the_dead_letters(
    world: World, service: NATSService, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Unsteady(failures=1000)
    cv = await ended(world, service, storage, monkeypatch)
    assert (cv.state, cv.error, storage.asked) == (CVState.FAILED, cv_processing.FAULT, 3)

    async def buried() -> list[str]:
        def handlers(session: Session) -> list[str]:
            return list(session.scalars(select(dead_letters.c.handler)))

        return await world.database.read(handlers)

    assert await until(buried) == ["cv-analyzer"]


async def test_an_operator_has_a_failed_cv_read_again(
    world: World, service: NATSService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead letter is replayed when the storage is well: the CV is read, the analyser's mark notwithstanding."""
    failed = await ended(world, service, Unsteady(failures=1000), monkeypatch)
    monkeypatch.setattr(cv_analyzer, "storage", Unsteady(failures=0))
    [letter] = await world.database.read(deadletters.list)
    await service.start()
    await world.database.write(lambda session: deadletters.replay(session, letter.id))

    async def is_read() -> CV | None:
        cv = await world.get(CV, failed.id)
        return cv if cv.state is CVState.COMPLETED else None

    assert (await until(is_read)).error is None
    assert await world.database.read(deadletters.count) == 0


async def test_a_cv_does_not_wait_for_ever_for_an_attempt_that_never_ran(
    world: World, service: NATSService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What buries an event before its handler runs (its worker died on every attempt, for one) fails the CV as well."""
    cv_id = await world.cv(await world.freelancer(), filename="cv.txt")
    await until_streams_are_there(service)
    await service.nc.jetstream().publish(CV_UPLOADED.build(cv_id=cv_id), b"no JSON")

    async def has_failed() -> CV | None:
        cv = await world.get(CV, cv_id)
        return cv if cv.state is CVState.FAILED else None

    assert (await until(has_failed)).error == cv_processing.FAULT
    assert len(await world.subjects("cv.*.processing.failed")) == 1
