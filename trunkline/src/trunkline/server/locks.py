"""Locks on files, as flock(2) has them: the kernel gives them back when their holder dies, whatever killed it."""

import asyncio
import errno
import fcntl
import os
from pathlib import Path

from trunkline.errors import StoreTaken

_PRIVATE = 0o600
_POLL_SECONDS = 0.01


def open_lock(path: Path) -> int:
    """Open the lock file at `path`, made when missing; the descriptor is not inherited by programs started from here.

    Raises:
        StoreTaken: the file cannot be opened for writing.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    except OSError as error:
        raise unwritable(path.parent, error) from error


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock if it is free now; never waits.

    Raises:
        StoreTaken: the file system has no locks.
    """
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise StoreTaken(f"the store's file system cannot lock files ({error.strerror}); use a local disk") from error
    return True


async def wait_for_lock(descriptor: int, *, shared: bool = False) -> None:
    """Take the lock when it is free; the caller sets the limit.

    Raises:
        StoreTaken: the file system has no locks.
    """
    while True:
        if try_lock(descriptor, shared=shared):
            return
        await asyncio.sleep(_POLL_SECONDS)


def unlock(descriptor: int) -> None:
    """Give the lock back, also where a forked child still has the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def unwritable(store: Path, error: OSError) -> StoreTaken:
    """Return the error that says that `store` cannot be written, and why."""
    return StoreTaken(f"the store {store} cannot be written: {error.strerror or error}")
