"""What closes as soon as its process is told to end: a hub, or whatever else keeps responses open."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Closing(Protocol):
    """What can be closed; a `Hub` is one."""

    def close(self) -> None:
        """Let what is open end."""
        ...


@contextmanager
def closed_on_signals(closing: Closing) -> Iterator[None]:
    """Close it as soon as the process is told to end (SIGINT, SIGTERM), while the block runs.

    HTTP servers let running responses finish before they shut an application down; a stream of events has no end of
    its own, so that without this they would wait for ever. The signal's former handler is called as well.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets only the main thread set handlers; whoever runs the server elsewhere ends it by other means
        return
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def close(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(closing.close)
        handler = former[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    ours = [number for number, handler in former.items() if callable(handler)]
    for number in ours:
        signal.signal(number, close)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) is close:
                signal.signal(number, former[number])
