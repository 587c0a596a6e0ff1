"""A time limit for many short pieces of work, each in a task that may do others after it.

`asyncio.timeout` makes a timer for each piece and cancels it again. Here one timer serves all the pieces that are
worked on one after another: it looks, when it rings, whether the piece of that moment has used up its time.
"""

import asyncio
from types import TracebackType
from typing import Self


class TimeLimit:
    """Cancels the task that has entered it when `seconds` are over; ``with limit:`` around each piece.

    The cancellation is turned into `TimeoutError` at the end of the block, as `asyncio.timeout` does. `expired` says
    that the time of the piece was over, also when the work ate its cancellation.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[object] | None = None
        self._until = 0.0
        self._cancelling = 0
        self._timer: asyncio.TimerHandle | None = None
        self.expired = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self.expired = False
        self._until = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._until, self._ring)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if not self.expired:
            return
        assert task is not None
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _ring(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._ring)
            return
        self.expired = True
        self._task.cancel()
