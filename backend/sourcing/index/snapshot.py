"""Saving an index to a file, and reading it again.

The file is written aside, flushed to the disk, and renamed: who is killed meanwhile leaves the former one as it was.
A lock, which the kernel gives back for the dead, lets one process save at a time.

The file begins with what it is and for whom (`Origin`), and ends with a checksum of all before it, which is looked at
before anything is read: faiss trusts its files. What follows from the rest quickly (who has which skill, the vectors of
small segments) is not in it.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import numpy as np

from sourcing.index.columns import Columns, Mask
from sourcing.index.index import Index
from sourcing.index.nearest import Lists
from sourcing.index.segment import Segment
from sourcing.index.vocabulary import Meaning, Vocabulary

MAGIC = b"expert-sourcing search index 3\n"
"""Another number for every change of the format."""
DIGEST_BYTES = 32
READ_AT_ONCE = 1 << 20


class SnapshotUnusable(Exception):
    """A snapshot cannot be used, and the index must be built from the database; the text says why."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a snapshot comes from: the database that it was made of, and the place in the stream up to which
    it has everything."""

    database: str
    place: str | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """An index as it was at one moment, to be saved while it changes."""

    origin: Origin
    names: tuple[str, ...]
    dimensions: int
    fingerprint: str
    segments: tuple[tuple[Segment, Mask], ...]


def frozen(index: Index, origin: Origin) -> Frozen:
    """Return the index as it is now; quick."""
    segments = tuple((segment, segment.alive.copy()) for segment in index.segments)
    known = index.vocabulary
    return Frozen(origin, tuple(known.names), known.dimensions, known.fingerprint(), segments)


def save(path: Path, state: Frozen) -> bool:
    """Save a state; say whether that was done: not while another process does. Takes seconds: for a thread.

    Raises:
        OSError: it cannot be written; the former file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        aside = path.with_suffix(".writing")
        with open(aside, "wb") as file:
            _write(_Summing(file), state)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        _sync_folder(path.parent)
    return True


def load(path: Path, meaning: Meaning, database: str) -> tuple[Index, Origin]:
    """Read a snapshot. Takes seconds: for a thread.

    Raises:
        SnapshotUnusable: there is none; it is torn, of another version, of another database, or made with other
            vectors.
        OSError: it cannot be read.
    """
    if not path.exists():
        raise SnapshotUnusable("there is none")
    with open(path, "rb") as file:
        _check(file)
        file.seek(len(MAGIC))
        head = _read_json(file)
        origin = Origin(**head["origin"])
        if origin.database != database:
            raise SnapshotUnusable("it was made of another database")
        vocabulary = Vocabulary(meaning, head["names"])
        if head["dimensions"] != meaning.dimensions or head["fingerprint"] != vocabulary.fingerprint():
            raise SnapshotUnusable("it was made with other skill vectors")
        return Index(vocabulary, [_read_segment(file, vocabulary) for _ in range(head["segments"])]), origin


def _write(file: "_Summing", state: Frozen) -> None:
    file.write(MAGIC)
    head = {"origin": asdict(state.origin), "names": state.names, "segments": len(state.segments)}
    _write_json(file, head | {"dimensions": state.dimensions, "fingerprint": state.fingerprint})
    for segment, alive in state.segments:
        _write_segment(file, segment, alive)
    file.end()


def _write_segment(file: "_Summing", segment: Segment, alive: Mask) -> None:
    nearest = segment.nearest if isinstance(segment.nearest, Lists) else None
    _write_json(file, {"probes": nearest.probes if nearest else 0})
    for each in fields(Columns):
        np.save(file, getattr(segment.columns, each.name), allow_pickle=False)
    np.save(file, alive, allow_pickle=False)
    if nearest is not None:
        import faiss

        faiss.write_index(nearest.index, faiss.PyCallbackIOWriter(file.write))


def _read_segment(file: IO[bytes], vocabulary: Vocabulary) -> Segment:
    probes = _read_json(file)["probes"]
    columns = Columns(**{each.name: np.load(file, allow_pickle=False) for each in fields(Columns)})
    alive = np.load(file, allow_pickle=False)
    nearest = None
    if probes:
        import faiss

        nearest = Lists(faiss.read_index(faiss.PyCallbackIOReader(file.read)), probes)
    segment = Segment(columns, vocabulary, nearest)
    segment.alive = alive
    return segment


def _check(file: IO[bytes]) -> None:
    """Look at the file's beginning and at its checksum."""
    size = os.fstat(file.fileno()).st_size
    if file.read(len(MAGIC)) != MAGIC:
        raise SnapshotUnusable("it is of another version, or no snapshot")
    digest, left = blake2b(MAGIC, digest_size=DIGEST_BYTES), size - len(MAGIC) - DIGEST_BYTES
    while left > 0 and (block := file.read(min(READ_AT_ONCE, left))):
        digest.update(block)
        left -= len(block)
    if left != 0 or file.read() != digest.digest():
        raise SnapshotUnusable("it is torn: its checksum is another")


def _write_json(file: "_Summing", value: dict[str, Any]) -> None:
    text = json.dumps(value).encode()
    file.write(len(text).to_bytes(8, "big") + text)


def _read_json(file: IO[bytes]) -> dict[str, Any]:
    length = int.from_bytes(file.read(8), "big")
    read: dict[str, Any] = json.loads(file.read(length))
    return read


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Summing:
    """Writes to a file and sums up what it has written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = blake2b(digest_size=DIGEST_BYTES)

    def write(self, data: bytes) -> int:
        """Write."""
        self._digest.update(data)
        return self._file.write(data)

    def end(self) -> None:
        """Write the checksum."""
        self._file.write(self._digest.digest())
