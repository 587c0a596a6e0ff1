"""How far a stream may be purged so that it takes events again, without losing one that somebody has yet to read.

A stream refuses events when it is full, also when all that it holds was handled long ago. What may go is what lies
before the first message that a durable consumer has not acknowledged. Its acknowledgement floor alone does not say
where that is: the floor stays behind when the consumer's subjects are quiet. So the first message beyond the floor that
its filters match is looked up, and everything before it is done. The stream's leader answers for that: a replica that
is behind would miss messages, and they would pass for read.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from trunkline.jetstream import ApiError, ApiSilent, call
from trunkline.streams import is_ours

HIGH = 4 / 5
"""The share of its byte limit above which a stream is purged."""
LOW = 3 / 5
"""The share that it is purged down to, where that is possible."""

_API_TIMEOUT = 2.0
_NOT_FOUND = 10037


@dataclass(frozen=True, slots=True)
class Filling:
    """What a stream holds; `created` tells it from an earlier one of its name."""

    name: str
    created: str
    first: int
    last: int
    messages: int
    bytes: int
    max_bytes: int

    @property
    def is_high(self) -> bool:
        """Whether it is time to make room."""
        return self.bytes > HIGH * self.max_bytes

    @property
    def wanted(self) -> int:
        """The sequence below which as much lies as should go, if its messages are all of the same size."""
        share = (self.bytes - LOW * self.max_bytes) / self.bytes
        return self.first + math.ceil(self.messages * share)


async def filling_of(client: Client, stream: str) -> Filling | None:
    """Return what the stream holds; None when it has no byte limit, or is not one that Trunkline has made.

    Raises:
        ApiError, ApiSilent: the server refused, or did not answer.
    """
    found = await call(client, f"STREAM.INFO.{stream}", timeout=_API_TIMEOUT)
    config, state = found["config"], found["state"]
    if not is_ours(config) or config.get("max_bytes", -1) <= 0:
        return None
    return Filling(
        name=stream,
        created=found["created"],
        first=state["first_seq"],
        last=state["last_seq"],
        messages=state["messages"],
        bytes=state["bytes"],
        max_bytes=config["max_bytes"],
    )


async def floors_of(client: Client, filling: Filling) -> dict[str, int]:
    """Return, by durable consumer that acknowledges, the sequence up to which it has nothing left to read.

    Raises:
        ApiError, ApiSilent: the server refused, or did not answer for all of them.
    """
    return {
        consumer["name"]: await _floor(client, filling, consumer)
        for consumer in await _consumers(client, filling.name)
        if consumer["config"].get("durable_name") and consumer["config"].get("ack_policy") != "none"
    }


async def purge(client: Client, stream: str, keep_from: int) -> int:
    """Remove every message below the sequence `keep_from`; return how many.

    Raises:
        ApiError, ApiSilent: the server refused, or did not answer; it may have purged all the same.
    """
    return int((await call(client, f"STREAM.PURGE.{stream}", {"seq": keep_from}, timeout=_API_TIMEOUT))["purged"])


async def _floor(client: Client, filling: Filling, consumer: Mapping[str, Any]) -> int:
    config, floor = consumer["config"], consumer["ack_floor"]["stream_seq"]
    unread = filling.last + 1  # what came later is not looked at
    for pattern in config.get("filter_subjects") or [config.get("filter_subject") or ">"]:
        found = await _first_from(client, filling.name, pattern, floor + 1)
        unread = min(unread, found) if found is not None else unread
    return unread - 1


async def _first_from(client: Client, stream: str, pattern: str, sequence: int) -> int | None:
    wanted = {"seq": sequence, "next_by_subj": pattern}
    try:
        answer = await call(client, f"STREAM.MSG.GET.{stream}", wanted, timeout=_API_TIMEOUT)
    except ApiError as error:
        if error.err_code == _NOT_FOUND:
            return None
        raise
    return int(answer["message"]["seq"])


async def _consumers(client: Client, stream: str) -> list[dict[str, Any]]:
    """Return all of them: one whose leader does not answer is named, and is not to be taken for one that is gone."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await call(client, f"CONSUMER.LIST.{stream}", {"offset": len(found)}, timeout=_API_TIMEOUT)
        page = answer.get("consumers") or []
        found += page
        if len(found) >= answer.get("total", 0) and not answer.get("missing"):
            return found
        if not page or answer.get("missing"):
            raise ApiSilent(f"not every consumer of {stream} answers", absent=False)
