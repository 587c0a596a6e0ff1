"""The index as a mirror of the database: made from it, brought up to it, compared with it, merged and saved.

Only one of these writes at a time; searching waits for none of them.
"""

import asyncio
from collections.abc import Collection
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from modules.matching import batches
from modules.search.building import apart, built, loaded
from modules.search.changes import CHANGES_AT_ONCE
from modules.search.reading import documents_of, versions_after, versions_of
from trunkline.sql import Database

if TYPE_CHECKING:
    from sourcing.index.index import Index, Merge

log = structlog.get_logger(__name__)


class Mirror:
    """An index of the database's freelancers, once it is made or loaded; `path` is its snapshot's."""

    def __init__(self, database: Database, path: Path) -> None:
        self.index: Index | None = None
        self.place: str | None = None
        """Up to where in the stream it has all."""
        self.is_changed = False
        """Since the last snapshot."""
        self.saved_at = self.compared_at = monotonic()
        self._database = database
        self._path = path
        self._writing = asyncio.Lock()

    async def load(self) -> str | None:
        """Load the snapshot; return why not, where it cannot be used."""
        found = await loaded(self._path, self._database)
        if isinstance(found, str):
            return found
        self.index, origin = found
        self.place = origin.place
        return None

    async def build(self) -> None:
        """Make the index from the database, and put it in the place of the former."""
        began = monotonic()
        index = self.index = await built(self._database)
        self.is_changed, self.compared_at = True, monotonic()
        log.info("search_index_built", freelancers=len(index), seconds=round(monotonic() - began, 1))

    async def apply(self, freelancer_ids: Collection[str]) -> int:
        """Bring these freelancers, at most `CHANGES_AT_ONCE`, up to the database; return how many were not."""
        index = self.index
        if index is None or not freelancer_ids:
            return 0
        documents = await self._database.read(partial(documents_of, freelancer_ids=freelancer_ids))
        known = index.versions(list(freelancer_ids))
        newer = [each for each in documents if known.get(each.id) != each.version]
        gone = known.keys() - {each.id for each in documents}
        if newer or gone:
            async with self._writing:
                await asyncio.to_thread(index.change, newer, gone)
            self.is_changed = True
        return len(newer) + len(gone)

    async def compare(self) -> int:
        """Compare all versions with the database's, bring up what differs, and return how many did."""
        index, differed, met = self.index, 0, 0
        assert index is not None
        before = len(index)
        more: str | None = ""
        while more is not None:
            versions, more = await self._database.read(partial(versions_after, freelancer_id=more))
            known = index.versions(list(versions))
            met += len(known)
            differed += await self._apply_all([id for id, version in versions.items() if known.get(id) != version])
        if met < before:
            differed += await self._drop_the_gone(index)
        self.compared_at = monotonic()
        return differed

    async def merge(self, index: "Index", merge: "Merge") -> None:
        """Join segments of the index beside it."""
        from sourcing.index.index import merged

        try:
            made = await apart(lambda: merged(merge, index.vocabulary))
            async with self._writing:
                index.take(merge, made)
        except Exception:
            index.give_up()
            log.exception("search_index_not_merged")

    async def save(self) -> None:
        """Save a snapshot, unless another process is saving one."""
        from sourcing.index.snapshot import Origin, frozen, save

        assert self.index is not None
        async with self._writing:
            state = frozen(self.index, Origin(self._database.id, self.place))
        self.is_changed = not await asyncio.to_thread(save, self._path, state)
        self.saved_at = monotonic()

    async def _apply_all(self, freelancer_ids: list[str]) -> int:
        return sum([await self.apply(some) for some in batches(freelancer_ids, CHANGES_AT_ONCE)])

    async def _drop_the_gone(self, index: "Index") -> int:
        """Take out those whom the database has not any more."""
        ids = [id.decode() for id in await asyncio.to_thread(lambda: index.ids().tolist())]
        dropped = 0
        for asked in batches(ids, CHANGES_AT_ONCE):
            there = await self._database.read(partial(versions_of, freelancer_ids=asked))
            dropped += await self.apply(set(asked) - there.keys())
        return dropped
