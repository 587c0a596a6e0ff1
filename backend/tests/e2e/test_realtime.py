"""Who may follow the live events, how a connection ends, and that the two ways show the same."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.application import Application
from tests.e2e.people import LIMIT_SECONDS, Person, until, websocket_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

CV = b"Ada Example\nSkills: Python, PostgreSQL\nada@example.org\n"


@asynccontextmanager
async def server_sent(
    application: Application, headers: dict[str, str] | None = None, cookies: dict[str, str] | None = None
) -> AsyncIterator[AsyncIterator[str]]:
    """Follow the server-sent events, line by line."""
    async with (
        httpx.AsyncClient(base_url=application.url, timeout=LIMIT_SECONDS, cookies=cookies) as client,
        client.stream("GET", "/api/v1/realtime/events", headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response.aiter_lines()


async def next_event(lines: AsyncIterator[str]) -> tuple[str | None, dict[str, Any]]:
    """The next event: its id, where it has one, and its data."""
    event_id = None
    async with asyncio.timeout(LIMIT_SECONDS):
        async for line in lines:
            if line.startswith("id: "):
                event_id = line.removeprefix("id: ")
            if line.startswith("data: "):
                return event_id, json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def closing_code(url: str, first: str | bytes | None, headers: dict[str, str] | None = None) -> int | None:
    """The code with which the server ends a connection that begins with this message."""
    async with connect(url, additional_headers=headers) as socket:
        if first is not None:
            await socket.send(first)
        async with asyncio.timeout(LIMIT_SECONDS):
            await socket.wait_closed()
        return socket.close_code


async def cookie_of(person: Person) -> str:
    """A ticket, as a browser would send it."""
    answer = await person.application.http.post("/api/v1/realtime/ticket", headers=person.headers)
    assert answer.status_code == 204
    return answer.headers["set-cookie"].partition(";")[0]


class TestSigningIn:
    @pytest.mark.parametrize(
        "first",
        ['{"token": "nonsense"}', '{"token": 1}', "no json", "[]", '{"token": ""}', b"{}", "[" * 8000, "x" * 20_000],
        ids=["nonsense", "number", "no json", "list", "empty", "bytes", "deep", "long"],
    )
    async def test_a_first_message_without_a_good_token_ends_it(
        self, application: Application, first: str | bytes
    ) -> None:
        assert await closing_code(websocket_url(application), first) == 4401

    async def test_a_client_that_says_nothing_is_not_waited_for(self, application: Application) -> None:
        assert await closing_code(websocket_url(application), None) == 4401

    async def test_a_token_in_the_address_is_not_taken(self, application: Application, owner: Person) -> None:
        answer = await application.http.get(f"/api/v1/realtime/events?token={owner.token}")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_a_ticket_opens_the_websocket_without_a_message(
        self, application: Application, freelancer: Person
    ) -> None:
        headers = {"Cookie": await cookie_of(freelancer)}
        async with connect(websocket_url(application), additional_headers=headers) as socket:
            assert json.loads(await socket.recv())["type"] == "ready"

    async def test_a_ticket_is_hidden_from_scripts_short_lived_and_for_one_path(
        self, application: Application, freelancer: Person
    ) -> None:
        answer = await application.http.post("/api/v1/realtime/ticket", headers=freelancer.headers)
        cookie = answer.headers["set-cookie"]
        for attribute in ("HttpOnly", "SameSite=strict", "Max-Age=60", "Path=/api/v1/realtime", "Secure"):
            assert attribute in cookie

    async def test_a_ticket_is_no_bearer_token_nor_the_other_way_round(
        self, application: Application, freelancer: Person
    ) -> None:
        ticket = (await cookie_of(freelancer)).partition("=")[2]
        answer = await application.http.get(
            "/api/v1/freelancers/me", headers={"Authorization": f"Bearer {ticket.partition('.')[2]}"}
        )
        assert answer.status_code == 401
        until = jwt.decode(freelancer.token, options={"verify_signature": False})["exp"]
        forged = {"Cookie": f"realtime_ticket={until}.{freelancer.token}"}
        assert await closing_code(websocket_url(application), '{"token": ""}', forged) == 4401

    async def test_a_tickets_end_cannot_be_moved(self, application: Application, freelancer: Person) -> None:
        until, _, token = (await cookie_of(freelancer)).partition("=")[2].partition(".")
        moved = {"Cookie": f"realtime_ticket={int(until) + 3600}.{token}"}
        assert await closing_code(websocket_url(application), '{"token": ""}', moved) == 4401

    async def test_no_ticket_is_an_error(self, application: Application) -> None:
        for ticket in ("9" * 5000 + ".x", "9" * 30 + ".x", ".", "-1.x", "1e9.x", "\u0663.x".encode()):
            cookie = b"realtime_ticket=" + (ticket if isinstance(ticket, bytes) else ticket.encode())
            answer = await application.http.get("/api/v1/realtime/events", headers=[(b"cookie", cookie)])
            assert answer.status_code == 401

    async def test_a_foreign_page_cannot_use_a_ticket(self, application: Application, freelancer: Person) -> None:
        headers = {"Cookie": await cookie_of(freelancer), "Origin": "https://evil.example.com"}
        with pytest.raises(InvalidStatus) as refused:
            await connect(websocket_url(application), additional_headers=headers)
        assert refused.value.response.status_code == 403
        answer = await application.http.get("/api/v1/realtime/events", headers=headers)
        assert answer.status_code == 403

    async def test_the_platforms_own_page_can(self, application: Application, freelancer: Person) -> None:
        headers = {"Cookie": await cookie_of(freelancer), "Origin": application.url}
        async with connect(websocket_url(application), additional_headers=headers) as socket:
            assert json.loads(await socket.recv())["type"] == "ready"


class TestBothWays:
    async def test_both_show_the_same_events_with_the_same_ids(
        self, application: Application, freelancer: Person
    ) -> None:
        async with freelancer.live() as live, server_sent(application, freelancer.headers) as lines:
            id, ready = await next_event(lines)
            assert ready == {"type": "ready", "id": id, "resume": True}
            cv_id = await freelancer.upload(CV)
            over_websocket = await live.one(f"cv.{cv_id}.uploaded")
            event_id, over_sse = await next_event(lines)
            assert over_sse == over_websocket
            assert event_id == over_websocket["id"]
            assert over_sse["data"]["filename"] == "cv.txt"
            assert set(over_sse) == {"type", "id", "event_id", "subject", "time", "data"}

    async def test_a_ticket_opens_the_server_sent_events(self, application: Application, freelancer: Person) -> None:
        async with server_sent(application, {"Cookie": await cookie_of(freelancer)}) as lines:
            assert (await next_event(lines))[1]["type"] == "ready"

    async def test_what_a_client_says_later_does_no_harm(self, application: Application, freelancer: Person) -> None:
        async with connect(websocket_url(application)) as socket:
            await socket.send(json.dumps({"token": freelancer.token}))
            assert json.loads(await socket.recv())["type"] == "ready"
            for _ in range(10):
                await socket.send("hello?")
            cv_id = await freelancer.upload(CV)
            event = json.loads(await socket.recv())
            assert event["subject"] == f"cv.{cv_id}.uploaded"


class TestManyConnections:
    """An account may hold twenty connections in each process."""

    async def test_one_too_many_is_refused_and_others_are_not(
        self, application: Application, freelancer: Person, owner: Person
    ) -> None:
        first = json.dumps({"token": freelancer.token})
        async with AsyncExitStack() as stack:
            for _ in range(20):
                socket = await stack.enter_async_context(connect(websocket_url(application)))
                await socket.send(first)
                assert json.loads(await socket.recv())["type"] == "ready"
            assert await closing_code(websocket_url(application), first) == 1013
            answer = await application.http.get("/api/v1/realtime/events", headers=freelancer.headers)
            assert answer.status_code == 429
            async with server_sent(application, owner.headers) as lines:
                assert (await next_event(lines))[1]["type"] == "ready"

        async def free() -> bool:
            async with connect(websocket_url(application)) as socket:
                await socket.send(first)
                try:
                    return bool(json.loads(await socket.recv())["type"] == "ready")
                except ConnectionClosed:
                    return False

        assert await until(free)


class TestProcesses:
    @pytest.mark.long
    async def test_every_process_shows_its_clients_every_event(self, tmp_path: Path) -> None:
        async with Application(tmp_path, arguments=("--workers", "2")) as application, AsyncExitStack() as open:
            await application.connected()
            person = await Person.register(application, "freelancer")
            clients = [await open.enter_async_context(person.live()) for _ in range(6)]
            cv_id = await person.upload(CV)
            for live in clients:
                await live.one(f"cv.{cv_id}.processing.completed")
                assert live.subjects.count(f"cv.{cv_id}.uploaded") == 1


class TestEnding:
    async def test_the_connection_ends_with_its_token(self, application: Application, freelancer: Person) -> None:
        claims = jwt.decode(freelancer.token, options={"verify_signature": False})
        key = (application.folder / "data" / "secret_key").read_text().strip()
        claims["exp"] = claims["iat"] + int(timedelta(seconds=4).total_seconds())
        short = jwt.encode(claims, key, "HS256")
        assert await closing_code(websocket_url(application), json.dumps({"token": short})) == 4401

    async def test_open_streams_do_not_hold_the_shutdown_up(self, tmp_path: Path) -> None:
        async with Application(tmp_path) as application:
            person = await Person.register(application, "owner")
            async with (
                server_sent(application, person.headers) as lines,
                connect(websocket_url(application)) as socket,
            ):
                await next_event(lines)
                await socket.send(json.dumps({"token": person.token}))
                await socket.recv()
                os.kill(application.pid, signal.SIGTERM)
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1012
                assert await next_event(lines) == (None, {"type": "end", "reason": "the server is closing"})
                await application.ended()
