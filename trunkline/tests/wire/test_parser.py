"""What the parser promises: the messages that were sent, however they arrive."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.errors import ProtocolError

from trunkline.headers import header_block
from trunkline.wire import Received, WireClient, message_frame
from trunkline.wire.parser import Parser

tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=".*>"), min_size=1, max_size=8)
subjects = st.lists(tokens, min_size=1, max_size=4).map(".".join)
header_values = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
messages = st.tuples(
    subjects,
    subjects | st.just(""),
    st.dictionaries(st.text("abcXYZ-", min_size=1, max_size=6), header_values, max_size=3),
    st.binary(max_size=40) | st.just(b"MSG a 1 2\r\nxx\r\n"),
)
Message = tuple[str, str, dict[str, str], bytes]


class Client(WireClient):
    """A client that is not connected: it notes what the parser gives to nats-py's own way."""

    def __init__(self) -> None:
        super().__init__(tls_required=False)
        self.told: list[Any] = []

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        self.told.append((sid, subject, reply, data, headers))

    async def _process_ping(self) -> None:
        self.told.append("ping")

    async def _process_pong(self) -> None:
        self.told.append("pong")

    async def _process_err(self, err_msg: str) -> None:
        self.told.append(err_msg)

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        self.told.append(info)


def delivered(subject: str, reply: str, head: bytes, data: bytes, sid: int = 7) -> bytes:
    """The message as a server delivers it: as it was published, with the subscription's id after the subject."""
    frame = message_frame(subject, reply, head, data)
    operation, _, rest = frame.partition(b" ")
    _, _, rest = rest.partition(b" ")
    return b"%b %b %d %b" % (operation.replace(b"PUB", b"MSG"), subject.encode(), sid, rest)


async def parsed(data: bytes, cuts: list[int]) -> tuple[list[Received], list[Any]]:
    client, received = Client(), list[Received]()
    client.direct[b"7"] = received.append
    parser = Parser(client)
    at = 0
    for cut in sorted({min(cut, len(data)) for cut in cuts} | {len(data)}):
        await parser.parse(data[at:cut])
        at = cut
    return received, client.told


@given(sent=st.lists(messages, max_size=6), cuts=st.lists(st.integers(0, 600), max_size=8))
async def test_messages_are_what_was_sent_wherever_the_stream_is_cut(sent: list[Message], cuts: list[int]) -> None:
    data = b"".join(
        delivered(subject, reply, header_block(headers), body) + (b"PING\r\n" if number % 2 else b"")
        for number, (subject, reply, headers, body) in enumerate(sent)
    )
    received, told = await parsed(data, cuts)
    assert [(each.subject, each.reply, dict(each.headers), each.data) for each in received] == sent
    assert told == ["ping"] * (len(sent) // 2)


async def test_others_messages_go_nats_py_s_own_way() -> None:
    data = delivered("a", "r", b"", b"x", sid=1) + delivered("b", "", header_block({"k": "v"}), b"", sid=2)
    received, told = await parsed(data, [])
    assert received == []
    assert told == [(1, b"a", b"r", b"x", None), (2, b"b", b"", b"", b"NATS/1.0\r\nk: v\r\n\r\n")]


async def test_what_is_no_message_goes_nats_py_s_own_way() -> None:
    _, told = await parsed(b"+OK\r\nPONG\r\n-ERR 'Stale Connection'\r\nINFO {\"port\":4222}\r\nPING\r\n", [3, 30])
    assert told == ["pong", "'stale connection'", {"port": 4222}, "ping"]


@pytest.mark.parametrize(
    "data", [b"MSG a\r\n", b"MSG a 7 x\r\n", b"HMSG a 7 1\r\nx\r\n", b"HELLO\r\n", b"\r\n", b"x" * 99_999]
)
async def test_what_is_no_protocol_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        await parsed(data, [])


async def test_a_receiver_that_raises_takes_no_other_message_with_it() -> None:
    client, received = Client(), list[bytes]()

    def receive(message: Received) -> None:
        if message.data == b"1":
            raise RuntimeError("broken")
        received.append(message.data)

    client.direct[b"7"] = receive
    await Parser(client).parse(b"".join(delivered("a", "", b"", b"%d" % number) for number in range(3)))
    assert received == [b"0", b"2"]


async def test_what_came_before_a_reset_is_not_put_together_with_what_comes_after() -> None:
    client, received = Client(), list[Received]()
    client.direct[b"7"] = received.append
    parser = Parser(client)
    await parser.parse(delivered("a", "", b"", b"first")[:-4])
    parser.reset()
    await parser.parse(delivered("a", "", b"", b"second"))
    assert [each.data for each in received] == [b"second"]


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (b"NATS/1.0 503\r\n\r\n", {"Status": "503"}),
        (b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 1\r\n\r\n",
         {"Status": "408", "Description": "Request Timeout", "Nats-Pending-Messages": "1"}),
        (b"NATS/1.0\r\nName:value\r\nno header\r\n\r\n", {"Name": "value"}),
        (b"NATS/1.0\r\nName: \xff\r\n\r\n", {"Name": "\ufffd"}),
    ],
)  # fmt: skip
def test_headers_are_read_as_the_protocol_has_them(head: bytes, headers: dict[str, str]) -> None:
    assert dict(Received("a", "", head, b"").headers) == headers
