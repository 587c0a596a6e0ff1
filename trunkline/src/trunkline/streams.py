"""Which streams exist, which subjects they keep, and for how long.

A declared stream is created where it is missing. One that exists is left as its operator made it as long as it keeps
our subjects: what differs is reported, not changed. Only a stream that we made ourselves (it says so in its metadata)
gains subjects that were declared later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nats.aio.client import Client

from trunkline.jetstream import NANOSECOND, ApiError, ApiSilent, call, streams_covering
from trunkline.subjects import covers

_DAY = 24 * 3600.0
_DUPLICATE_WINDOW = 120.0
"""Seconds in which a second copy of an event id is dropped by the stream (the server's own default, said aloud)."""
_MARK = "trunkline"

_STREAM_NOT_FOUND = 10059
_NAME_IN_USE = 10058
_SUBJECTS_OVERLAP = 10065
_NO_ROOM = {10023, 10028, 10047}  # insufficient resources, maximum storage, reservation larger than what is left


@dataclass(frozen=True, slots=True)
class Stream:
    """A declared stream.

    Args:
        name: its name on the server.
        subjects: the patterns it keeps.
        max_age: seconds an event is kept.
        max_bytes: byte limit; None takes the setting ``NATS_STREAM_MAX_BYTES``. When full, new events are refused (and
            wait in the outbox), so that nothing unread is overwritten.
        rolling: nobody has to have read its events: clients resume from it, as far back as it goes. When it fills up,
            the janitor lets its oldest part go, though no durable handler has acknowledged it.
    """

    name: str
    subjects: tuple[str, ...]
    max_age: float = 30 * _DAY
    max_bytes: int | None = None
    rolling: bool = False


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """A declared stream as the server has it.

    `subjects`, `max_bytes` (None: no limit) and `max_age` (seconds; None: no limit) are the server's where the stream
    exists, and the declared ones otherwise. `difference` says how it departs from its declaration though it works;
    `error` why its events cannot be kept. `takes_batches`: it was made for fast-ingest batches.
    """

    name: str
    subjects: tuple[str, ...]
    exists: bool = False
    messages: int = 0
    bytes: int = 0
    max_bytes: int | None = None
    max_age: float | None = None
    difference: str | None = None
    error: str | None = None
    takes_batches: bool = False


@dataclass(frozen=True, slots=True)
class StreamDefaults:
    """What the settings say for every declared stream. `batches`: the server knows fast-ingest batches (2.14)."""

    max_bytes: int
    replicas: int
    batches: bool


def declared(stream: Stream, *, error: str | None = None) -> StreamStatus:
    """Return the status of a stream that was not (or could not be) looked at."""
    return StreamStatus(stream.name, stream.subjects, max_bytes=stream.max_bytes, max_age=stream.max_age, error=error)


def is_ours(config: Mapping[str, Any]) -> bool:
    """Say whether a stream of this configuration was made by Trunkline, and not by an operator."""
    return _MARK in (config.get("metadata") or {})


async def ensure(client: Client, stream: Stream, defaults: StreamDefaults, *, timeout: float) -> StreamStatus:
    """Create the stream, or look at the one that is there. Whatever is wrong is said in the status, never raised."""
    try:
        found = await _info(client, stream.name, timeout)
        if found is None:
            return await _create(client, stream, defaults, timeout)
        return await _check(client, stream, found, defaults, timeout)
    except (ApiError, ApiSilent) as error:
        return declared(stream, error=str(error))


async def look(client: Client, stream: Stream, defaults: StreamDefaults, *, timeout: float) -> StreamStatus:
    """Look at the stream without changing anything."""
    try:
        found = await _info(client, stream.name, timeout)
        if found is None:
            return declared(stream, error=await _why_missing(client, stream, timeout))
        return _status(stream, found, defaults)
    except (ApiError, ApiSilent) as error:
        return declared(stream, error=str(error))


async def _info(client: Client, name: str, timeout: float) -> dict[str, Any] | None:
    try:
        return await call(client, f"STREAM.INFO.{name}", timeout=timeout)
    except ApiError as error:
        if error.err_code == _STREAM_NOT_FOUND:
            return None
        raise


async def _create(client: Client, stream: Stream, defaults: StreamDefaults, timeout: float) -> StreamStatus:
    config = _config(stream, defaults)
    note = None
    try:
        made = await call(client, f"STREAM.CREATE.{stream.name}", config, timeout=timeout)
    except ApiError as error:
        if error.err_code == _NAME_IN_USE:  # another process was first
            found = await _info(client, stream.name, timeout)
            return _status(stream, found, defaults) if found else declared(stream, error=str(error))
        if error.err_code == _SUBJECTS_OVERLAP:
            return declared(stream, error=await _why_missing(client, stream, timeout))
        if error.err_code not in _NO_ROOM:
            raise
        # A limit reserves its bytes. Without one the stream shares what the server has, whose own limit then refuses.
        made = await call(client, f"STREAM.CREATE.{stream.name}", config | {"max_bytes": -1}, timeout=timeout)
        note = f"the server has no room to reserve {config['max_bytes']} bytes, so the stream has no limit of its own"
    status = _status(stream, made, defaults)
    return replace(status, difference=note) if note else status


async def _check(
    client: Client, stream: Stream, found: Mapping[str, Any], defaults: StreamDefaults, timeout: float
) -> StreamStatus:
    config = found["config"]
    missing = _uncovered(stream.subjects, config.get("subjects") or ())
    if missing and is_ours(config):
        wider = dict(config) | {"subjects": [*(config.get("subjects") or ()), *missing]}
        return _status(stream, await call(client, f"STREAM.UPDATE.{stream.name}", wider, timeout=timeout), defaults)
    return _status(stream, found, defaults)


async def _why_missing(client: Client, stream: Stream, timeout: float) -> str:
    others = {name for subject in stream.subjects for name in await streams_covering(client, subject, timeout=timeout)}
    if not others:
        return "the stream does not exist"
    return f"its subjects overlap with those of stream {', '.join(sorted(others))}"


def _config(stream: Stream, defaults: StreamDefaults) -> dict[str, Any]:
    config: dict[str, Any] = {
        "name": stream.name,
        "subjects": list(stream.subjects),
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "max_age": int(stream.max_age * NANOSECOND),
        "max_bytes": stream.max_bytes or defaults.max_bytes,
        "max_msgs": -1,
        "max_consumers": -1,
        "max_msg_size": -1,
        "num_replicas": defaults.replicas,
        "duplicate_window": int(min(_DUPLICATE_WINDOW, stream.max_age) * NANOSECOND),
        "metadata": {_MARK: "declared"},
    }
    if defaults.batches:
        config["allow_batched"] = True
    return config


def _status(stream: Stream, found: Mapping[str, Any], defaults: StreamDefaults) -> StreamStatus:
    config, state = found["config"], found.get("state") or {}
    subjects = tuple(config.get("subjects") or ())
    missing = _uncovered(stream.subjects, subjects)
    max_bytes, max_age = config.get("max_bytes", -1), config.get("max_age", 0)
    return StreamStatus(
        name=stream.name,
        subjects=subjects,
        exists=True,
        messages=state.get("messages", 0),
        bytes=state.get("bytes", 0),
        max_bytes=max_bytes if max_bytes > 0 else None,
        max_age=max_age / NANOSECOND if max_age else None,
        difference=_difference(_config(stream, defaults), config),
        error=f"a stream of this name exists but does not keep {', '.join(missing)}" if missing else None,
        takes_batches=bool(config.get("allow_batched")),
    )


def _uncovered(wanted: Sequence[str], kept: Sequence[str]) -> list[str]:
    return [subject for subject in wanted if not any(covers(pattern, subject) for pattern in kept)]


def _difference(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    watched = ("storage", "retention", "discard", "max_age", "max_bytes", "num_replicas", "duplicate_window")
    parts = [
        f"{name} is {found.get(name)}, declared {wanted[name]}" for name in watched if found.get(name) != wanted[name]
    ]
    return "; ".join(parts) or None
