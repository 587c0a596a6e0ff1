"""The kinds of timers that tasks set."""

from datetime import UTC, datetime, timedelta

DEADLINE = "task.deadline"
OFFER = "task.offer"
QUESTION = "task.question"

OFFER_SECONDS = 30.0
"""After which a task that nobody works on is offered again, on a server that keeps nothing."""
KEPT_OFFER_SECONDS = 3600.0
"""The same where a stream keeps the offer: it can only be lost together with the stream."""


def next_offer(*, kept: bool = False) -> datetime:
    """Return when a task is looked after next; `kept` says that a stream keeps its offer."""
    return datetime.now(UTC) + timedelta(seconds=KEPT_OFFER_SECONDS if kept else OFFER_SECONDS)
