"""Making the index: from its snapshot, or from the database. numpy and faiss are imported here, and not before."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from modules.search.reading import documents_after
from trunkline.sql import Database

if TYPE_CHECKING:
    from sourcing.index.index import Index
    from sourcing.index.snapshot import Origin
    from sourcing.index.vocabulary import Meaning

T = TypeVar("T")


def skills_meaning() -> "Meaning":
    """Return what skills mean. The first time takes a while: for a thread."""
    from sourcing.encoding import DIMENSIONS
    from sourcing.index.vocabulary import Meaning
    from sourcing.skill_vectors import nearness, skill_vector

    return Meaning(DIMENSIONS, skill_vector, nearness)


async def loaded(path: Path, database: Database) -> "tuple[Index, Origin] | str":
    """Read the snapshot; return why not, where it cannot be used."""

    def load() -> "tuple[Index, Origin] | str":
        from sourcing.index import snapshot

        try:
            return snapshot.load(path, skills_meaning(), database.id)
        except (snapshot.SnapshotUnusable, OSError) as error:
            return str(error)

    return await apart(load)


async def built(database: Database) -> "Index":
    """Read everybody from the database. Takes some minutes for a million.

    Raises:
        DatabaseError: it cannot be read.
    """
    meaning = await asyncio.to_thread(skills_meaning)
    from sourcing.index.columns import Columns, columns_of, joined
    from sourcing.index.index import of_columns
    from sourcing.index.vocabulary import Vocabulary

    vocabulary = Vocabulary(meaning)
    parts: list[Columns] = []
    more: str | None = ""
    while more is not None:
        documents, more = await database.read(partial(documents_after, freelancer_id=more))
        parts.append(await asyncio.to_thread(columns_of, documents, vocabulary))
    return await apart(lambda: of_columns(joined(parts), vocabulary))


async def apart(function: Callable[[], T]) -> T:
    """Run what may take minutes in a thread that the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(done.set_result, function())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            settle = partial(done.set_exception, error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if done.done() else settle())

    threading.Thread(target=run, name="search index", daemon=True).start()
    return await done
