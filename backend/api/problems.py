"""Errors of the application as problem documents: what the services refuse, and all that Trunkline's handlers know."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services import refusals
from trunkline.fastapi import (
    FieldError,
    Problem,
    add_problem_handlers,
    answer,
    problem_responses,
    validation_problem,
)

__all__ = ["Problem", "add_problems", "body_too_large", "problem_responses"]

UNREADABLE: dict[type[BaseException], str] = {
    UnicodeDecodeError: "is not UTF-8",
    RecursionError: "is nested too deeply",
    ValueError: "holds a number of too many digits",
}
"""What FastAPI answers with a bare 400; the first class that the cause is an instance of decides."""

_STATUS: dict[type[refusals.Refusal], HTTPStatus] = {
    refusals.NotFound: HTTPStatus.NOT_FOUND,
    refusals.Forbidden: HTTPStatus.FORBIDDEN,
    refusals.Conflict: HTTPStatus.CONFLICT,
    refusals.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    refusals.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    refusals.Unsupported: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    refusals.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    refusals.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def add_problems(app: FastAPI) -> None:
    """Let every error of the application leave it as a problem document."""
    add_problem_handlers(app)
    _leave_out_answers_of_fastapi(app)
    other: Any = app.exception_handlers[HTTPException]

    @app.exception_handler(HTTPException)
    async def refused_body(request: Request, error: HTTPException) -> Response:
        problem = problem_of_body(error)
        return await other(request, error) if problem is None else answer(request, problem)

    @app.exception_handler(refusals.Refusal)
    async def refused(request: Request, refusal: refusals.Refusal) -> Response:
        wait = {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, refusals.TooMany) else None
        return answer(request, problem_of_refusal(refusal), headers=wait)


def problem_of_body(error: HTTPException) -> Problem | None:
    """Return what is wrong with a body that could not be read at all; None for any other error."""
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return body_too_large(str(error.detail))
    if error.status_code != HTTPStatus.BAD_REQUEST or error.__cause__ is None:
        return None
    reason = next((reason for kind, reason in UNREADABLE.items() if isinstance(error.__cause__, kind)), None)
    return None if reason is None else validation_problem([{"loc": ("body",), "type": "unreadable", "msg": reason}])


def body_too_large(reason: str) -> Problem:
    """Return what a body over the limit is answered with."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    fields = [FieldError(field="body", reason=reason)]
    return Problem(title=status.phrase, status=status, detail=reason, errors=fields)


def _leave_out_answers_of_fastapi(app: FastAPI) -> None:
    """Have the OpenAPI document name a 422 only where a route declares one.

    FastAPI adds its own to every route with a parameter, also to those that take any text.
    """
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        for operation in (each for path in document["paths"].values() for each in path.values()):
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def problem_of_refusal(refusal: refusals.Refusal) -> Problem:
    """Return what a refusal is in HTTP."""
    status = _STATUS[type(refusal)]
    fields = [FieldError(field=refusal.field, reason=refusal.reason)] if isinstance(refusal, refusals.Invalid) else []
    kind = refusal.kind if isinstance(refusal, refusals.Conflict) else None
    named = f"urn:expert-sourcing:{kind}" if kind is not None else "about:blank"
    return Problem(type=named, title=status.phrase, status=status, detail=str(refusal), errors=fields)
