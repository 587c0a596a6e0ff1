"""A coroutine that has been begun: most handlers of quick work end without having waited for anything.

For those there is no need of a time limit, whose making and ending costs more than they do. `begin` runs a coroutine to
its first wait, in the task that calls it; what it returns is awaited for the rest.
"""

from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Begun:
    """A coroutine that waits for something; await it to go on."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waits_for: object) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        """Pass on what it waits for, and what comes of that (PEP 380, for a coroutine that has begun)."""
        waits_for = self._waits_for
        while True:
            try:
                sent = yield waits_for
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
                step: Callable[[Any], object] = self._coroutine.throw
                given: object = error
            else:
                step, given = self._coroutine.send, sent
            try:
                waits_for = step(given)
            except StopIteration as end:
                return end.value


def begin(coroutine: Coroutine[Any, Any, Any]) -> Begun | None:
    """Run `coroutine` until it waits for something; None when it has ended without that."""
    try:
        return Begun(coroutine, coroutine.send(None))
    except StopIteration:
        return None
