"""A durable consumer on the server: made, found again, made anew.

**A deleted consumer** is made again under its name. It begins after the acknowledgement floor last seen: everything up
to there was done, by whichever process. If the stream itself was made anew (its creation time differs), it begins at
the beginning.

**Going back.** An ordered handler's new owner has the server forget all that is delivered and not acknowledged, so that
everything after the floor comes again, in order, to it. A server before 2.14 cannot, so the consumer is deleted and
made anew after the floor; so it is also when somebody else's request waits at it (a former owner that was frozen keeps
one), since that would take what is ours.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from trunkline.connection import Connection
from trunkline.jetstream import NANOSECOND, ApiError, ApiSilent, call
from trunkline.subjects import covers, overlap
from trunkline.wire import server_info

log = structlog.get_logger(__name__)

_MAX_ACK_PENDING = 20_000  # what waits for a retry counts, and must not stop the rest
_API_TIMEOUT = 2.0
_CONSUMER_NOT_FOUND = 10014
_STREAM_NOT_FOUND = 10059
_RESET_SINCE = (2, 14)


class Unusable(Exception):
    """The consumer cannot be pulled from now."""


class ServerConsumer:
    """The consumer `name` of `stream`, for the subjects that `pattern` names."""

    def __init__(self, connection: Connection, stream: str, name: str, pattern: str, *, ack_wait: float) -> None:
        self._connection = connection
        self._stream = stream
        self._name = name
        self._pattern = pattern
        self._ack_wait = ack_wait
        self._floor: tuple[str, int] | None = None

    async def see_to(self, *, go_back: bool) -> None:
        """Have it there as it should be; `go_back`: have all that is not acknowledged delivered again, to us alone.

        Raises:
            Unusable: it cannot be.
            ApiError, ApiSilent: the server refused or did not answer.
        """
        stream = await self._stream_info()
        config = self._config(stream["config"].get("subjects") or ())
        found = await self._info()
        if found is None:
            await self._create(config | self._beginning(stream["created"]))
            if self._floor is None or self._floor[0] != stream["created"]:
                self._floor = (stream["created"], 0)
            return
        if found["config"].get("deliver_subject") or found["config"].get("ack_policy") != "explicit":
            raise Unusable(f"a consumer {self._name!r} of another kind exists on stream {self._stream}")
        self._floor = (stream["created"], found["ack_floor"]["stream_seq"])
        if _filters(found["config"]) != _filters(config):
            log.info("consumer takes other subjects now", handler=self._name, subjects=_filters(config))
            await self._create({k: v for k, v in found["config"].items() if not k.startswith("filter")} | config)
        if go_back and not await self._reset():
            await self._remake(stream["created"], config)

    async def note_floor(self) -> None:
        """Remember how far everything is done."""
        try:
            found = await self._info()
        except (ApiError, ApiSilent):
            return  # the puller sees to it
        if found is not None and self._floor is not None:
            self._floor = (self._floor[0], max(self._floor[1], found["ack_floor"]["stream_seq"]))

    async def _reset(self) -> bool:
        if not self._can_reset():
            return False
        try:
            answer = await self._call(f"CONSUMER.RESET.{self._stream}.{self._name}")
        except ApiSilent as silence:  # an older server has the stream
            log.debug("consumer not reset", handler=self._name, reason=str(silence))
            return False
        return not answer.get("num_waiting")

    async def _remake(self, stream_created: str, config: dict[str, Any]) -> None:
        await self.note_floor()
        await self._call(f"CONSUMER.DELETE.{self._stream}.{self._name}")
        await self._create(config | self._beginning(stream_created))

    def _can_reset(self) -> bool:
        version = str(server_info(self._connection.nc).get("version", "0.0")).split(".")
        return tuple(int(part) for part in version[:2] if part.isdigit()) >= _RESET_SINCE

    async def _stream_info(self) -> dict[str, Any]:
        try:
            return await self._call(f"STREAM.INFO.{self._stream}")
        except ApiError as error:
            if error.err_code == _STREAM_NOT_FOUND:
                await self._connection.look_around()  # makes it again, if it is one of ours
            raise

    def _config(self, kept: Sequence[str]) -> dict[str, Any]:
        """What a consumer must have; `kept` are the stream's subjects, within which its filters must lie."""
        pattern = self._pattern
        filters = sorted({pattern if not covers(pattern, each) else each for each in kept if overlap(each, pattern)})
        if not filters:
            raise Unusable(f"stream {self._stream} keeps nothing of {pattern}")
        config: dict[str, Any] = {
            "durable_name": self._name,
            "name": self._name,
            "ack_policy": "explicit",
            "ack_wait": int(self._ack_wait * NANOSECOND),
            "max_deliver": -1,
            "max_ack_pending": _MAX_ACK_PENDING,
        }
        return config | ({"filter_subject": filters[0]} if len(filters) == 1 else {"filter_subjects": filters})

    def _beginning(self, stream_created: str) -> dict[str, Any]:
        if self._floor is None or self._floor[0] != stream_created or self._floor[1] == 0:
            return {"deliver_policy": "all"}
        log.warning("consumer is made anew", handler=self._name, stream=self._stream, after=self._floor[1])
        return {"deliver_policy": "by_start_sequence", "opt_start_seq": self._floor[1] + 1}

    async def _create(self, config: dict[str, Any]) -> None:
        body = {"stream_name": self._stream, "config": config, "action": ""}
        await self._call(f"CONSUMER.CREATE.{self._stream}.{self._name}", body)

    async def _info(self) -> dict[str, Any] | None:
        try:
            return await self._call(f"CONSUMER.INFO.{self._stream}.{self._name}")
        except ApiError as error:
            if error.err_code == _CONSUMER_NOT_FOUND:
                return None
            raise

    async def _call(self, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return await call(self._connection.nc, name, body, timeout=_API_TIMEOUT)


def _filters(config: dict[str, Any]) -> list[str]:
    return sorted(config.get("filter_subjects") or [config.get("filter_subject", "")])
