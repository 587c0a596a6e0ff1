"""Errors of the application as problem documents: what the services refuse, and all that Trunkline's handlers know."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from starlette.responses import Response

from services import refusals
from trunkline.fastapi import FieldError, Problem, add_problem_handlers, answer, problem_responses

__all__ = ["Problem", "add_problems", "problem_responses"]

_STATUS: dict[type[refusals.Refusal], HTTPStatus] = {
    refusals.NotFound: HTTPStatus.NOT_FOUND,
    refusals.Forbidden: HTTPStatus.FORBIDDEN,
    refusals.Conflict: HTTPStatus.CONFLICT,
    refusals.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    refusals.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    refusals.Unsupported: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    refusals.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def add_problems(app: FastAPI) -> None:
    """Let every error of the application leave it as a problem document."""
    add_problem_handlers(app)

    @app.exception_handler(refusals.Refusal)
    async def refused(request: Request, refusal: refusals.Refusal) -> Response:
        return answer(request, problem_of_refusal(refusal))


def problem_of_refusal(refusal: refusals.Refusal) -> Problem:
    """Return what a refusal is in HTTP."""
    status = _STATUS[type(refusal)]
    fields = [FieldError(field=refusal.field, reason=refusal.reason)] if isinstance(refusal, refusals.Invalid) else []
    return Problem(title=status.phrase, status=status, detail=str(refusal), errors=fields)
