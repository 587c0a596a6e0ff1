"""CVs: an uploaded file and how far its reading has come."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, new_id, now


class CVState(StrEnum):
    """How far a CV has come."""

    UPLOADED = "uploaded"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class CV(Model):
    """An uploaded CV. `extracted` is what the analyser read (a `RefinedProfile` as JSON; under `taxonomy`, by which
    build of the skills, and under `reasoning`, a note on how); `error` says why it failed.

    `readings` counts how often its reading has begun.
    """

    __tablename__ = "cvs"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    freelancer_id: Mapped[str] = mapped_column(String(36), ForeignKey("freelancers.id"), index=True)
    filename: Mapped[str] = mapped_column(String(1024))
    media_type: Mapped[str | None] = mapped_column(String(200))
    size: Mapped[int]
    storage_key: Mapped[str] = mapped_column(String(200))
    state: Mapped[CVState] = mapped_column(default=CVState.UPLOADED, index=True)
    error: Mapped[str | None] = mapped_column(Text)
    readings: Mapped[int] = mapped_column(default=0, server_default="0")
    session_id: Mapped[str | None] = mapped_column(String(36))
    extracted: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
