"""What the server says of a message that it delivers from a stream, in the subject to acknowledge it on."""

from typing import NamedTuple

_PREFIX = "$JS.ACK."
_TOKENS = 9  # $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>
_MORE = 2  # domain and account stand before the stream in the longer form (NATS ADR-15)


class Delivery(NamedTuple):
    """A delivery; `number` counts those of the consumer."""

    stream: str
    deliveries: int
    sequence: str
    number: int
    time: str

    @property
    def place(self) -> str:
        """What all deliveries of the same message share, and no other message: a stream made anew counts again."""
        return f"{self.stream}:{self.sequence}:{self.time}"


def is_delivery(reply: str) -> bool:
    """Whether a message with this reply subject was delivered from a stream, to be acknowledged."""
    return reply.startswith(_PREFIX)


def read_delivery(reply: str) -> Delivery:
    """Read the reply subject of a delivery."""
    stream, _, deliveries, sequence, number, time, *_ = _relevant(reply)
    return Delivery(stream, int(deliveries), sequence, int(number), time)


def _relevant(reply: str) -> list[str]:
    tokens = reply.split(".")
    return tokens[2:] if len(tokens) == _TOKENS else tokens[2 + _MORE :]
