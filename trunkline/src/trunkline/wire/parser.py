"""Reading what the server sends, in the place of nats-py's parser.

A message of a subscription that is listened to directly goes to its function at once, in the turn of the event loop in
which it was read; all other messages, and everything that is no message, go nats-py's own way. A message that has not
come whole is kept in the pieces it came in until it has, so that a large one is put together once.
"""

import json
from typing import TYPE_CHECKING

import structlog
from nats.errors import ProtocolError

from trunkline.wire.received import Received

if TYPE_CHECKING:
    from trunkline.wire.client import WireClient

log = structlog.get_logger(__name__)

_MAX_LINE = 65_536  # INFO of a large cluster is the longest
_MSG, _HMSG = ord("M"), ord("H")


class Parser:
    """What nats-py calls its parser: `parse` for each read, `reset` when the connection is lost."""

    def __init__(self, client: "WireClient") -> None:
        self._client = client
        self._resets = 0
        self.reset()

    def reset(self) -> None:
        """Forget what has not come whole."""
        self._pieces: list[bytes] = []
        self._have = 0
        self._needed = 0
        self._resets += 1

    async def parse(self, data: bytes = b"") -> None:
        """Take what was read.

        Raises:
            ProtocolError: the server does not speak NATS.
        """
        if self._pieces:
            self._pieces.append(data)
            self._have += len(data)
            if self._have < self._needed:
                return
            data = b"".join(self._pieces)
            self._pieces = []
        resets, position, size = self._resets, 0, len(data)
        client, direct, stats = self._client, self._client.direct, self._client.stats
        while position < size:
            end = data.find(b"\r\n", position)
            if end < 0:
                if size - position > _MAX_LINE:
                    raise ProtocolError("nats: a line without an end")
                self._keep(data[position:], size - position + 1)
                return
            first = data[position]
            if first != _HMSG and first != _MSG:
                await self._control(data[position:end])
                position = end + 2
                if resets != self._resets:
                    return
                continue
            line = data[position:end].split()
            start = body = end + 2
            try:
                stop = start + int(line[-1])
                if first == _HMSG:
                    body += int(line[-2])
                    reply = line[3] if len(line) == 6 else b""
                else:
                    reply = line[3] if len(line) == 5 else b""
                sid = line[2]
                if not start <= body <= stop or len(line) < (5 if first == _HMSG else 4):
                    raise ValueError
            except (ValueError, IndexError):
                raise ProtocolError("nats: a malformed message line") from None
            if stop + 2 > size:
                self._keep(data[position:], stop + 2 - position)
                return
            position = stop + 2
            receive = direct.get(sid)
            if receive is None:
                head = data[start:body] if first == _HMSG else None
                await client._process_msg(int(sid), line[1], reply, data[body:stop], head)  # type: ignore[arg-type]
                if resets != self._resets:
                    return
                continue
            stats["in_msgs"] += 1
            stats["in_bytes"] += stop - body
            try:
                receive(Received(line[1].decode(), reply.decode(), data[start:body], data[body:stop]))
            except Exception:
                log.exception("a received message broke its receiver", subject=ascii(line[1]))

    async def _control(self, line: bytes) -> None:
        operation, _, argument = line.partition(b" ")
        operation = operation.upper()
        if operation == b"PING":
            await self._client._process_ping()
        elif operation == b"PONG":
            await self._client._process_pong()
        elif operation == b"-ERR":
            await self._client._process_err(argument.strip().decode("utf-8", "replace").lower())
        elif operation == b"INFO":
            await self._client._process_info(json.loads(argument))
        elif operation != b"+OK":
            raise ProtocolError("nats: unknown protocol")

    def _keep(self, rest: bytes, needed: int) -> None:
        self._pieces = [rest]
        self._have = len(rest)
        self._needed = needed
