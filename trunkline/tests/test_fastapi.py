from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from trunkline import (
    Connection,
    DatabaseError,
    HandlerError,
    InvalidEvent,
    InvalidSubject,
    InvalidToken,
    NATSService,
    NatsSettings,
    NoResponders,
    NoStreamForSubject,
    NotConnected,
    OutboxFull,
    PayloadTooLarge,
    RemoteError,
    RequestTimeout,
    ReservedHeader,
    StreamUnavailable,
    TrunklineError,
)
from trunkline.fastapi import (
    MAX_FIELD_ERRORS,
    FieldError,
    add_problem_handlers,
    lifespan,
    problem_responses,
    validation_problem,
)
from trunkline.server import NatsServer

SECRET = "correct horse battery staple"


class Body(BaseModel, extra="forbid"):
    """A request."""

    count: int
    password: str = ""


def application() -> FastAPI:
    app = FastAPI()
    add_problem_handlers(app)

    @app.post("/body", responses=problem_responses(422))
    async def body(body: Body) -> int:
        return body.count

    return app


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with client(application()) as found:
        yield found


def client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def raised(error: Exception) -> httpx.Response:
    """What an application answers when a route raises `error`."""
    app = application()

    @app.get("/broken")
    async def broken() -> None:
        raise error

    async with client(app) as http:
        return await http.get("/broken")


class TestErrorsOfTrunkline:
    """Each error of the library is the status that it means, and names the field that is at fault."""

    @pytest.mark.parametrize(
        ("error", "status", "fields"),
        [
            (InvalidSubject("a..b", "has an empty token"), 422, ["subject"]),
            (InvalidToken("cv_id", "a.b", "must not contain '.'"), 422, ["cv_id"]),
            (InvalidEvent("data cannot be written as JSON"), 422, ["data"]),
            (InvalidEvent("event id is too long", field="event_id"), 422, ["event_id"]),
            (ReservedHeader("Nats-Msg-Id"), 422, ["headers"]),
            (PayloadTooLarge("a.b", 2_000_000, 1_048_576), 413, ["data"]),
            (NoStreamForSubject("evnts.a", "events.>"), 422, ["subject"]),
            (OutboxFull(100, 100), 503, []),
            (StreamUnavailable("a.b", "no leader", stored_unknown=False), 503, []),
            (NotConnected("there is no server"), 503, []),
            (DatabaseError("locked"), 503, []),
            (NoResponders("a.b", "nobody answers"), 503, []),
            (RequestTimeout("a.b", "no answer within 2 s"), 504, []),
            (RemoteError("a.b", "it broke"), 502, []),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
    )
    async def test_error_is_a_problem(self, error: TrunklineError, status: int, fields: list[str]) -> None:
        answer = await raised(error)
        problem = answer.json()
        assert answer.status_code == problem["status"] == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["detail"] == str(error)
        assert problem["instance"] == "/broken"
        assert problem["title"]
        assert problem["type"].startswith("urn:trunkline:")
        assert [found["field"] for found in problem.get("errors", [])] == fields

    async def test_nearest_subject_is_named(self) -> None:
        """Whoever mistyped a subject reads in the answer what was meant."""
        problem = (await raised(NoStreamForSubject("evnts.a", "events.>"))).json()
        assert "events.>" in problem["errors"][0]["reason"]

    def test_a_validators_own_words_stand_alone(self) -> None:
        found = {"loc": ("body", "name"), "type": "value_error", "msg": "Value error, must not contain NUL"}
        assert validation_problem([found]).errors == [FieldError(field="name", reason="must not contain NUL")]

    @pytest.mark.parametrize("error", [HandlerError(SECRET), RuntimeError(SECRET)])
    async def test_what_is_not_the_clients_fault_tells_nothing(self, error: Exception) -> None:
        """An unexpected error is a 500 without its words."""
        answer = await raised(error)
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert SECRET not in answer.text


class TestInvalidRequests:
    """A request that does not validate is a 422 that names every field, and repeats nothing of what was sent."""

    @pytest.mark.parametrize(
        ("content", "fields"),
        [
            ('{"count": "x"}', ["count"]),
            ("{}", ["count"]),
            ('{"count": 1, "cuont": 2}', ["cuont"]),
            ("[1]", ["body"]),
            ("{", ["body"]),
            ('{"count": 1, "\\ud800": 2}', ["body"]),
        ],
    )
    async def test_fields_are_named(self, http: httpx.AsyncClient, content: str, fields: list[str]) -> None:
        answer = await http.post("/body", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [error["field"] for error in answer.json()["errors"]] == fields

    async def test_values_are_not_repeated(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/body", json={"count": "x", "password": SECRET})
        assert SECRET not in answer.text

    async def test_answer_has_a_bound(self, http: httpx.AsyncClient) -> None:
        """A request with thousands of wrong fields gets no answer of that length."""
        answer = await http.post("/body", json={"count": 1} | {f"{'x' * 1000}{n}": n for n in range(1000)})
        assert len(answer.json()["errors"]) == MAX_FIELD_ERRORS
        assert len(answer.content) < 64_000


class TestHttpErrors:
    """What the framework raises is a problem document too."""

    async def test_unknown_path(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/nowhere")
        assert answer.status_code == 404
        assert answer.json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "instance": "/nowhere",
            "errors": [],
        }

    async def test_headers_stay(self) -> None:
        """A 401 keeps its WWW-Authenticate."""
        answer = await raised(HTTPException(401, "a token is needed", {"WWW-Authenticate": "Bearer"}))
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["detail"] == "a token is needed"

    async def test_documented(self) -> None:
        """The OpenAPI document names the media type, and no other, and the schema."""
        described = application().openapi()["paths"]["/body"]["post"]["responses"]["422"]["content"]
        assert described == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


class TestLifespan:
    """`FastAPI(lifespan=lifespan(service))`: the service lives as long as the application."""

    async def test_service_starts_and_stops(self, nats_server: NatsServer) -> None:
        connection = Connection(NatsSettings(url=nats_server.url))
        app = FastAPI(lifespan=lifespan(NATSService(connection)))
        async with app.router.lifespan_context(app):
            await connection.wait_connected(5)
            assert connection.is_connected
        assert not connection.is_connected
