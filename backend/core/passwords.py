"""Passwords: argon2, off the event loop, with a bound on how many are hashed and how many wait.

Each hash takes 64 MiB and some tens of milliseconds of a core, on purpose; without a bound a burst of sign-ins would
take the machine.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from pwdlib import PasswordHash

T = TypeVar("T")

AT_ONCE = 2
MAX_WAITING = 200

_argon2 = PasswordHash.recommended()
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
_waiting = 0


class TooBusy(Exception):
    """More passwords wait to be hashed than a person would wait for; try again later."""


async def hash_password(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        TooBusy: too many wait.
    """
    return await _run(lambda: _argon2.hash(password))


async def verify_password(password: str, kept: str | None) -> bool:
    """Say whether `password` is the one of which `kept` was kept; None takes as long as any other, and is False.

    Raises:
        TooBusy: too many wait.
    """
    return await _run(lambda: _argon2.verify(password, kept or _nobodys()) and kept is not None)


@cache
def _nobodys() -> str:
    return _argon2.hash("of an account that does not exist")


async def _run(work: Callable[[], T]) -> T:
    global _waiting
    if _waiting >= MAX_WAITING:
        raise TooBusy("too many sign-ins wait; try again in a few seconds")
    _waiting += 1
    future = asyncio.get_running_loop().run_in_executor(_threads, work)
    future.add_done_callback(_done)
    return await future


def _done(future: object) -> None:
    global _waiting
    _waiting -= 1
