"""People who use the platform over HTTP and WebSocket, as a browser would."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from uuid_utils import uuid4
from websockets.asyncio.client import ClientConnection, connect

from tests.application import Application
from trunkline.subjects import matches

LIMIT_SECONDS = 45.0
PAUSE_SECONDS = 0.05


async def until(holds: Callable[[], Awaitable[Any]]) -> Any:
    """Ask again and again, and return the first answer that is true."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not (answer := await holds()):
            await asyncio.sleep(PAUSE_SECONDS)
        return answer


class Person:
    """Somebody with an account, signed in."""

    def __init__(self, application: Application, id: str, token: str) -> None:
        self.application = application
        self.id = id
        self.token = token

    @classmethod
    async def register(cls, application: Application, role: str) -> "Person":
        """Make an account and sign in."""
        account = {"email": f"{uuid4()}@example.org", "password": f"{uuid4()}", "name": "Somebody", "role": role}
        registered = checked(await application.http.post("/api/v1/auth/register", json=account))
        form = {"username": account["email"], "password": account["password"]}
        signed_in = checked(await application.http.post("/api/v1/auth/token", data=form))
        return cls(application, registered["id"], signed_in["access_token"])

    @property
    def headers(self) -> dict[str, str]:
        """What a request of theirs carries."""
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, path: str) -> Any:
        """GET, checked."""
        return checked(await self.application.http.get(f"/api/v1{path}", headers=self.headers))

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """POST, checked."""
        return checked(await self.application.http.post(f"/api/v1{path}", headers=self.headers, json=body))

    async def patch(self, path: str, body: dict[str, Any]) -> Any:
        """PATCH, checked."""
        return checked(await self.application.http.patch(f"/api/v1{path}", headers=self.headers, json=body))

    async def upload(self, content: bytes, filename: str = "cv.txt") -> str:
        """Upload a CV; return its id."""
        files = {"file": (filename, content)}
        answer = checked(await self.application.http.post("/api/v1/cvs", headers=self.headers, files=files))
        return str(answer["id"])

    async def cv_ended(self, cv_id: str) -> dict[str, Any]:
        """Wait until the CV has been read, or could not be; return it."""

        async def ended() -> Any:
            cv = await self.get(f"/cvs/{cv_id}")
            return cv if cv["state"] in {"completed", "failed"} else None

        found: dict[str, Any] = await until(ended)
        return found

    async def profile(self) -> dict[str, Any]:
        """Wait until the profile has been made; return it."""

        async def made() -> Any:
            profile = await self.get("/freelancers/me")
            return profile if profile["skills"] else None

        found: dict[str, Any] = await until(made)
        return found

    async def ranking(self, project_id: str) -> list[dict[str, Any]]:
        """Wait until the project has been matched as it is; return its matches."""

        async def matched() -> Any:
            ranking = await self.get(f"/projects/{project_id}/matches")
            return ranking if ranking["matched_version"] >= ranking["version"] else None

        found: list[dict[str, Any]] = (await until(matched))["matches"]
        return found

    @asynccontextmanager
    async def live(self) -> AsyncIterator["LiveEvents"]:
        """Follow the live events while the block runs."""
        async with connect(websocket_url(self.application)) as socket:
            await socket.send(json.dumps({"token": self.token}))
            assert json.loads(await socket.recv())["type"] == "ready"
            events = LiveEvents()
            task = asyncio.create_task(events.collect(socket))
            try:
                yield events
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


class LiveEvents:
    """What came over a WebSocket, in order."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    async def collect(self, socket: ClientConnection) -> None:
        """Note what comes."""
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "event":
                self.events.append(message)

    async def one(self, pattern: str) -> dict[str, Any]:
        """Wait for an event on a subject of this pattern; return the first."""

        async def come() -> Any:
            return next((event for event in self.events if matches(pattern, event["subject"])), None)

        try:
            found: dict[str, Any] = await until(come)
        except TimeoutError:
            raise AssertionError(f"nothing on {pattern}; there were {self.subjects}") from None
        return found

    @property
    def subjects(self) -> list[str]:
        """The subjects so far, in order."""
        return [event["subject"] for event in self.events]


def websocket_url(application: Application) -> str:
    """Where the live events are."""
    return application.url.replace("http", "ws", 1) + "/api/v1/realtime"


def checked(response: httpx.Response) -> Any:
    """Return what was answered; fail when it is an error."""
    assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
    return response.json()
