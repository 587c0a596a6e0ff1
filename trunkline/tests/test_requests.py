"""What request and reply promise: an answer, or an error that says which of the ways it failed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import BaseModel

from trunkline import (
    Connection,
    InvalidEvent,
    InvalidSubject,
    Message,
    NATSService,
    NatsSettings,
    NoResponders,
    NotConnected,
    PayloadTooLarge,
    RemoteError,
    RequestTimeout,
    Stream,
)
from trunkline.server import NatsServer


class Question(BaseModel):
    number: int


class Answer(BaseModel):
    doubled: int


async def double(subject: str, data: Question, msg: Message) -> Answer:
    return Answer(doubled=2 * data.number)


@pytest.fixture
async def service(nats_server: NatsServer) -> AsyncIterator[NATSService]:
    connection = Connection(
        NatsSettings.model_validate({"url": nats_server.url, "drain_timeout": 1}), streams=(Stream("A", ("a.>",)),)
    )
    service = NATSService(connection)
    await service.start()
    await connection.wait_connected(10)
    yield service
    await service.stop()


class TestAnswers:
    """A question is answered by one responder, as dict or as model."""

    async def test_as_a_dict_and_as_a_model(self, service: NATSService) -> None:
        await service.respond("rpc.double", double)
        assert await service.request("rpc.double", {"number": 2}) == {"doubled": 4}
        assert await service.request("rpc.double", Question(number=3), response_type=Answer) == Answer(doubled=6)

    async def test_no_data_is_an_empty_object_and_no_answer_too(self, service: NATSService) -> None:
        asked: list[object] = []

        async def nothing(subject: str, data: dict[str, Any], msg: Message) -> None:
            asked.append(data)

        await service.respond("rpc.nothing", nothing)
        assert (await service.request("rpc.nothing"), asked) == ({}, [{}])

    async def test_many_at_once_do_not_wait_for_each_other(self, service: NATSService) -> None:
        together = asyncio.Barrier(5)

        async def meet(subject: str, data: Question, msg: Message) -> dict[str, int]:
            await together.wait()
            return {"number": data.number}

        await service.respond("rpc.meet", meet)
        answers = await asyncio.gather(*(service.request("rpc.meet", {"number": n}) for n in range(5)))
        assert [answer["number"] for answer in answers] == list(range(5))

    async def test_of_several_responders_one_answers(self, service: NATSService) -> None:
        asked: list[int] = []

        async def note(subject: str, data: Question, msg: Message) -> None:
            asked.append(data.number)

        for _ in range(3):
            await service.respond("rpc.note", note)
        for number in range(10):
            await service.request("rpc.note", {"number": number})
        assert asked == list(range(10))

    async def test_over_a_plain_client_at_both_ends(self, nats_server: NatsServer) -> None:
        client = await nats.connect(nats_server.url)
        service = NATSService(client)
        await service.respond("rpc.double", double)
        assert await service.request("rpc.double", {"number": 2}) == {"doubled": 4}
        await service.stop()
        await client.close()


class TestErrors:
    """Each way to fail has its error, and the time limit holds."""

    async def test_nobody_there(self, service: NATSService) -> None:
        with pytest.raises(NoResponders):
            await service.request("rpc.nobody")

    async def test_no_answer_in_time(self, service: NATSService) -> None:
        async def sleep(subject: str, data: object, msg: Message) -> None:
            await asyncio.sleep(10)

        responder = await service.respond("rpc.sleep", sleep)
        with pytest.raises(RequestTimeout, match=r"0\.1 s"):
            await service.request("rpc.sleep", timeout=0.1)
        await responder.stop(0)

    async def test_a_question_that_the_responder_cannot_read(self, service: NATSService) -> None:
        await service.respond("rpc.double", double)
        with pytest.raises(RemoteError, match="invalid_payload: Question: number"):
            await service.request("rpc.double", {"number": "many"})

    async def test_what_a_responder_raises_is_not_told(self, service: NATSService) -> None:
        async def fail(subject: str, data: object, msg: Message) -> None:
            raise RuntimeError("the password is sesame")

        responder = await service.respond("rpc.fail", fail)
        with pytest.raises(RemoteError, match="internal") as raised:
            await service.request("rpc.fail")
        assert "sesame" not in str(raised.value)
        assert responder.failed == 1

    async def test_an_error_of_ours_keeps_its_name(self, service: NATSService) -> None:
        async def fail(subject: str, data: object, msg: Message) -> None:
            raise NotConnected("the shop is closed")

        await service.respond("rpc.fail", fail)
        with pytest.raises(RemoteError, match="not_connected: the shop is closed"):
            await service.request("rpc.fail")

    @pytest.mark.parametrize("answer", [b"", b"no json", b"[1]"])
    async def test_an_answer_that_is_none(self, service: NATSService, answer: bytes) -> None:
        async def odd(message: Msg) -> None:
            await message.respond(answer)

        await service.connection.subscribe("rpc.odd", odd)
        with pytest.raises(RemoteError):
            await service.request("rpc.odd")

    async def test_an_answer_of_another_shape(self, service: NATSService) -> None:
        await service.respond("rpc.double", double)
        with pytest.raises(RemoteError, match="number"):
            await service.request("rpc.double", {"number": 2}, response_type=Question)

    async def test_an_answer_that_is_too_large(self, service: NATSService) -> None:
        async def big(subject: str, data: object, msg: Message) -> dict[str, str]:
            return {"text": "x" * (2 << 20)}

        await service.respond("rpc.big", big)
        with pytest.raises(RemoteError, match="answer_too_large"):
            await service.request("rpc.big")

    async def test_a_question_that_is_too_large_or_no_object(self, service: NATSService) -> None:
        with pytest.raises(PayloadTooLarge):
            await service.request("rpc.x", {"text": "x" * (2 << 20)})
        with pytest.raises(InvalidEvent):
            await service.request("rpc.x", ["a list"])  # type: ignore[call-overload]

    @pytest.mark.parametrize("subject", ["", "rpc.*", "a.x", "$SYS.x"])
    async def test_a_subject_that_cannot_be_asked_on(self, service: NATSService, subject: str) -> None:
        with pytest.raises(InvalidSubject):
            await service.request(subject)

    async def test_without_a_connection(self, service: NATSService, nats_server: NatsServer) -> None:
        await nats_server.stop()
        async with asyncio.timeout(20):
            while service.connection.is_connected:
                await asyncio.sleep(0.02)
        with pytest.raises(NotConnected):
            await service.request("rpc.x")

    async def test_a_closed_plain_client(self, nats_server: NatsServer) -> None:
        client: Client = await nats.connect(nats_server.url)
        service = NATSService(client)
        await client.close()
        with pytest.raises(NotConnected):
            await service.request("rpc.x")
