"""Where files are kept: a folder by default, S3 and the like by URL. Every call has a limit of time and of size."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from core.config import settings

SECONDS = 30.0


class StorageError(Exception):
    """The storage did not do what it was asked, or not in time."""


class FileMissing(StorageError):
    """There is no file of that key."""


class Storage:
    """Files by key, at a URL (``file:///folder``, ``s3://bucket/prefix``, ...); opened at first use."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def put(self, key: str, content: bytes) -> None:
        """Keep a file; whole or not at all, and, in a folder, also through a power failure: its row will be too.

        Raises:
            StorageError: it could not be kept within half a minute.
        """
        async with self._limited(key) as store:
            await obstore.put_async(store, key, content)
            if isinstance(store, LocalStore) and store.prefix is not None:
                await asyncio.to_thread(_flush, store.prefix, key)

    async def get(self, key: str, *, max_bytes: int) -> bytes:
        """Return a file.

        Raises:
            FileMissing: there is none of that key.
            StorageError: it is larger than `max_bytes`, or could not be read within half a minute.
        """
        async with self._limited(key) as store:
            found = await obstore.get_async(store, key)
            if found.meta["size"] > max_bytes:
                raise StorageError(f"file {key!r} is {found.meta['size']} bytes; at most {max_bytes} are read")
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        """Remove a file; one that is not there is removed already.

        Raises:
            StorageError: it could not be removed within half a minute.
        """
        try:
            async with self._limited(key) as store:
                await obstore.delete_async(store, key)
        except FileMissing:
            return

    @cached_property
    def _store(self) -> ObjectStore:
        if self._url.startswith("file:"):
            return from_url(self._url, mkdir=True)
        return from_url(self._url)

    @asynccontextmanager
    async def _limited(self, key: str) -> AsyncIterator[ObjectStore]:
        try:
            async with asyncio.timeout(SECONDS):
                yield self._store
        except FileNotFoundError as error:
            raise FileMissing(f"there is no file {key!r}") from error
        except TimeoutError as error:
            raise StorageError(f"the storage has not answered for {SECONDS:.0f} s") from error
        except (BaseError, OSError, ValueError) as error:
            raise StorageError(f"the storage failed on {key!r}: {type(error).__name__}") from error


def _flush(root: Path, key: str) -> None:
    """Have the disk take a file, and the names in the folders above it."""
    file = root / key
    for path in (file, *file.parents[: len(Path(key).parts)]):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


storage = Storage(settings.files_url)


async def get_storage() -> Storage:
    """Return the process's storage; a dependency of the routes."""
    return storage
