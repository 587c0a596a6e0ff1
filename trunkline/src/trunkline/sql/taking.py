"""Batches of events to send, read from the outbox one after another in a sweep.

While nothing is parked, all that waits is to be sent, and is read whole. When something is, only its places are read
first: fifty thousand events that wait for their stream are then passed without their payloads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from trunkline.sql import backlog
from trunkline.sql.database import Database
from trunkline.sql.entries import Entry, Row
from trunkline.sql.parking import Sweep, Waiting


@dataclass(frozen=True, slots=True)
class Batch:
    """Events to send, in order; `last` when the sweep has come to the end."""

    entries: Sequence[Entry]
    last: bool


class Taking:
    """Takes what a sweep lets through; `lane_of` says to which lane a subject belongs."""

    def __init__(self, database: Database, sweep: Sweep, lane_of: Callable[[str], str]) -> None:
        self._database = database
        self._sweep = sweep
        self._lane_of = lane_of
        self._lanes: dict[str, str] = {}

    async def next(self) -> Batch:
        """Read and choose the next batch."""
        if self._sweep.is_free:
            return await self._all()
        return await self._some()

    async def _all(self) -> Batch:
        rows, more = await self._database.read(partial(backlog.rows, after=self._sweep.after, most=backlog.BATCH))
        entries = [Entry(self._waiting(row), row) for row in rows]
        return Batch([entry for entry in entries if self._sweep.takes(entry.waiting)], not more)

    async def _some(self) -> Batch:
        chosen: dict[int, Waiting] = {}
        size = 0
        full = last = False
        while not full and not last:
            after, most = self._sweep.after, backlog.PAGE
            places = await self._database.read(partial(backlog.places, after=after, most=most))
            last = len(places) < most
            for place in places:
                waiting = self._waiting(place)
                if self._sweep.takes(waiting):
                    chosen[place.seq] = waiting
                    size += place.size
                full = len(chosen) == backlog.BATCH or size >= backlog.BATCH_BYTES
                if full:
                    last = False
                    break
        if not chosen:
            return Batch([], last)
        rows = await self._database.read(partial(backlog.rows_at, seqs=list(chosen)))
        return Batch([Entry(chosen[row.seq], row) for row in rows], last)

    def _waiting(self, row: Row | backlog.Place) -> Waiting:
        lane = self._lanes.get(row.subject)
        if lane is None:
            if len(self._lanes) >= backlog.PAGE:
                self._lanes.clear()
            lane = self._lanes[row.subject] = self._lane_of(row.subject)
        return Waiting(row.seq, row.key, lane)
