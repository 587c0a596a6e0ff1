"""One durable consumer of one stream: pull, dispatch, acknowledge.

**Prefetch.** At most twice as many messages are held as may run at once. One pull request is outstanding at a time, for
as many as there is room for. All that is held, running or waiting for its turn, is kept alive by progress
acknowledgements, so nothing comes twice because it was slow.

**Healing.** A pull request is answered by messages, heartbeats, and a status at its end. What is no normal end (the
consumer was deleted, its leader moved, nobody answers), or silence, means: pause, see to the consumer, pull again. The
pauses grow, so nothing spins. What is held meanwhile goes on. A message that comes again while it is still held here is
not run a second time; its newer acknowledgement address is taken.

**Order.** An ordered handler has one such pull, in the process that owns it. Each key is a lane; a message that failed
stays here and parks its lane for the pause before its next attempt. What has piled up behind busy and parked messages
is bounded; when there is no room left, nothing is pulled until there is, and `error` says so. Deliveries are numbered
by the consumer: a number that is missing was delivered to somebody else, or got lost on the way, and what follows it
must not run first. So then, and after any trouble, the consumer goes back to its acknowledgement floor
(server_consumer.py), on a new inbox, so that nothing of before is taken for what comes now. What comes again and was
done is known by its mark in the database.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import monotonic

import pydantic_core
import structlog
from nats.aio.msg import Msg

from trunkline.attempts import Attempts
from trunkline.backoff import Backoff
from trunkline.cancellation import end
from trunkline.connection import Connection
from trunkline.connection_subscription import ConnectionSubscription
from trunkline.errors import NotConnected
from trunkline.events import Event
from trunkline.jetstream import NANOSECOND, ApiError, ApiSilent, JetStreamState
from trunkline.lanes import Lanes
from trunkline.message import Acknowledging, Message
from trunkline.queued import Memory
from trunkline.server_consumer import ServerConsumer, Unusable
from trunkline.surroundings import Generation

log = structlog.get_logger(__name__)

ACK_WAIT = 30.0

_HELD = 4096  # messages, of an ordered handler
_HELD_BYTES = 64 << 20
_PULL_SECONDS = 30.0
_HEARTBEAT = 5.0
_SILENCE = 2.5 * _HEARTBEAT
_GLANCE = 0.5
_WRITE_LIMIT = 5.0
_NORMAL_END = "408 Request Timeout"


class _Address:
    """Where one delivery is acknowledged. What cannot be written now is lost, and the message comes again."""

    def __init__(self, connection: Connection, reply: str) -> None:
        self.reply = reply
        self._connection = connection

    async def ack(self) -> None:
        await self._say(b"+ACK")

    async def nak(self, delay: float) -> None:
        await self._say(b"-NAK" + (b' {"delay": %d}' % int(delay * NANOSECOND) if delay > 0 else b""))

    async def term(self) -> None:
        await self._say(b"+TERM")

    async def in_progress(self) -> None:
        await self._say(b"+WPI")

    async def _say(self, what: bytes) -> None:
        try:
            await self._connection.write(self.reply, what, limit=_WRITE_LIMIT)
        except (NotConnected, TimeoutError) as error:
            log.debug("acknowledgement not sent", what=what.decode(), error=str(error))


class _Parking(Memory):
    """An ordered handler's message: done is told to the server; that it is to run again concerns this process only."""

    def __init__(self, address: _Address) -> None:
        super().__init__()
        self._address = address

    async def ack(self) -> None:
        await self._address.ack()

    async def term(self) -> None:
        await self._address.term()

    async def in_progress(self) -> None:
        await self._address.in_progress()


@dataclass(slots=True)
class _Delivery:
    """A message of the stream, held here."""

    received: Msg
    event: Event
    deliveries: int
    stream: str
    sequence: int
    address: _Address

    @property
    def place(self) -> tuple[int, str]:
        """What a second delivery of it shares."""
        return self.sequence, self.event.id


class Pull:
    """Feeds the messages of `stream` that `pattern` names to `attempts`, `concurrency` at once."""

    def __init__(
        self,
        connection: Connection,
        stream: str,
        pattern: str,
        attempts: Attempts,
        *,
        concurrency: int,
        ack_wait: float = ACK_WAIT,
    ) -> None:
        self.stream = stream
        self.pattern = pattern
        self._connection = connection
        self._attempts = attempts
        self._concurrency = concurrency
        self._ack_wait = ack_wait
        self._consumer = ServerConsumer(connection, stream, attempts.name, pattern, ack_wait=ack_wait)
        self._most_held = max(_HELD, 2 * concurrency)
        self._lanes = Lanes[_Delivery](self._run, concurrency=concurrency, limit=2 * self._most_held)
        self._reason: str | None = "not begun yet"
        self._inbox = connection.nc.new_inbox()
        self._numbers = count(1)
        self._pull = 0  # the number of the outstanding request; 0 when there is none
        self._due = 0  # messages that it may still bring
        self._heard = 0.0
        self._answered = False
        self._trouble: str | None = None
        self._delivered = 0  # the consumer's number of the last delivery that was taken
        self._held: dict[tuple[int, str], _Address] = {}
        self._held_bytes = 0
        self._late: list[_Delivery] = []  # came after the end had begun
        self._wake = asyncio.Event()
        self._stopping = False
        self._subscription: ConnectionSubscription | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def error(self) -> str | None:
        """Why nothing can be pulled now."""
        if self._reason is None and self._attempts.ordered and self._space() < self._concurrency:
            return f"{len(self._held)} events wait behind others of their keys; no more are taken"
        return self._reason

    async def start(self) -> None:
        """Begin to pull, in the background."""
        if not self._attempts.ordered:
            await self._listen()
        self._tasks = [
            asyncio.create_task(self._go(), name=f"trunkline pull {self._attempts.name}"),
            asyncio.create_task(self._keep_alive(), name=f"trunkline progress {self._attempts.name}"),
        ]

    async def stop(self, limit: float) -> None:
        """Pull no more, give back what has not begun, finish what runs within `limit` seconds, and cancel the rest."""
        self._stopping = True
        unbegun = self._lanes.clear()
        puller, keeper = self._tasks or (None, None)
        await end(puller)
        await self._listen_no_more()  # at once: the server would send what the request still asks for
        unbegun += self._late
        await self._attempts.excuse(self._message(each, each.address) for each in unbegun)
        for each in unbegun:
            await each.address.nak(0)
        given_up = await self._lanes.finish(limit)
        if given_up:
            log.warning("handlers cancelled at the end", handler=self._attempts.name, events=given_up)
        await end(keeper)
        self._tasks = []

    # Pulling

    async def _go(self) -> None:
        pause = Backoff(0.2, 10.0)
        generation: Generation | None = None
        while True:
            if not await self._is_possible():
                if self._connection.is_connected:
                    self._trouble = "JetStream does not answer, or is not there"
                    self._ill(self._trouble)
                await asyncio.sleep(_GLANCE)
                continue
            try:
                if generation != self._connection.generation or self._trouble is not None:
                    now = self._connection.generation
                    await self._begin_anew()
                    generation = now
                    self._well()
                await self._pull_more()
                await self._woken()
                self._check()
                if self._answered:
                    pause.reset()
            except (Unusable, ApiError, ApiSilent, NotConnected, TimeoutError) as error:
                self._trouble = str(error) or "timed out"
                self._ill(self._trouble)
                await asyncio.sleep(pause.next())
            except Exception as error:
                log.exception("durable handler cannot pull", handler=self._attempts.name, stream=self.stream)
                self._trouble = self._reason = repr(error)
                await asyncio.sleep(pause.next())

    async def _is_possible(self) -> bool:
        return self._connection.is_connected and await self._connection.jetstream() is JetStreamState.YES

    async def _begin_anew(self) -> None:
        self._pull = self._due = 0
        if not self._attempts.ordered:
            self._trouble, self._answered = None, False
            await self._consumer.see_to(go_back=False)
            return
        await self._listen_no_more()
        await self._consumer.see_to(go_back=True)
        self._trouble, self._answered, self._delivered = None, False, 0
        await self._listen()

    async def _listen(self) -> None:
        inbox = self._inbox = self._connection.nc.new_inbox()
        self._subscription = await self._connection.subscribe(f"{inbox}.*", partial(self._receive, inbox))

    async def _listen_no_more(self) -> None:
        subscription, self._subscription = self._subscription, None
        self._inbox = ""
        if subscription is not None:
            await subscription.unsubscribe()

    def _room(self) -> int:
        """How many more messages may be asked for."""
        if not self._attempts.ordered:
            return 2 * self._concurrency - len(self._held)
        return min(2 * self._concurrency - self._lanes.moving, self._space())

    def _space(self) -> int:
        return self._most_held - len(self._held) if self._held_bytes < _HELD_BYTES else 0

    async def _pull_more(self) -> None:
        room = self._room()
        if self._pull or room < self._concurrency:
            return
        self._pull = next(self._numbers)
        self._due = room
        self._heard = monotonic()
        request = {
            "batch": room,
            "expires": int(_PULL_SECONDS * NANOSECOND),
            "idle_heartbeat": int(_HEARTBEAT * NANOSECOND),
        }
        await self._connection.write(
            f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self._attempts.name}",
            pydantic_core.to_json(request),
            reply=f"{self._inbox}.{self._pull}",
            limit=_WRITE_LIMIT,
        )

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(_GLANCE):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _check(self) -> None:
        if self._trouble is not None:
            raise Unusable(self._trouble)
        if self._pull and monotonic() - self._heard > _SILENCE:
            raise Unusable(f"nothing was heard of a pull request for {_SILENCE:g} s")

    async def _receive(self, inbox: str, received: Msg) -> None:
        if inbox != self._inbox:
            return  # from before the consumer went back
        self._heard = monotonic()
        headers = received.headers or {}
        if received.subject.startswith(inbox):
            self._status(received.subject, f"{headers.get('Status', '')} {headers.get('Description', '')}".strip())
            return
        self._answered = True
        self._due = max(0, self._due - 1)
        if self._due == 0:
            self._pull = 0
            self._wake.set()
        await self._take(received)

    def _status(self, subject: str, status: str) -> None:
        if subject != f"{self._inbox}.{self._pull}":
            return  # of an earlier request, which was given up
        if status.startswith("100"):
            self._answered = True
            return
        self._pull = self._due = 0
        if status != _NORMAL_END:
            self._trouble = status if not status.startswith("503") else "the consumer is gone, or has no leader"
        self._wake.set()

    # Dispatching

    async def _take(self, received: Msg) -> None:
        if self._attempts.ordered and not self._is_next(received.metadata.sequence.consumer):
            return
        address = _Address(self._connection, received.reply)
        delivery = _read(received, address)
        if self._stopping:
            self._late.append(delivery)
            return
        held = self._held.get(delivery.place)
        if held is not None:
            held.reply = address.reply
            return
        if not self._lanes.put(self._lane_of(delivery), delivery):
            self._trouble = "more came than was asked for"  # by earlier requests: it comes again
            self._wake.set()
            return
        self._held[delivery.place] = address
        self._held_bytes += len(received.data)

    def _is_next(self, number: int) -> bool:
        """Whether nothing was delivered, between the last message taken and this one, that did not come here."""
        if self._trouble is not None:
            return False
        if number != self._delivered + 1:
            self._trouble = f"delivery {number} came after {self._delivered}: what is between them went elsewhere"
            self._wake.set()
            return False
        self._delivered = number
        return True

    def _lane_of(self, delivery: _Delivery) -> str:
        if self._attempts.ordered and delivery.event.key is not None:
            return f"key {delivery.event.key}"
        return f"{delivery.sequence} {delivery.event.id}"

    async def _run(self, delivery: _Delivery) -> float | None:
        parking = _Parking(delivery.address) if self._attempts.ordered else None
        again = None
        try:
            await self._attempts.run(self._message(delivery, parking or delivery.address))
            again = parking.again if parking is not None else None
        except Exception:
            log.exception("an attempt broke", handler=self._attempts.name)
        finally:
            if again is None:
                del self._held[delivery.place]
                self._held_bytes -= len(delivery.received.data)
            self._wake.set()
        return again

    def _message(self, delivery: _Delivery, acknowledging: Acknowledging) -> Message:
        return Message(
            delivery.event,
            delivery.received.headers,
            reply=delivery.received.reply,
            deliveries=delivery.deliveries,
            stream=delivery.stream,
            sequence=delivery.sequence,
            handler=self._attempts.name,
            acknowledging=acknowledging,
            committing=self._attempts.keeping,
        )

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._ack_wait / 3)
            for address in list(self._held.values()):
                await address.in_progress()
            if self._heard and self._connection.is_connected and self._reason is None:
                await self._consumer.note_floor()

    def _well(self) -> None:
        if self._reason is not None:
            log.info("durable handler listens", handler=self._attempts.name, stream=self.stream, pattern=self.pattern)
        self._reason = None

    def _ill(self, reason: str) -> None:
        if self._reason != reason:
            log.warning("durable handler cannot pull", handler=self._attempts.name, stream=self.stream, reason=reason)
        self._reason = reason


def _read(received: Msg, address: _Address) -> _Delivery:
    metadata = received.metadata
    # A stranger's event may have no id; its place in the stream is one that a second delivery shares.
    place = f"{metadata.stream}:{metadata.sequence.stream}"
    event = Event.received(received.subject, received.data, received.headers, missing_id=place)
    return _Delivery(received, event, metadata.num_delivered, metadata.stream, metadata.sequence.stream, address)
