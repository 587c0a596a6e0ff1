"""A TCP proxy on loopback whose connections can be cut and delayed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest_asyncio

_CHUNK = 64 * 1024
_CHUNKS_UNDER_WAY = 64  # in each direction; then the sender is made to wait, as by a full window
_CONNECT_SECONDS = 5.0

TcpProxyFactory = Callable[[int], Awaitable["TcpProxy"]]


class TcpProxy:
    """Passes on what comes to `port` to a port of 127.0.0.1, and back."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._cut = False
        self.delay = 0.0
        """Seconds by which whatever arrives from now on is held back, in each direction."""

    @property
    def port(self) -> int:
        """Where it listens; it has been started."""
        if self._server is None:
            raise RuntimeError("the proxy does not run")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many it carries now."""
        return len(self._connections)

    async def start(self) -> None:
        """Listen on a free port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Listen no more, and end all connections."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        await self._end_connections()

    async def cut(self) -> None:
        """End all connections at once, and refuse new ones until `restore`."""
        self._cut = True
        await self._end_connections()

    def restore(self) -> None:
        """Take connections again, and delay nothing."""
        self._cut = False
        self.delay = 0.0

    async def _end_connections(self) -> None:
        ending = set(self._connections)
        for connection in ending:
            connection.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._carry(reader, writer), name="tcp proxy connection")
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _carry(self, near_reader: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
        far_writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            await self._both_ways((near_reader, far_writer), (far_reader, near_writer))
        except (OSError, TimeoutError):
            return  # whoever connected is told by the end of the connection
        finally:
            near_writer.transport.abort()
            if far_writer is not None:
                far_writer.transport.abort()

    async def _both_ways(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        """Carry until one side has ended."""
        pumps = [asyncio.create_task(self._pump(reader, writer)) for reader, writer in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry in one direction, until the sender has ended and all is delivered, or the receiver is gone."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_CHUNKS_UNDER_WAY)
        reading = asyncio.create_task(self._read(reader, under_way))
        try:
            await _deliver(under_way, writer)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, reader: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]]) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await under_way.put((loop.time() + self.delay, chunk))
        await under_way.put((loop.time(), b""))


async def _deliver(under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    """Write what is under way when it is due; ends with an empty chunk, or a broken connection."""
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while True:
            due, chunk = await under_way.get()
            if not chunk:
                return
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(chunk)
            await writer.drain()


@pytest_asyncio.fixture
async def tcp_proxy_factory() -> AsyncIterator[TcpProxyFactory]:
    """Put proxies in front of ports by asking for them."""
    started: list[TcpProxy] = []

    async def start(target_port: int) -> TcpProxy:
        proxy = TcpProxy(target_port)
        started.append(proxy)
        await proxy.start()
        return proxy

    yield start
    for proxy in started:
        await proxy.stop()
