"""A request body over the limit is refused, at its first byte where its length is declared, with a problem document.

FastAPI's own limit does the same with an answer in plain text.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import body_too_large
from trunkline.fastapi import answer


class BodyLimit:
    """ASGI middleware: at most `limit` bytes of body."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if self._declared(request) > self.limit:
            await answer(request, body_too_large(self._detail))(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.limit:
                raise HTTPException(413, self._detail)
            return message

        await self.app(scope, counted, send)

    @property
    def _detail(self) -> str:
        return f"the body may hold {self.limit} bytes"

    def _declared(self, request: Request) -> int:
        length = request.headers.get("content-length", "0")
        return int(length) if length.isdecimal() else 0
