"""Conversations in which an owner says what a project asks for."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, new_id, now


class ChatState(StrEnum):
    """Whether a conversation goes on."""

    OPEN = "open"
    DONE = "done"


class RequirementsChat(Model):
    """A conversation; `gathering` is a `Gathering` as JSON, `version` counts what the owner has said.

    `messages` is a list of {"role", "text", "at"}, role being "owner" or "assistant"; an assistant's message has a note
    on its making under "reasoning". A conversation that is done has its project.
    """

    __tablename__ = "requirements_chats"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), index=True)
    state: Mapped[ChatState] = mapped_column(default=ChatState.OPEN)
    gathering: Mapped[dict[str, Any]] = mapped_column(JSON)
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=0)
    project_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("projects.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
