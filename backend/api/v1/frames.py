"""What a live connection is told, and how it ends: frames, written once for all clients of a process."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime

import pydantic_core

from schemas.realtime import RealtimeEvent
from trunkline import Beginning, ClientCutOff, CutOff, Event, Follower

HEARTBEAT_SECONDS = 20.0
SEND_SECONDS = 10.0
SETTLE_SECONDS = 5.0
PENDING_EVENTS = 256
CONNECTIONS_EACH = 20

NOT_SIGNED_IN = 4401
SLOW = 1013
CLOSING = 1012

SIGNED_OUT = "the token has ended"


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as clients get it, written once for all of them; `id` is what they resume from."""

    id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a connection ends."""

    code: int
    reason: str


TOO_MANY = Ending(SLOW, f"{CONNECTIONS_EACH} live connections of this account are open already")
ENDINGS = {
    CutOff.SLOW: Ending(SLOW, f"too slow: {PENDING_EVENTS} events were waiting"),
    CutOff.CLOSING: Ending(CLOSING, "the server is closing"),
    CutOff.CHANGED: Ending(CLOSING, "come again with the last id: this connection could miss events"),
    CutOff.UNAVAILABLE: Ending(SLOW, "what was missed cannot be read now: come again with the last id"),
}


def frame(event: Event, id: str | None) -> Frame:
    """Write an event as clients get it; `ValueError` when it is none of ours."""
    update = RealtimeEvent.model_validate_json(event.payload)
    shown = {
        "type": "event",
        "id": id,
        "event_id": update.event_id,
        "subject": update.subject,
        "time": update.time,
        "data": update.data,
    }
    return Frame(id, pydantic_core.to_json(shown, inf_nan_mode="null").decode())


def first_frames(beginning: Beginning) -> list[Frame]:
    """Write what a client is told first."""
    id = str(beginning.place) if beginning.place else None
    frames = [_said("ready", id, resume=id is not None)]
    if beginning.gone:
        frames.append(_said("gone", id, oldest=id))
    return frames


def heartbeat(follower: Follower[Frame]) -> Frame:
    """Write what fills a silence; its id spares whoever resumes from it the looking through of what came for others."""
    return _said("heartbeat", str(follower.place) if follower.place else None)


def _said(type: str, id: str | None, **more: object) -> Frame:
    return Frame(id, json.dumps({"type": type, "id": id, **more}))


async def frames(follower: Follower[Frame], last_id: str | None, expires_at: datetime) -> AsyncGenerator[Frame]:
    """Give all that a client is told, until its token ends; raises ClientCutOff."""
    for first in first_frames(await follower.begin(last_id, SETTLE_SECONDS)):
        yield first
    while (left := _seconds_until(expires_at)) > 0:
        try:
            frame = (await follower.next(min(HEARTBEAT_SECONDS, left))).value
        except TimeoutError:
            frame = heartbeat(follower)
        yield frame


def ending_of(error: ClientCutOff) -> Ending:
    """Say how the connection of a client ends who was cut off."""
    return ENDINGS[CutOff(error.reason)]


def _seconds_until(time: datetime) -> float:
    return (time - datetime.now(UTC)).total_seconds()
