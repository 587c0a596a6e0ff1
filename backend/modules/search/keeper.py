"""The life of a process's index: read from its snapshot or the database, kept up to date by events, saved.

**Events** (`changes.py`) say only whose profile has changed; the profile is read from the database, so that an event
that comes twice, or late, does no harm.

**From where on.** The index knows its place in that stream: it has all up to there. A snapshot carries its place, and
what came later is replayed. Where that cannot be (the stream has dropped it, or is another one, or there is none), the
versions of all profiles are compared with the database's, and what differs is read.

**Small installations** have no index: as long as everybody can be scored, everybody is. The index is made when there
are more than `SMALL` profiles, and numpy and faiss are imported then.
"""

import asyncio
from collections import deque
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from modules.search.canary import CANARY_SECONDS, LEAST_RECALL, TRIED, recall_of, tell_recall, widened
from modules.search.changes import REMATCH, STREAM, gathered, whose
from modules.search.mirror import Mirror
from modules.search.reading import ids_up_to
from sourcing.index.documents import Hit, Query
from trunkline import ClientCutOff, Feed, Follower, NATSService, TrunklineError, followed
from trunkline.sql import Database

if TYPE_CHECKING:
    from sourcing.index.index import Index

SNAPSHOT = "freelancers.index"
"""The file's name."""

SMALL = 2000
"""Profiles up to which everybody is scored, and there is no index."""
BEGIN_SECONDS = 5.0
GLANCE_SECONDS = 1.0
CATCH_UP_SECONDS = 0.1
AGAIN_SECONDS = 1.0
LOOK_SECONDS = 10.0
"""Between two looks at whether there are enough profiles for an index."""
SAVE_SECONDS = 300.0
"""Between two snapshots, where something has changed."""
COMPARE_SECONDS = 600.0
"""Between two comparisons of all versions with the database."""
PENDING = 4096
QUERIES_KEPT = 32

log = structlog.get_logger(__name__)


class IndexNotReady(TrunklineError):
    """The index is still being read, and there are too many profiles to look at them all; it is worth asking later."""


class IndexKeeper:
    """Keeps the index of this process, from `start` to `stop`; `folder` is where its snapshot lies."""

    def __init__(self, nats_service: NATSService, database: Database, folder: Path) -> None:
        self.queries: deque[Query] = deque(maxlen=QUERIES_KEPT)
        """What was asked lately, for the canary."""
        self._database = database
        self._feed: Feed[str] = Feed(nats_service.connection, STREAM, REMATCH, whose, pending_limit=PENDING)
        self.mirror = Mirror(database, folder / SNAPSHOT)
        self._ready = False
        self._tried_at = monotonic()
        self._rebuild = False
        self._task: asyncio.Task[None] | None = None
        self._merging: asyncio.Task[None] | None = None

    @property
    def index(self) -> "Index | None":
        """The index, once it has everything."""
        return self.mirror.index if self._ready else None

    async def start(self) -> None:
        """Begin, in the background."""
        self._task = asyncio.create_task(self._run(), name="search index")

    async def stop(self) -> None:
        """Keep it no longer. What has changed since the last snapshot is replayed next time."""
        ending = {task for task in (self._task, self._merging) if task is not None}
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)
        await self._feed.stop()

    def rebuild(self) -> None:
        """Have the index read from the database again; until that is done, the present one answers."""
        self._rebuild = True

    async def search(self, query: Query, count: int) -> list[Hit]:
        """Return the best `count`.

        Raises:
            IndexNotReady: the index is still being read.
        """
        index = self.index
        if index is None:
            raise IndexNotReady("the index of the freelancers is being read; ask again later")
        self.queries.append(query)
        return await asyncio.to_thread(index.search, query, count)

    async def try_recall(self) -> float:
        """Answer what was asked lately once more, exactly, and tell how much of that the index finds."""
        index, queries = self.mirror.index, [self.queries.popleft() for _ in range(min(TRIED, len(self.queries)))]
        assert index is not None
        recall = await asyncio.to_thread(recall_of, index, queries)
        if recall < LEAST_RECALL:
            log.warning("search_index_looks_further", recall=recall, probes=widened(index))
        await self._database.write(partial(tell_recall, recall=recall))
        self._tried_at = monotonic()
        return recall

    async def _run(self) -> None:
        while True:
            try:
                await self._live()
            except (TrunklineError, OSError) as error:
                log.warning("search_index_waits", reason=str(error))
            except Exception:
                log.exception("search_index_failed")
            await asyncio.sleep(AGAIN_SECONDS if self.mirror.index is not None else LOOK_SECONDS)

    async def _live(self) -> None:
        """Keep the index until something fails, unless there is no need for one."""
        if not await self._is_needed():
            return
        if self.mirror.index is None and not self._rebuild:
            await self._open()
        try:
            with followed(self._feed, REMATCH) as follower:
                await self._follow(follower)
        except ClientCutOff as cut_off:
            log.info("search_index_follows_again", reason=str(cut_off))
            await self._without_stream()

    async def _is_needed(self) -> bool:
        if self.mirror.index is not None:
            return True
        return len(await self._database.read(partial(ids_up_to, count=SMALL + 1))) > SMALL

    async def _open(self) -> None:
        """Read the snapshot; where there is none that can be used, the index is made when its place is known."""
        reason = await self.mirror.load()
        if reason is not None:
            log.info("search_index_made_anew", reason=reason)
            self._rebuild = True
        else:
            log.info("search_index_loaded", place=self.mirror.place)
        await self._feed.start()

    async def _follow(self, follower: "Follower[str]") -> None:
        """Take what has changed since the index's place, and then what changes."""
        beginning = await follower.begin(self.mirror.place, BEGIN_SECONDS)
        missed = self.mirror.place is None or beginning.place is None or beginning.gone
        if self._rebuild:
            await self._build()
        elif missed:
            log.info("search_index_compared", differed=await self.mirror.compare())
        newest = self._feed.place
        while True:
            self.mirror.place = str(follower.place) if follower.place is not None else None
            if newest is None or follower.place is None or follower.place.sequence >= newest.sequence:
                self._get_ready()
                await self._see_to_it()
            await self.mirror.apply(await gathered(follower, GLANCE_SECONDS if self._ready else CATCH_UP_SECONDS))

    async def _without_stream(self) -> None:
        """Have an index that answers also while the stream cannot be read."""
        if self.mirror.index is not None and not self._ready and not self._rebuild:
            await self.mirror.compare()
            self._get_ready()

    def _get_ready(self) -> None:
        if self.mirror.index is not None and not self._ready:
            self._ready = True
            log.info("search_index_ready", freelancers=len(self.mirror.index), place=self.mirror.place)

    async def _see_to_it(self) -> None:
        """Do what is due now and then."""
        if self._rebuild:
            await self._build()
        now, index = monotonic(), self.mirror.index
        assert index is not None
        if now - self.mirror.compared_at > COMPARE_SECONDS:
            differed = await self.mirror.compare()
            if differed:
                log.warning("search_index_differed", freelancers=differed)
        if self.queries and now - self._tried_at > CANARY_SECONDS:
            await self.try_recall()
        if self._ready and self.mirror.is_changed and now - self.mirror.saved_at > SAVE_SECONDS:
            await self.mirror.save()
        if self._merging is None or self._merging.done():
            merge = index.large_merge()
            self._merging = asyncio.create_task(self.mirror.merge(index, merge)) if merge is not None else None

    async def _build(self) -> None:
        self._rebuild = False
        try:
            await self.mirror.build()
        except BaseException:
            self._rebuild = True
            raise
