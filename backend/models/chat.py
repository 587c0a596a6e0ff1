"""Chat messages between the two sides of a match."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, new_id, now


class ChatMessage(Model):
    """A message from one account to another about a project."""

    __tablename__ = "chat_messages"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(String(36), ForeignKey("projects.id"), index=True)
    sender_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), index=True)
    recipient_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), index=True)
    role: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
