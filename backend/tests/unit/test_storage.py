"""The storage: files by key, bounded."""

import os
from pathlib import Path

import pytest

from core.storage import FileMissing, Storage, StorageError

KEY = "cvs/a/b"


async def test_what_was_put_is_got_and_what_was_deleted_is_gone(storage: Storage) -> None:
    await storage.put(KEY, b"content")
    assert await storage.get(KEY, max_bytes=7) == b"content"
    await storage.delete(KEY)
    await storage.delete(KEY)
    with pytest.raises(FileMissing):
        await storage.get(KEY, max_bytes=7)


async def test_a_file_over_the_bound_is_not_read(storage: Storage) -> None:
    await storage.put(KEY, b"content")
    with pytest.raises(StorageError, match="at most 6"):
        await storage.get(KEY, max_bytes=6)


@pytest.mark.parametrize("key", ["../outside", "a/../../outside"])
async def test_no_key_leaves_the_folder(storage: Storage, key: str) -> None:
    with pytest.raises(StorageError):
        await storage.put(key, b"content")


async def test_a_storage_that_cannot_be_opened_is_a_storage_error() -> None:
    with pytest.raises(StorageError):
        await Storage("nonsense://nowhere").put(KEY, b"content")


async def test_a_file_is_on_the_disk_with_its_folders_before_it_counts_as_kept(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    await storage.put(KEY, b"content")
    files = tmp_path / "files"
    assert flushed == [str(path) for path in (files / "cvs/a/b", files / "cvs/a", files / "cvs", files)]
