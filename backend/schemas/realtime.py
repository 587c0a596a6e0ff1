"""What travels on ``realtime.{user_id}``: an event as one person is to see it."""

from datetime import datetime
from typing import Any

from pydantic import Field

from schemas.nats_schemas import EventSchema


class RealtimeEvent(EventSchema):
    """An event of the platform, for one of the people whom it concerns."""

    event_id: str
    subject: str
    time: datetime
    data: dict[str, Any] = Field(default_factory=dict, json_schema_extra={"personal": True})
