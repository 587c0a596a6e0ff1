"""Why a service refuses what it was asked; the API turns each kind into a status.

Refusal
├── NotFound     there is none, or none that the asker may know of
├── Forbidden    the asker may know of it, but not do this
├── Conflict     it is not in a state for this; may say which kind of problem that is
├── TooMany      the asker has done this too often lately; says when it can be done again
├── Invalid      a field is wrong; names it
├── TooLarge     an upload is over its limit
├── Unsupported  an upload is of a kind that cannot be read
└── Unavailable  something that this needs does not answer now
"""


class Refusal(Exception):
    """What was asked will not be done; the message is a sentence for whoever asked."""


class NotFound(Refusal):
    """There is none of that id, or none that the asker may know of."""

    def __init__(self, what: str) -> None:
        super().__init__(f"there is no such {what}")


class Forbidden(Refusal):
    """The asker may know of it, but not do this to it."""


class Conflict(Refusal):
    """It is not in a state in which this can be done; `kind` is for programs, as ``opportunity-expired``."""

    def __init__(self, reason: str, *, kind: str | None = None) -> None:
        super().__init__(reason)
        self.kind = kind


class TooMany(Refusal):
    """The asker has done this as often as they may; `retry_after` is in seconds."""

    def __init__(self, reason: str, *, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Invalid(Refusal):
    """A field is wrong in a way that only its content shows."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class TooLarge(Refusal):
    """An upload is over its limit."""


class Unsupported(Refusal):
    """An upload is of a kind that cannot be read."""


class Unavailable(Refusal):
    """Something that this needs does not answer now; later it may."""
