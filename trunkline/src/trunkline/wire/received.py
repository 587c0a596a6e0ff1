"""A message as it came from the server."""

from collections.abc import Mapping

from nats.aio.msg import Msg

from trunkline.headers import read_headers

_EMPTY: Mapping[str, str] = {}


class Received:
    """A message from the server; its headers are read when somebody asks for them.

    `head` is the whole header block, empty when there is none. A status line's code and text are the headers ``Status``
    and ``Description``.
    """

    __slots__ = ("_headers", "data", "head", "reply", "subject")

    def __init__(self, subject: str, reply: str, head: bytes, data: bytes) -> None:
        self.subject = subject
        self.reply = reply
        self.head = head
        self.data = data
        self._headers: Mapping[str, str] | None = None if head else _EMPTY

    @classmethod
    def of(cls, message: Msg) -> "Received":
        """Return what nats-py received."""
        received = cls(message.subject, message.reply, b"", message.data)
        received._headers = message.headers or _EMPTY
        return received

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by their names, as they were written."""
        if self._headers is None:
            self._headers = read_headers(self.head)
        return self._headers

    @property
    def is_no_responders(self) -> bool:
        """Whether the server says that nobody listens on the subject that was written to."""
        return not self.data and self.headers.get("Status") == "503"
