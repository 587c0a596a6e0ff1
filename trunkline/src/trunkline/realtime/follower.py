"""One client's way: what it missed, from the stream, and then what comes, from the hub.

**The seam.** What was missed is read up to the feed's place; then the client joins the hub, and in the same turn of the
event loop the feed's place is noted: all that is later will wait in its queue, so all up to there is read from the
stream. The second part is short, however much was missed, so that the queue does not fill up meanwhile. A client that
saw more than this process has (it comes from another one) is not given that twice: what is not after its place is
skipped.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from trunkline.errors import ClientCutOff, NotConnected
from trunkline.jetstream import ApiError, ApiSilent
from trunkline.realtime.feed import Feed, Item
from trunkline.realtime.hub import CutOff, HubClient
from trunkline.realtime.place import Place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a client is told first.

    `place` is where it begins, None when it cannot resume; `gone` says that it asked for a place that the stream does
    not have (any more), so that it begins at the oldest there is.
    """

    place: Place | None
    gone: bool = False


class Follower(Generic[T]):
    """Follows one subject of a feed; made by `followed`. `begin` once, then `next` again and again."""

    def __init__(self, feed: Feed[T], subject: str, leaving: ExitStack) -> None:
        self._feed = feed
        self._subject = subject
        self._leaving = leaving
        self._client: HubClient[Item[T]] | None = None
        self._seen: Place | None = None
        self._until = 0  # the sequence up to which the stream is to be read
        self._catching_up = False

    @property
    def place(self) -> Place | None:
        """Up to where it has been given all; None when it cannot resume."""
        now = self._feed.place
        if self._seen is None or now is None or self._catching_up or self._client is None or not self._client.is_idle:
            return self._seen
        return now if now.epoch == self._seen.epoch and now.sequence > self._seen.sequence else self._seen

    async def begin(self, last_id: str | None, limit: float) -> Beginning:
        """Begin after `last_id`, or with what comes from now on.

        Waits up to `limit` seconds until it is known whether there is a stream; without one, nothing is resumed.

        Raises:
            ClientCutOff: what came after `last_id` cannot be read now, or the program ends.
        """
        await self._feed.settled(limit)
        here = self._feed.place
        if here is None:
            if last_id is not None and self._feed.resumes is None:
                raise ClientCutOff(CutOff.UNAVAILABLE)
            self._join()
            return Beginning(None)
        asked = Place.parse(last_id) if last_id is not None else here
        if asked == here:
            self._join()
            self._seen = here
            return Beginning(here)
        return await self._begin_after(asked)

    async def next(self, timeout: float) -> Item[T]:
        """Return the next item.

        Raises:
            TimeoutError: nothing came within `timeout` seconds; ask again.
            ClientCutOff: there will be no more; it may come again with the last id it was given.
        """
        until = monotonic() + timeout
        async with asyncio.timeout(timeout):
            while self._catching_up:
                item = await self._missed()
                if item is not None:
                    return item
        assert self._client is not None
        while True:
            item = await self._client.get(max(0.0, until - monotonic()))
            if self._is_new(item):
                return item

    async def _begin_after(self, asked: Place | None) -> Beginning:
        try:
            extent = await self._feed.extent()
        except (NotConnected, ApiError, ApiSilent) as error:
            raise ClientCutOff(CutOff.UNAVAILABLE) from error
        now = self._feed.place
        if now is None or now.epoch != extent.epoch:
            self._feed.look_again()
            raise ClientCutOff(CutOff.UNAVAILABLE)
        gone = asked is None or not extent.has_all_after(asked)
        self._seen = extent.oldest if asked is None or gone else asked
        self._until = now.sequence
        self._catching_up = True
        return Beginning(self._seen, gone)

    async def _missed(self) -> Item[T] | None:
        """Return the next item from the stream; None when there was none to give this time."""
        seen = self._the_same_stream()
        try:
            found = await self._feed.stored(self._subject, seen.sequence + 1)
        except (NotConnected, ApiError, ApiSilent) as error:
            raise ClientCutOff(CutOff.UNAVAILABLE) from error
        if found is not None and found.sequence <= self._until:
            self._seen = Place(seen.epoch, found.sequence)
            return self._feed.item(found.event, self._seen)
        self._seen = Place(seen.epoch, max(seen.sequence, self._until))
        if self._client is not None:
            self._catching_up = False
            return None
        self._the_same_stream()
        self._join()
        return None

    def _the_same_stream(self) -> Place:
        if self._feed.hub.closed:
            raise ClientCutOff(CutOff.CLOSING)
        now = self._feed.place
        if self._seen is None or now is None or now.epoch != self._seen.epoch:
            raise ClientCutOff(CutOff.CHANGED)
        return self._seen

    def _join(self) -> None:
        self._client = self._leaving.enter_context(self._feed.hub.joined(self._subject))
        place = self._feed.place
        self._until = place.sequence if place is not None else 0

    def _is_new(self, item: Item[T]) -> bool:
        if item.place is None or self._seen is None:
            return True
        if item.place.sequence <= self._seen.sequence:
            return False
        self._seen = item.place
        return True


@contextmanager
def followed(feed: Feed[T], subject: str) -> Iterator[Follower[T]]:
    """Follow `subject` while the block runs."""
    with ExitStack() as leaving:
        yield Follower(feed, subject, leaving)
