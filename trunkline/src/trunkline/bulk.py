"""Publishing in bulk: as batches where streams take them, and each event by itself otherwise, with an answer for each.

Events are read a block at a time, so that those of a generator are made while the server stores the ones before. Every
stream that takes batches has one, which stays open until there are no more events. What cannot go that way waits until
the batches have ended, and with it the later events of its key, which would overtake it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import islice

from trunkline.batches import LEAST, Batch
from trunkline.connection import Connection
from trunkline.errors import (
    InvalidEvent,
    InvalidSubject,
    NoStreamForSubject,
    NotConnected,
    StreamUnavailable,
    TrunklineError,
)
from trunkline.events import Sendable
from trunkline.jetstream import JetStreamState
from trunkline.receipts import Guarantee, Receipt

_BLOCK = 256
_NEVER_KEPT = (NoStreamForSubject, InvalidEvent, InvalidSubject)


class _Sent:
    """A stream's batch, and which events of it are not known to be stored."""

    def __init__(self, stream: str, batch: Batch) -> None:
        self.stream = stream
        self.batch = batch
        self.indexes: deque[int] = deque()
        self.settled = 0


class Bulk:
    """One call's events; `publish` is how an event goes by itself.

    `limit` and `window` are those of `Batch`.
    """

    def __init__(
        self,
        connection: Connection,
        publish: Callable[[Sendable], Awaitable[Receipt]],
        *,
        limit: float,
        window: int,
    ) -> None:
        self._connection = connection
        self._publish = publish
        self._limit = limit
        self._window = window
        self._answers: list[Receipt | TrunklineError | None] = []
        self._events: dict[int, Sendable] = {}
        """Those that are not stored yet; the others are let go, as there may be many."""
        self._sent: dict[str, _Sent] = {}
        """By stream."""
        self._streams: dict[str, str | None] = {}
        """By subject: the stream that has a batch for it, if any."""
        self._stream_of: dict[str, str] = {}
        """By key: the stream whose batch has its events."""
        self._apart: list[int] = []
        self._keys_apart: set[str] = set()

    async def send(self, events: Iterable[Sendable]) -> list[Receipt | TrunklineError]:
        """Publish them all. An error of the iterable is raised when the events before it have been sent."""
        reading = iter(events)
        try:
            while True:
                block, failure = _read(reading)
                await self._send_block(block)
                if len(block) < _BLOCK:
                    break
            await self._end_batches()
        finally:
            for sent in self._sent.values():
                sent.batch.close()
        async with asyncio.TaskGroup() as group:
            for chain in self._chains():
                group.create_task(self._publish_chain(chain))
        if failure is not None:
            raise failure
        return [answer for answer in self._answers if answer is not None]

    async def _send_block(self, block: list[Sendable]) -> None:
        first = len(self._answers)
        self._answers += [None] * len(block)
        numbered = dict(enumerate(block, first))
        self._events |= numbered
        for stream, indexes in self._divide(numbered).items():
            sent = self._sent.get(stream)
            if sent is None and len(indexes) >= LEAST:
                batch = Batch(self._connection, limit=self._limit, window=self._window)
                sent = self._sent[stream] = _Sent(stream, batch)
            if sent is None or sent.batch.ended:
                for index in indexes:
                    self._set_apart(index)
            else:
                sent.indexes += indexes
                await sent.batch.add([numbered[index] for index in indexes])
                self._settle(sent)

    def _divide(self, events: dict[int, Sendable]) -> dict[str, list[int]]:
        """Return the events of each stream that takes batches; a key must not be in two streams."""
        found: dict[str, list[int]] = {}
        most = self._connection.max_payload or 0
        if self._connection.known_jetstream() is not JetStreamState.YES:
            most = 0
        for index, event in events.items():
            stream = self._stream(event.subject)
            if stream is None or not _fits(event, most) or not self._is_free(event.key, stream):
                self._set_apart(index)
            elif stream in found:
                found[stream].append(index)
            else:
                found[stream] = [index]
        return found

    def _stream(self, subject: str) -> str | None:
        """Return the stream that keeps the subject, if it takes batches."""
        if subject not in self._streams:
            stream = self._connection.stream_keeping(subject)
            status = self._connection.status_of(stream) if stream is not None else None
            takes = status is not None and status.takes_batches and status.error is None
            self._streams[subject] = stream.name if stream is not None and takes else None
        return self._streams[subject]

    def _is_free(self, key: str | None, stream: str) -> bool:
        """Whether no earlier event of `key` is anywhere but in the batch of `stream`."""
        return key is None or (key not in self._keys_apart and self._stream_of.setdefault(key, stream) == stream)

    def _set_apart(self, index: int) -> None:
        self._apart.append(index)
        key = self._events[index].key
        if key is not None:
            self._keys_apart.add(key)

    def _settle(self, sent: _Sent) -> None:
        """Answer for what the batch is known to have stored."""
        for _ in range(sent.batch.stored - sent.settled):
            index = sent.indexes.popleft()
            event = self._events.pop(index)
            self._answers[index] = Receipt(Guarantee.STORED, event.id, event.subject, sent.stream)
        sent.settled = sent.batch.stored

    async def _end_batches(self) -> None:
        """End the batches; what they have not stored goes on by itself, as each event has to be answered."""
        for sent in self._sent.values():
            await sent.batch.commit()
            self._settle(sent)
            self._apart += sent.indexes
            if sent.batch.cut_off:
                for index in sent.indexes:
                    reason = "the connection was lost before the stream acknowledged"
                    self._answers[index] = StreamUnavailable(self._events[index].subject, reason, stored_unknown=True)

    def _chains(self) -> Iterable[list[int]]:
        """Return, of what is not stored yet, each key's events in their order; an event without a key stands alone."""
        chains: dict[str | int, list[int]] = {}
        for index in sorted(self._apart):
            key = self._events[index].key
            chains.setdefault(index if key is None else key, []).append(index)
        return chains.values()

    async def _publish_chain(self, chain: Iterable[int]) -> None:
        """Publish the events of a key that are not in a batch, or were not stored by one, in their order.

        After one that may be tried again, the later ones are not sent: they would overtake it.
        """
        blocked: TrunklineError | None = None
        for index in chain:
            event = self._events[index]
            answer = self._answers[index] or blocked or await self._answer(event)
            self._answers[index] = answer
            if blocked is None and isinstance(answer, TrunklineError) and not isinstance(answer, _NEVER_KEPT):
                blocked = _after(answer, event)

    async def _answer(self, event: Sendable) -> Receipt | TrunklineError:
        try:
            return await self._publish(event)
        except TrunklineError as error:
            return error


def _read(events: Iterator[Sendable]) -> tuple[list[Sendable], Exception | None]:
    """Return the next block, which is short at the end, and what the iterator raised at its end."""
    block: list[Sendable] = []
    try:
        for event in islice(events, _BLOCK):
            block.append(event)
    except Exception as error:  # noqa: BLE001 - raised when the block has been sent
        return block, error
    return block, None


def _fits(event: Sendable, most: int) -> bool:
    """Whether it can be written, in so many bytes."""
    try:
        return len(event.payload) + len(event.head()) <= most
    except InvalidEvent:
        return False  # published by itself, it says why


def _after(error: TrunklineError, event: Sendable) -> TrunklineError:
    if isinstance(error, NotConnected):
        return error
    return StreamUnavailable(event.subject, f"an earlier event of its key waits: {error}", stored_unknown=False)
