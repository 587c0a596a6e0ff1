"""Uploading a CV: bounded, stored before it is told, told once, and seen by those it concerns."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from api.v1 import cvs
from core.config import settings
from core.storage import FileMissing, Storage, StorageError
from models import CV, CVState, Role
from services import cv_service
from services.cv_nats_integration import CVEvents
from services.nats_service import NATSService
from tests.unit.people import Person, Waiting
from trunkline import Connection, NatsSettings
from trunkline.sql import Database

Events = Callable[[str], Awaitable[list[Waiting]]]
Make = Callable[..., Awaitable[Person]]

TEXT = b"Fred Freelancer\nPython, NATS"


@pytest.fixture(autouse=True)
def _no_server(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no NATS server; events wait in the outbox."""
    service = NATSService(Connection(NatsSettings(url="nats://127.0.0.1:1")), database=database)
    monkeypatch.setattr(cv_service, "cv_events", CVEvents(service))


async def upload(
    http: httpx.AsyncClient, freelancer: Person, content: bytes = TEXT, name: str = "cv.txt"
) -> httpx.Response:
    return await http.post("/cvs", files={"file": (name, content)}, headers=freelancer.signed_in)


def stored_files(tmp_path: Any) -> list[str]:
    return [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()]


class TestUploading:
    """Accepted at once: the file, the row and the event are there."""

    async def test_an_upload_is_stored_and_told_once(
        self, http: httpx.AsyncClient, freelancer: Person, database: Database, storage: Storage, events: Events
    ) -> None:
        answer = await upload(http, freelancer, name="Lebenslauf é😀.txt")
        assert answer.status_code == 202
        cv_id = answer.json()["id"]
        assert answer.json() == {"id": cv_id, "state": "uploaded"}
        row = await database.read(lambda session: session.get_one(CV, cv_id))
        assert await storage.get(row.storage_key, max_bytes=1000) == TEXT
        assert (row.filename, row.media_type, row.size) == ("Lebenslauf é😀.txt", "text/plain", len(TEXT))
        [event] = await events("cv.")
        assert event.subject == f"cv.{cv_id}.uploaded"
        assert (event.data["cv_id"], event.data["freelancer_id"]) == (cv_id, freelancer.id)
        assert "analytics.user." + freelancer.id + ".journey.cv_uploaded" in [
            each.subject for each in await events("analytics.")
        ]

    async def test_a_hostile_name_is_no_path(
        self, http: httpx.AsyncClient, freelancer: Person, database: Database, tmp_path: Any
    ) -> None:
        answer = await upload(http, freelancer, name="../../../etc/passwd")
        row = await database.read(lambda session: session.get_one(CV, answer.json()["id"]))
        assert row.filename == "passwd"
        assert stored_files(tmp_path) == [row.id]

    @pytest.mark.parametrize(("content", "status"), [(b"", 422), (b"\x7fELF\x00\x00", 415)])
    async def test_what_is_no_cv_is_refused_and_not_stored(
        self,
        http: httpx.AsyncClient,
        freelancer: Person,
        events: Events,
        tmp_path: Any,
        content: bytes,
        status: int,
    ) -> None:
        assert (await upload(http, freelancer, content)).status_code == status
        assert stored_files(tmp_path) == []
        assert await events("cv.") == []

    async def test_a_form_without_the_file_is_told_so(self, http: httpx.AsyncClient, freelancer: Person) -> None:
        other_field = {"files": {"cv": ("cv.txt", TEXT)}}
        forms: list[dict[str, Any]] = [{"data": {"file": "text"}}, other_field, {"json": {}}, {}]
        for form in forms:
            answer = await http.post("/cvs", headers=freelancer.signed_in, **form)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == "file"

    async def test_a_malformed_form_is_a_bad_request(self, http: httpx.AsyncClient, freelancer: Person) -> None:
        headers = freelancer.signed_in | {"content-type": "multipart/form-data; boundary=x"}
        answer = await http.post("/cvs", content=b"--x\r\nnonsense", headers=headers)
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"


class TestTheBound:
    """A file over the limit is refused, whether or not its size is announced, and the rest is not read."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cvs, "settings", settings.model_copy(update={"cv_max_bytes": 1000}))

    async def test_the_largest_is_taken_and_one_byte_more_is_not(
        self, http: httpx.AsyncClient, freelancer: Person, tmp_path: Any
    ) -> None:
        assert (await upload(http, freelancer, b"x" * 1000)).status_code == 202
        assert (await upload(http, freelancer, b"x" * 1001)).status_code == 413
        assert (await upload(http, freelancer, b"x" * 1_000_000)).status_code == 413
        assert len(stored_files(tmp_path)) == 1

    async def test_a_body_of_unknown_size_is_read_up_to_the_bound_only(
        self, http: httpx.AsyncClient, freelancer: Person
    ) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="cv.txt"\r\n\r\n'
            for _ in range(10_000):
                sent += 8192
                yield b"x" * 8192

        headers = freelancer.signed_in | {"content-type": "multipart/form-data; boundary=x"}
        answer = await http.post("/cvs", content=endless(), headers=headers)
        assert answer.status_code == 413
        assert sent < 1_000_000

    async def test_nobody_uploads_before_signing_in(self, http: httpx.AsyncClient, owner: Person) -> None:
        sent = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(100):
                sent += 1
                yield b"x" * 8192

        type_ = {"content-type": "multipart/form-data; boundary=x"}
        assert (await http.post("/cvs", content=body(), headers=type_)).status_code == 401
        assert (await http.post("/cvs", content=body(), headers=type_ | owner.signed_in)).status_code == 403
        assert sent == 0


class TestWhenSomethingFails:
    """Either everything is there or nothing is; a file whose row may be there stays."""

    async def test_a_failed_transaction_takes_the_file_along(
        self, http: httpx.AsyncClient, freelancer: Person, database: Database, tmp_path: Any
    ) -> None:
        database.outbox_limit = 1
        answer = await upload(http, freelancer)
        assert answer.status_code == 503
        assert stored_files(tmp_path) == []
        assert await database.read(lambda session: session.query(CV).count()) == 0

    async def test_a_row_that_was_written_keeps_its_file(
        self, freelancer: Person, database: Database, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The database said that the outcome was unknown, and it had committed."""
        write = database.write

        async def committed_and_lost(function: Callable[[Session], Any]) -> Any:
            await write(function)
            raise RuntimeError("the answer is lost")

        monkeypatch.setattr(database, "write", committed_and_lost)
        signed_in: Any = freelancer
        with pytest.raises(RuntimeError):
            await cv_service.upload(database, storage, None, signed_in, TEXT, "cv.txt")  # type: ignore[arg-type]
        [row] = await database.read(lambda session: session.query(CV).all())
        assert await storage.get(row.storage_key, max_bytes=1000) == TEXT

    async def test_a_storage_that_does_not_answer_is_no_cv(
        self,
        http: httpx.AsyncClient,
        freelancer: Person,
        storage: Storage,
        events: Events,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def away(key: str, content: bytes) -> None:
            raise StorageError("away")

        monkeypatch.setattr(storage, "put", away)
        assert (await upload(http, freelancer)).status_code == 503
        assert await events("cv.") == []

    async def test_a_removed_file_is_missing(self, storage: Storage) -> None:
        with pytest.raises(FileMissing):
            await storage.get("cvs/x/y", max_bytes=1)


class TestReading:
    """A freelancer sees their own, with the reason of a failure; an operator sees all."""

    async def test_who_sees_what(
        self, http: httpx.AsyncClient, freelancer: Person, operator: Person, person: Make
    ) -> None:
        other = await person(Role.FREELANCER)
        mine = (await upload(http, freelancer)).json()["id"]
        theirs = (await upload(http, other)).json()["id"]

        async def listed(reader: Person) -> list[str]:
            page = (await http.get("/cvs", headers=reader.signed_in)).json()
            return [each["id"] for each in page["items"]]

        assert await listed(freelancer) == [mine]
        assert await listed(operator) == [theirs, mine]
        assert (await http.get(f"/cvs/{mine}", headers=other.signed_in)).status_code == 404
        assert (await http.get(f"/cvs/{mine}", headers=operator.signed_in)).status_code == 200

    async def test_a_failure_shows_its_reason(
        self, http: httpx.AsyncClient, freelancer: Person, database: Database
    ) -> None:
        cv_id = (await upload(http, freelancer)).json()["id"]

        def fail(session: Session) -> None:
            cv = session.get_one(CV, cv_id)
            cv.state, cv.error = CVState.FAILED, "The file is encrypted."

        await database.write(fail)
        cv = (await http.get(f"/cvs/{cv_id}", headers=freelancer.signed_in)).json()
        assert (cv["state"], cv["error"], cv["extracted"]) == ("failed", "The file is encrypted.", None)
