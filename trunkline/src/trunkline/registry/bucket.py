"""The key-value bucket ``trunkline_agents``: an entry for each instance that is there, under ``{name}.{instance}``.

A bucket is a stream of the form that every client of NATS takes for one. The server drops an entry when it has not been
renewed for the bucket's time-to-live; an instance that ends in order marks its own as deleted before that. How old an
entry is follows from two times of the server: of the entry and of its answer.
"""

import asyncio
import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from nats.aio.client import Client
from pydantic import ValidationError

from trunkline.cancellation import all_of
from trunkline.headers import read_headers
from trunkline.jetstream import NANOSECOND, ApiError, call, store
from trunkline.registry.card import Presence
from trunkline.streams import is_ours

log = structlog.get_logger(__name__)

NAME = "trunkline_agents"
STREAM = f"KV_{NAME}"

_PREFIX = f"$KV.{NAME}."
_MAX_BYTES = 16 << 20
_DUPLICATE_WINDOW = 120.0
_TIMEOUT = 2.0
_AT_ONCE = 16  # entries that are read at a time

_STREAM_NOT_FOUND = 10059
_NAME_IN_USE = 10058
_NO_MESSAGE = 10037


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the server has it: who it is of, how many seconds old it is, and what it says.

    `presence` is None when the instance has ended in order.
    """

    name: str
    instance: str
    age: float
    presence: Presence | None


async def ensure(client: Client, *, ttl: float, replicas: int) -> None:
    """Create the bucket, or see that it keeps entries for `ttl` seconds at least.

    One that an operator has made stays as it is.

    Raises:
        ApiError, ApiSilent: as `trunkline.jetstream.call`.
    """
    found = await _info(client) or await _create(client, ttl, replicas)
    if found is None:
        return
    config = found["config"]
    kept = config.get("max_age", 0) / NANOSECOND
    if kept == 0 or kept >= ttl:
        return
    if not is_ours(config):
        log.warning("agents' bucket drops entries too soon", bucket=NAME, ttl_seconds=kept, wanted_seconds=ttl)
        return
    longer = config | {"max_age": int(ttl * NANOSECOND), "duplicate_window": _window(ttl)}
    await call(client, f"STREAM.UPDATE.{STREAM}", longer, timeout=_TIMEOUT)


async def put(client: Client, presence: Presence) -> None:
    """Renew an entry.

    Raises:
        ApiError, ApiSilent: as `trunkline.jetstream.call`; an absent one means that there is no bucket.
    """
    await store(client, _subject(presence), presence.model_dump_json().encode(), timeout=_TIMEOUT)


async def remove(client: Client, presence: Presence) -> None:
    """Mark an entry as deleted; raises as `put`."""
    await store(client, _subject(presence), b"", {"KV-Operation": "DEL"}, timeout=_TIMEOUT)


async def entries(client: Client) -> list[Entry] | None:
    """Return all entries; None when there is no bucket.

    Raises:
        ApiError, ApiSilent: as `trunkline.jetstream.call`.
    """
    info = await _info(client, {"subjects_filter": f"{_PREFIX}>"})
    if info is None:
        return None
    now = _time(info["ts"])
    reading = asyncio.Semaphore(_AT_ONCE)

    async def read(subject: str) -> Entry | None:
        async with reading:
            return await _read(client, subject, now)

    subjects = info["state"].get("subjects") or {}
    found = await all_of(*(read(subject) for subject in subjects))
    return [entry for entry in found if entry is not None]


async def _read(client: Client, subject: str, now: datetime) -> Entry | None:
    try:
        answer = await call(client, f"STREAM.MSG.GET.{STREAM}", {"last_by_subj": subject}, timeout=_TIMEOUT)
    except ApiError as error:
        if error.err_code == _NO_MESSAGE:  # it was dropped just now
            return None
        raise
    message = answer["message"]
    name, _, instance = subject.removeprefix(_PREFIX).partition(".")
    age = max(0.0, (now - _time(message["time"])).total_seconds())
    if read_headers(base64.b64decode(message.get("hdrs", ""))).get("KV-Operation"):
        return Entry(name, instance, age, None)
    try:
        presence = Presence.model_validate_json(base64.b64decode(message.get("data", "")))
    except ValidationError:
        log.warning("an entry of the agents' bucket cannot be read", key=f"{name}.{instance}")
        return None
    return Entry(name, instance, age, presence)


async def _create(client: Client, ttl: float, replicas: int) -> dict[str, Any] | None:
    config = {
        "name": STREAM,
        "subjects": [f"{_PREFIX}>"],
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "max_msgs_per_subject": 1,
        "max_age": int(ttl * NANOSECOND),
        "max_bytes": _MAX_BYTES,
        "max_msgs": -1,
        "max_consumers": -1,
        "max_msg_size": -1,
        "num_replicas": replicas,
        "duplicate_window": _window(ttl),
        "allow_rollup_hdrs": True,
        "allow_direct": True,
        "deny_delete": True,
        "metadata": {"trunkline": "declared"},
    }
    try:
        return await call(client, f"STREAM.CREATE.{STREAM}", config, timeout=_TIMEOUT)
    except ApiError as error:
        if error.err_code != _NAME_IN_USE:
            raise
        return await _info(client)  # another process was first


async def _info(client: Client, body: dict[str, object] | None = None) -> dict[str, Any] | None:
    try:
        return await call(client, f"STREAM.INFO.{STREAM}", body, timeout=_TIMEOUT)
    except ApiError as error:
        if error.err_code == _STREAM_NOT_FOUND:
            return None
        raise


def _subject(presence: Presence) -> str:
    return f"{_PREFIX}{presence.name}.{presence.instance}"


def _window(ttl: float) -> int:
    return int(min(_DUPLICATE_WINDOW, ttl) * NANOSECOND)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
