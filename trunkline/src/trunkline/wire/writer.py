"""Writing: what is written in one turn of the event loop goes out together, in order with what nats-py writes.

At the end of the turn frames join nats-py's own queue, so that a subscription that it has queued is not overtaken, and
go to the socket's buffer, as long as that is short; when it is not, nats-py's flushing task takes over, which
waits for the socket, and the queue grows until whoever writes is slowed (`Connection.write`).
"""

import asyncio

from nats.aio.client import Client
from nats.aio.transport import TcpTransport

_OPEN = (Client.CONNECTED, Client.DRAINING_SUBS)
_SHORT = 256 << 10  # bytes in the socket's buffer


class Writer:
    """Writes frames to one client."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._frames: list[bytes] = []
        self._bytes = 0

    @property
    def unsent(self) -> int:
        """Bytes that wait for the socket's buffer."""
        return self._bytes + self.client._pending_data_size

    def write(self, frame: bytes) -> bool:
        """Have `frame` go out at the end of this turn; False when there is no connection, or it is about to close."""
        if self.client._status not in _OPEN:
            return False
        if not self._frames:
            asyncio.get_running_loop().call_soon(self._flush)
        self._frames.append(frame)
        self._bytes += len(frame)
        return True

    def _flush(self) -> None:
        client, frames, size = self.client, self._frames, self._bytes
        self._frames, self._bytes = [], 0
        client.stats["out_msgs"] += len(frames)
        client.stats["out_bytes"] += size
        client._pending += frames
        client._pending_data_size += size
        if not client.is_connected:
            return  # it goes out when nats-py closes or has reconnected
        transport = client._transport
        if isinstance(transport, TcpTransport) and _buffered(transport) < _SHORT:
            pending, client._pending, client._pending_data_size = client._pending, [], 0
            transport.writelines(pending)  # type: ignore[no-untyped-call]
        elif client._flush_queue is not None and client._flush_queue.empty():
            client._flush_queue.put_nowait(asyncio.get_running_loop().create_future())


def _buffered(transport: TcpTransport) -> int:
    writer = transport._io_writer
    return writer.transport.get_write_buffer_size() if writer is not None else 0
