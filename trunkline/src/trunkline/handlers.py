"""Handlers are plain functions: ``async def handler(subject, data, msg)``.

What `data` is follows from its annotation, looked at once, when the handler is subscribed: a Pydantic model is
validated into, ``dict[str, Any]`` (or any other type that Pydantic knows) is checked and decoded, and without an
annotation it is whatever the JSON says.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pydantic_core
from pydantic import BaseModel, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from trunkline.errors import HandlerError, InvalidPayload
from trunkline.message import Message

Handler = Callable[[str, Any, Message], Awaitable[Any]]
Decode = Callable[[bytes], Any]

_SHOWN_ERRORS = 5


def name_of(handler: Handler) -> str:
    """Return what a log calls the handler."""
    return str(getattr(handler, "__qualname__", type(handler).__name__))


def decoder(handler: Handler) -> Decode:
    """Return the function that makes a handler's `data` of a payload; it raises `InvalidPayload`.

    Raises:
        HandlerError: the handler is not asynchronous, does not take three arguments, or has an annotation that cannot
            be resolved or validated into.
    """
    annotation = _annotation_of_data(handler)
    if annotation in (inspect.Parameter.empty, Any, object):
        return _decode
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _validating(annotation.model_validate_json)
    try:
        return _validating(TypeAdapter(annotation).validate_json)
    except PydanticSchemaGenerationError as error:
        reason = f"`data` is annotated with {annotation!r}, which no payload can be validated into"
        raise HandlerError(f"handler {name_of(handler)}: {reason}") from error


def schema_of(handler: Handler) -> dict[str, Any]:
    """Return the JSON Schema of what a handler takes as `data`; empty where it takes anything.

    Raises:
        HandlerError: as `decoder`.
    """
    annotation = _annotation_of_data(handler)
    if annotation in (inspect.Parameter.empty, Any, object):
        return {}
    try:
        return TypeAdapter(annotation).json_schema()
    except PydanticInvalidForJsonSchema:
        return {}


def _annotation_of_data(handler: Handler) -> Any:
    if not _is_asynchronous(handler):
        raise HandlerError(f"handler {name_of(handler)} must be an async function")
    try:
        signature = inspect.signature(handler, eval_str=True)
        signature.bind("subject", None, None)
    except NameError as error:
        raise HandlerError(f"handler {name_of(handler)}: an annotation cannot be resolved: {error}") from error
    except TypeError:
        raise HandlerError(f"handler {name_of(handler)} must take (subject, data, msg)") from None
    parameters = list(signature.parameters.values())
    if len(parameters) < 2 or parameters[1].kind is inspect.Parameter.VAR_POSITIONAL:
        return inspect.Parameter.empty
    return parameters[1].annotation


def _is_asynchronous(handler: Handler) -> bool:
    if inspect.iscoroutinefunction(inspect.unwrap(handler)):
        return True
    return inspect.iscoroutinefunction(type(handler).__call__)


def _decode(payload: bytes) -> Any:
    try:
        return pydantic_core.from_json(payload)
    except ValueError as error:
        raise InvalidPayload(f"the payload is no JSON: {error}") from None


def _validating(validate: Callable[[bytes], Any]) -> Decode:
    def decode(payload: bytes) -> Any:
        try:
            return validate(payload)
        except ValidationError as error:
            raise InvalidPayload(without_values(error)) from None

    return decode


def without_values(error: ValidationError) -> str:
    """Say what is wrong where, without the values: they may be a person's words."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    parts = [f"{'.'.join(str(part) for part in each['loc']) or 'payload'}: {each['msg']}" for each in found]
    more = f" (and {len(parts) - _SHOWN_ERRORS} more)" if len(parts) > _SHOWN_ERRORS else ""
    return f"{error.title}: {'; '.join(parts[:_SHOWN_ERRORS])}{more}"
