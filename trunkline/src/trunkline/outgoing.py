"""A persistent event's way out where there is a database: to its stream, or else into the outbox.

An event that its stream does not take now is kept under its own id. Later ones of its key are then kept too, for as
long as it waits, since they would overtake it; so are those that come after one which this process has put into the
outbox by itself (``outbox.add``).
"""

from collections.abc import Awaitable, Iterable, Iterator
from typing import TYPE_CHECKING

import structlog

from trunkline.errors import DatabaseError, NotConnected, OutboxFull, PublishError, StreamUnavailable, TrunklineError
from trunkline.events import Event
from trunkline.memory import Memory
from trunkline.publisher import Publisher
from trunkline.receipts import Guarantee, Receipt

if TYPE_CHECKING:
    from trunkline.records import Records

log = structlog.get_logger(__name__)


class Outgoing:
    """Publishes, and keeps what is not taken."""

    def __init__(self, publisher: Publisher, records: "Records", memory: Memory) -> None:
        self._publisher = publisher
        self._records = records
        self._memory = memory

    async def publish(self, event: Event) -> Receipt:
        """Have a stream keep `event`, or else the outbox.

        Raises:
            InvalidEvent, NoStreamForSubject: no stream would ever take it.
            PublishError: it was not taken, and could not be kept either; `OutboxFull` is one of these.
        """
        if await self._must_wait(event):
            return await self._queue(event, None)
        try:
            receipt = await self._publisher.publish(event)
        except (NotConnected, StreamUnavailable) as error:
            return await self._queue(event, error)
        if receipt.guarantee is Guarantee.STORED:
            await self._memory.jetstream_seen()
        return receipt

    async def publish_many(self, events: Iterable[Event]) -> list[Receipt | TrunklineError]:
        """Have streams keep `events`, or else the outbox; answers as `Publisher.publish_many`.

        An error of the iterable is raised when all events before it are kept.
        """
        answers: dict[int, Receipt | TrunklineError] = {}
        behind: list[tuple[int, Event]] = []
        failures: list[Exception] = []
        await self._publish_all(_until_failure(self._not_behind(events, behind), failures), answers)
        await self._publish_all(await self._not_queued(behind, answers), answers)
        if any(isinstance(answer, Receipt) and answer.stream is not None for answer in answers.values()):
            await self._memory.jetstream_seen()
        if failures:
            raise failures[0]
        return [answers[index] for index in range(len(answers))]

    def _not_behind(self, events: Iterable[Event], behind: list[tuple[int, Event]]) -> Iterator[tuple[int, Event]]:
        """Yield the events, with their places; put those `behind` that may overtake an earlier one of their key."""
        keys: set[str | None] = set()
        for index, event in enumerate(events):
            if self._records.may_wait(event.key) or event.key in keys:
                keys.add(event.key)
                behind.append((index, event))
            else:
                yield index, event

    async def _not_queued(
        self, behind: list[tuple[int, Event]], answers: dict[int, Receipt | TrunklineError]
    ) -> list[tuple[int, Event]]:
        """Queue the events that would overtake an earlier one; return the others."""
        others = []
        for index, event in behind:
            try:
                waits = await self._must_wait(event)
            except PublishError as error:
                answers[index] = error
                continue
            if waits:
                answers[index] = await self._answer(self._queue(event, None))
            else:
                others.append((index, event))
        return others

    async def _publish_all(
        self, events: Iterable[tuple[int, Event]], answers: dict[int, Receipt | TrunklineError]
    ) -> None:
        places: list[tuple[int, Event]] = []

        def reading() -> Iterator[Event]:
            for place in events:
                places.append(place)
                yield place[1]

        for (index, event), answer in zip(places, await self._publisher.publish_many(reading()), strict=True):
            if isinstance(answer, NotConnected | StreamUnavailable):
                answer = await self._answer(self._queue(event, answer))
            answers[index] = answer

    async def _answer(self, work: Awaitable[Receipt]) -> Receipt | TrunklineError:
        try:
            return await work
        except PublishError as error:
            return error

    async def _must_wait(self, event: Event) -> bool:
        """Whether an earlier event of the same key still waits in the outbox, so that this one would overtake it."""
        if event.key is None or not self._records.may_wait(event.key):
            return False
        try:
            return await self._records.waits(event.key)
        except DatabaseError as error:
            raise PublishError(f"an earlier event of key {event.key!r} may wait in the outbox: {error}") from error

    async def _queue(self, event: Event, cause: Exception | None) -> Receipt:
        try:
            receipt = await self._records.queue(event)
        except OutboxFull:
            raise
        except DatabaseError as error:
            why = f"{cause}; " if cause is not None else ""
            raise PublishError(f"{event.subject} was not kept: {why}{error}") from error
        log.debug("event queued", subject=event.subject, id=event.id, reason=str(cause) if cause else "order")
        return receipt


def _until_failure(events: Iterator[tuple[int, Event]], failures: list[Exception]) -> Iterator[tuple[int, Event]]:
    """Yield the events up to an error of theirs, which is put aside."""
    try:
        yield from events
    except Exception as error:  # noqa: BLE001 - raised when the events before it are kept
        failures.append(error)
