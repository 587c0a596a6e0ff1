"""Places in a stream, as clients name them, and what the stream has after one.

A place is the stream's epoch and a sequence. The epoch is made of the stream's creation time: a stream that was deleted
and made anew numbers its messages from one again, and an id of the former must not be taken for one of the latter.

Messages are read with ``STREAM.MSG.GET``, which the stream's leader answers. A direct get would be answered by any
replica, also by one that is behind, and a client would miss what that one does not have yet.
"""

import re
from base64 import b64decode
from dataclasses import dataclass
from hashlib import blake2s

from nats.aio.client import Client

from trunkline.events import Event
from trunkline.jetstream import ApiError, call

API_TIMEOUT = 2.0
_NOT_FOUND = 10037
_ID = re.compile(r"([0-9a-f]{8})-(0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Place:
    """Everything of a stream up to a sequence; as text, the id that a client resumes from."""

    epoch: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """Read an id; None when it cannot be one."""
        found = _ID.fullmatch(text)
        return cls(found[1], int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Extent:
    """What a stream has: the messages from `first` to `last`; none when `first` is beyond `last`."""

    epoch: str
    first: int
    last: int

    @property
    def oldest(self) -> Place:
        """The place that everything it has comes after."""
        return Place(self.epoch, self.first - 1)

    @property
    def newest(self) -> Place:
        """The place that nothing comes after."""
        return Place(self.epoch, self.last)

    def has_all_after(self, place: Place) -> bool:
        """Whether `place` is one of this stream, and nothing that came after it has been dropped."""
        return place.epoch == self.epoch and self.first - 1 <= place.sequence <= self.last


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the stream."""

    sequence: int
    event: Event


async def extent_of(client: Client, stream: str) -> Extent:
    """Ask what the stream has.

    Raises:
        ApiError, ApiSilent: the server refused, or did not answer.
    """
    answer = await call(client, f"STREAM.INFO.{stream}", timeout=API_TIMEOUT)
    state = answer["state"]
    last = state["last_seq"]
    first = state["first_seq"] if state["messages"] else last + 1
    return Extent(blake2s(answer["created"].encode(), digest_size=4).hexdigest(), first, last)


async def stored_from(client: Client, stream: str, subject: str, sequence: int) -> Stored | None:
    """Return the first message on `subject` from `sequence` on; None when there is none.

    Raises:
        ApiError, ApiSilent: the server refused, or did not answer.
    """
    wanted = {"seq": sequence, "next_by_subj": subject}
    try:
        answer = await call(client, f"STREAM.MSG.GET.{stream}", wanted, timeout=API_TIMEOUT)
    except ApiError as error:
        if error.err_code == _NOT_FOUND:
            return None
        raise
    found = answer["message"]
    headers = _headers(b64decode(found.get("hdrs", "")))
    return Stored(found["seq"], Event.received(found["subject"], b64decode(found.get("data", "")), headers))


def _headers(block: bytes) -> dict[str, str]:
    """Read a header block: a line with the protocol's version, then the fields."""
    fields = (line.partition(":") for line in block.decode(errors="replace").split("\r\n")[1:])
    return {name: value.strip() for name, colon, value in fields if colon}
