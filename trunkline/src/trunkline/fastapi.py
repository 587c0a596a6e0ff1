"""FastAPI and Trunkline: a service that lives as long as the application, and errors as problem documents.

A problem document (RFC 9457, ``application/problem+json``) says what went wrong in words and, under ``errors``, which
field of the request is at fault and why. `add_problem_handlers` makes every error of an application one: Trunkline's
own, requests that do not validate, ``HTTPException``, and what nobody expected. No document repeats what the client
sent beyond the shortened, escaped form in an error's message: it may be a password.
"""

import http
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from trunkline import errors
from trunkline.service import NATSService

PROBLEM_JSON = "application/problem+json"
MAX_FIELD_ERRORS = 50
MAX_TEXT = 300

# The first class that an error is an instance of decides.
_STATUS: tuple[tuple[type[errors.TrunklineError], int], ...] = (
    (errors.PayloadTooLarge, 413),
    (errors.InvalidSubject, 422),
    (errors.InvalidEvent, 422),
    (errors.InvalidPayload, 422),
    (errors.NoStreamForSubject, 422),
    (errors.NoSuchDeadLetter, 404),
    (errors.NoSuchWorkflow, 404),
    (errors.AlreadyReplayed, 409),
    (errors.NoSuchTask, 404),
    (errors.TaskOver, 409),
    (errors.NoOpenQuestion, 409),
    (errors.InvalidAnswer, 422),
    (errors.PublishError, 503),
    (errors.NotConnected, 503),
    (errors.DatabaseError, 503),
    (errors.NoResponders, 503),
    (errors.RequestTimeout, 504),
    (errors.RequestError, 502),
)


class FieldError(BaseModel):
    """One field of a request that is wrong."""

    field: str = Field(description="Its place in the request, with dots: `data.cv_id`.")
    reason: str


class Problem(BaseModel):
    """A problem document, RFC 9457."""

    type: str = Field(default="about:blank", description="What kind of problem; `about:blank`: what the status says.")
    title: str
    status: int
    detail: str | None = None
    instance: str | None = Field(default=None, description="The path that was asked for.")
    errors: list[FieldError] = Field(default_factory=list)


def lifespan(service: NATSService) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan for ``FastAPI(lifespan=...)``: the service starts and stops with the application."""

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    return running


def problem_response(problem: Problem, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return `problem` as an answer. ASCII only, so that no text which a client sent can make it unwritable."""
    body = json.dumps(problem.model_dump(exclude_none=True)).encode("ascii")
    return Response(body, problem.status, headers, PROBLEM_JSON)


def problem_of(error: errors.TrunklineError) -> Problem:
    """Return what an error of Trunkline is in HTTP; one that is not the client's to know is a 500 without its words."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return Problem(
                type=f"urn:trunkline:{_dashed(type(error).__name__)}",
                title=_titled(type(error).__name__),
                status=status,
                detail=str(error),
                errors=_fields_of(error),
            )
    return Problem(title=_phrase(500), status=500)


def validation_problem(found: Sequence[Mapping[str, Any]]) -> Problem:
    """Return FastAPI's ``errors()`` of a request as a problem."""
    fields = [FieldError(field=_place(e["loc"], e["type"]), reason=_reason(e)) for e in found]
    named = ", ".join(dict.fromkeys(field.field for field in fields[:5]))
    return Problem(
        type="urn:trunkline:invalid-request",
        title="Invalid request",
        status=422,
        detail=f"not as it should be: {named}",
        errors=fields[:MAX_FIELD_ERRORS],
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Let every error of `app` leave it as a problem document."""
    _describe_problems(app)

    @app.exception_handler(errors.TrunklineError)
    async def trunkline_error(request: Request, error: errors.TrunklineError) -> Response:
        problem = problem_of(error)
        if problem.status == 500:
            raise error
        return answer(request, problem)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> Response:
        return answer(request, validation_problem(error.errors()))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code in {204, 304} or error.status_code < 200:
            return Response(status_code=error.status_code, headers=error.headers)
        phrase = _phrase(error.status_code)
        detail = str(error.detail) if error.detail and error.detail != phrase else None
        problem = Problem(title=phrase, status=error.status_code, detail=detail)
        return answer(request, problem, headers=error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        return answer(request, Problem(title=_phrase(500), status=500))


def answer(request: Request, problem: Problem, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return `problem` as the answer to `request`, whose path it names."""
    return problem_response(problem.model_copy(update={"instance": request.url.path}), headers=headers)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses=`` of a route that answers these statuses with a problem document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"model": Problem, "description": _phrase(status), "content": {PROBLEM_JSON: {"schema": schema}}}
        for status in statuses
    }


def _describe_problems(app: FastAPI) -> None:
    """Have the OpenAPI document name the one media type that problems come in; FastAPI adds its own for every model."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        for operation in (each for path in document["paths"].values() for each in path.values()):
            for response in operation.get("responses", {}).values():
                if PROBLEM_JSON in response.get("content", {}):
                    response["content"].pop("application/json", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _fields_of(error: errors.TrunklineError) -> list[FieldError]:
    if isinstance(error, errors.InvalidToken):
        return [FieldError(field=error.field, reason=error.reason)]
    if isinstance(error, errors.InvalidSubject):
        return [FieldError(field="subject", reason=error.reason)]
    if isinstance(error, errors.NoStreamForSubject):
        hint = f"; the nearest that one covers is {error.nearest}" if error.nearest else ""
        return [FieldError(field="subject", reason=f"no stream covers it{hint}")]
    if isinstance(error, errors.InvalidEvent):
        return [FieldError(field=error.field, reason=str(error))]
    if isinstance(error, errors.InvalidAnswer):
        return [FieldError(field="answer", reason=str(error))]
    if isinstance(error, errors.InvalidPayload):
        return [FieldError(field="data", reason=str(error))]
    return []


def _place(loc: Sequence[str | int], kind: str) -> str:
    """Return a place as a client names it: the body's fields by name, the rest with where they stand."""
    parts = [str(part) for part in loc]
    if kind == "json_invalid":
        return "body"
    return _shown(".".join(parts[1:] if parts[:1] == ["body"] and len(parts) > 1 else parts))


def _reason(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"is not JSON: {error['ctx']['error']}"
    return _shown(str(error["msg"]).removeprefix("Value error, "))  # a validator's own words need no introduction


def _shown(text: str) -> str:
    """Cut what a client may have chosen."""
    return text[:MAX_TEXT]


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _dashed(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _titled(name: str) -> str:
    return _dashed(name).replace("-", " ").capitalize()
