"""One durable consumer of one stream: pull, dispatch, acknowledge.

**Prefetch.** As many messages are held as keep the handler busy (prefetch.py), within the settings' limits. The next
request goes out when half of the window is free, so that the server always has one to answer. All that is held, running
or waiting for its turn, is kept alive by progress acknowledgements, so nothing comes twice because it was slow.

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
from functools import partial
from time import monotonic

import structlog

from trunkline.attempts import Attempts
from trunkline.backoff import Backoff
from trunkline.cancellation import end
from trunkline.connection import Connection
from trunkline.connection_subscription import ConnectionSubscription
from trunkline.delivery import read_delivery
from trunkline.errors import NotConnected
from trunkline.jetstream import NANOSECOND, ApiError, ApiSilent, JetStreamState
from trunkline.lanes import Lanes
from trunkline.message import Message
from trunkline.prefetch import Prefetch
from trunkline.pull_requests import PullRequests
from trunkline.server_consumer import ServerConsumer, Unusable
from trunkline.surroundings import Generation
from trunkline.waiting import woken
from trunkline.wire import Received, message_frame

log = structlog.get_logger(__name__)

ACK_WAIT = 30.0

_ORDERED_HELD = 4096  # messages of an ordered handler, of which most may wait behind others of their keys
_GLANCE = 0.5
_ROUND_A_PAYLOAD = 8192  # subject, reply and the rest of the line


class _Pulled(Message):
    """A message that is held here: the `place` that another delivery of it shares, and when it `came`."""

    __slots__ = ("came", "place")

    place: tuple[str, str]
    came: float


class _Acknowledging:
    """Tells the server. What cannot be written now is lost, and the message comes again.

    That a message is to come again is said when its attempt has ended: the server would send it while it is still held
    here, where it would not run.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.again: dict[Message, float] = {}
        """What running attempts have asked for again, and after how many seconds."""

    def ack(self, message: Message) -> None:
        try:
            self._connection.write_now(b"PUB %b 4\r\n+ACK\r\n" % message.reply.encode())
        except NotConnected:
            self._not_sent(b"+ACK")

    def nak(self, message: Message, delay: float) -> None:
        self.again[message] = delay

    def term(self, message: Message) -> None:
        self.again.pop(message, None)
        self._say(message, b"+TERM")

    def in_progress(self, message: Message) -> None:
        self._say(message, b"+WPI")

    def give_back(self, message: Message, delay: float) -> None:
        """Have the server send it again after `delay` seconds."""
        self._say(message, b"-NAK" + (b' {"delay": %d}' % int(delay * NANOSECOND) if delay > 0 else b""))

    def _say(self, message: Message, what: bytes) -> None:
        try:
            self._connection.write_now(message_frame(message.reply, "", b"", what))
        except NotConnected:
            self._not_sent(what)

    def _not_sent(self, what: bytes) -> None:
        log.debug("acknowledgement not sent: not connected", what=what.decode())


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
        self._requests = PullRequests(connection, stream, attempts.name)
        self._ordered = attempts.ordered
        self._acknowledging = _Acknowledging(connection)
        most = connection.settings.max_held
        self._prefetch = Prefetch(2 * concurrency, most)
        self._most_held = max(_ORDERED_HELD if attempts.ordered else most, 2 * concurrency)
        self._lanes = Lanes[_Pulled](self._run, concurrency=concurrency, limit=2 * self._most_held)
        self._reason: str | None = "not begun yet"
        self._inbox = connection.nc.new_inbox()
        self._trouble: str | None = None
        self._delivered = 0  # the consumer's number of the last delivery that was taken
        self._held: dict[tuple[str, str], _Pulled] = {}
        self._held_bytes = 0
        self._late: list[_Pulled] = []  # came after the end had begun
        self._wake = asyncio.Event()
        self._stopping = False
        self._subscription: ConnectionSubscription | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def error(self) -> str | None:
        """Why nothing can be pulled now."""
        if self._reason is None and self._ordered and self._space() < self._concurrency:
            return f"{len(self._held)} events wait behind others of their keys; no more are taken"
        return self._reason

    async def start(self) -> None:
        """Begin to pull, in the background."""
        if not self._ordered:
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
        await self._attempts.excuse(unbegun)
        for each in unbegun:
            self._acknowledging.give_back(each, 0)
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
                self._pull_more()
                await woken(_GLANCE, self._wake)
                self._check()
                if self._requests.answered:
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
        if not self._ordered:
            self._trouble = None
            self._requests.begin(self._inbox)
            await self._consumer.see_to(go_back=False)
            return
        await self._listen_no_more()
        await self._consumer.see_to(go_back=True)
        self._trouble, self._delivered = None, 0
        await self._listen()
        self._requests.begin(self._inbox)

    async def _listen(self) -> None:
        inbox = self._inbox = self._connection.nc.new_inbox()
        self._subscription = await self._connection.listen(f"{inbox}.*", partial(self._receive, inbox))

    async def _listen_no_more(self) -> None:
        subscription, self._subscription = self._subscription, None
        self._inbox = ""
        if subscription is not None:
            await subscription.unsubscribe()

    def _pull_more(self) -> None:
        """Ask for what there is room for, unless that is little, or asked for already."""
        window = self._prefetch.window
        room = self._room(window) - self._requests.due
        enough = window / 2 if self._requests.due else self._concurrency
        if room < enough or self._stopping or self._reason is not None or self._trouble is not None:
            return
        largest = (self._connection.max_payload or 0) + _ROUND_A_PAYLOAD
        self._requests.ask(room, max(self._connection.settings.max_held_bytes - self._held_bytes, largest))

    def _room(self, window: int) -> int:
        """How many more messages may be on their way or held."""
        if not self._ordered:
            return window - len(self._held) if self._held_bytes < self._connection.settings.max_held_bytes else 0
        return min(window - self._lanes.moving, self._space())

    def _space(self) -> int:
        full = self._held_bytes >= self._connection.settings.max_held_bytes
        return 0 if full else self._most_held - len(self._held)

    def _check(self) -> None:
        if self._trouble is not None:
            raise Unusable(self._trouble)
        if self._requests.is_silent:
            raise Unusable("nothing was heard of a pull request for too long")

    def _in_trouble(self, reason: str) -> None:
        self._trouble = reason
        self._wake.set()

    def _receive(self, inbox: str, received: Received) -> None:
        if inbox != self._inbox:
            return  # from before the consumer went back
        if received.reply:
            self._take(received)
            return
        trouble = self._requests.status_came(received)
        if trouble is not None:
            self._in_trouble(trouble)
        self._wake.set()

    # Dispatching

    def _take(self, received: Received) -> None:
        now = monotonic()
        self._requests.message_came(now)
        delivery = read_delivery(received.reply)
        if self._ordered and not self._is_next(delivery.number):
            return
        message = _Pulled(
            received,
            deliveries=delivery.deliveries,
            handler=self._attempts.name,
            acknowledging=self._acknowledging,
            committing=self._attempts.keeping,
        )
        message.place = place = (delivery.sequence, delivery.time)
        message.came = now
        if self._stopping:
            self._late.append(message)
        elif place in self._held:
            self._held[place].reply = received.reply
        elif self._lanes.put(message.event.key if self._ordered else None, message):
            self._held[place] = message
            self._held_bytes += len(received.data)
        else:
            self._in_trouble("more came than was asked for")  # by earlier requests: it comes again

    def _is_next(self, number: int) -> bool:
        """Whether nothing was delivered, between the last message taken and this one, that did not come here."""
        if self._trouble is not None:
            return False
        if number != self._delivered + 1:
            self._in_trouble(f"delivery {number} came after {self._delivered}: what is between them went elsewhere")
            return False
        self._delivered = number
        return True

    async def _run(self, message: _Pulled) -> float | None:
        """Make one attempt; return after how many seconds there is to be another here."""
        again = None
        try:
            await self._attempts.run(message)
        except Exception:
            log.exception("an attempt broke", handler=self._attempts.name)
        finally:
            if self._acknowledging.again:  # seldom
                again = self._acknowledging.again.pop(message, None)
            if again is not None and not self._ordered:
                self._acknowledging.give_back(message, again)
                again = None
            if again is None:
                self._let_go(message)
            else:
                message.renew()
        return again

    def _let_go(self, message: _Pulled) -> None:
        del self._held[message.place]
        self._held_bytes -= len(message.data)
        self._prefetch.done(message.came, monotonic())
        due = self._requests.due
        if due and not self._ordered and (len(self._held) + due) * 2 > self._prefetch.window:
            return
        try:
            self._pull_more()
        except NotConnected:
            self._wake.set()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._ack_wait / 3)
            for message in list(self._held.values()):
                self._acknowledging.in_progress(message)
            if self._requests.heard_ever and self._connection.is_connected and self._reason is None:
                await self._consumer.note_floor()

    def _well(self) -> None:
        if self._reason is not None:
            log.info("durable handler listens", handler=self._attempts.name, stream=self.stream, pattern=self.pattern)
        self._reason = None

    def _ill(self, reason: str) -> None:
        if self._reason != reason:
            log.warning("durable handler cannot pull", handler=self._attempts.name, stream=self.stream, reason=reason)
        self._reason = reason
