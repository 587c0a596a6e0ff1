"""Reading an uploaded file with a bound: of its size, before it is in memory, and of the time it takes.

FastAPI's own `UploadFile` parameter is read whole before the route, and before the caller is known; so a route with an
upload takes the request and calls `read_upload` when it knows who asks.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request, UploadFile, status
from starlette.datastructures import UploadFile as ReceivedFile
from starlette.types import Message

from services.refusals import Invalid, TooLarge

FORM_BYTES = 64 << 10
"""What a form may add to its file: boundaries, headers, other fields."""
MAX_SECONDS = 120.0

OPENAPI_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file; the name is what the client says."""

    content: bytes
    filename: str | None


async def read_upload(request: Request, *, max_bytes: int) -> Upload:
    """Return the form's field `file`.

    Raises:
        TooLarge: it is larger than `max_bytes`; the rest is not read.
        Invalid: there is no such field, or it is no file.
        HTTPException: the form is malformed (400), or took longer than two minutes (408).
    """
    bounded = _bounded(request, max_bytes)
    try:
        async with asyncio.timeout(MAX_SECONDS), bounded.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile | ReceivedFile):
                raise Invalid("file", "a file is needed, as a field of multipart/form-data")
            content = await file.read(max_bytes + 1)
    except TimeoutError:
        raise HTTPException(status.HTTP_408_REQUEST_TIMEOUT, "the upload took too long") from None
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    return Upload(content, file.filename)


def _bounded(request: Request, max_bytes: int) -> Request:
    """Return the request with a body that ends in `TooLarge` beyond the bound."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes + FORM_BYTES:
        raise _too_large(max_bytes)
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > max_bytes + FORM_BYTES:
            raise _too_large(max_bytes)
        return message

    return Request(request.scope, receive)


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"at most {max_bytes} bytes are taken")
