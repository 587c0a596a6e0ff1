"""By which way people want their messages, and the digests that go by mail."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, new_id, now


class Channel(StrEnum):
    """By which way a message reaches a person; in their lists they find it in any case."""

    LIVE = "live"
    EMAIL = "email"
    """Collected, and sent as one mail now and then."""
    NONE = "none"


class MessageType(StrEnum):
    """The kinds of messages between people."""

    CHAT = "chat"
    CLARIFICATION_REQUEST = "clarification_request"
    CLARIFICATION_RESPONSE = "clarification_response"
    CLARIFICATION_REMINDER = "clarification_reminder"
    CLARIFICATION_UNANSWERED = "clarification_unanswered"
    OPPORTUNITY = "opportunity"
    """A project is offered to a freelancer."""
    OPPORTUNITY_CHANGED = "opportunity_changed"
    """An offer has expired, was withdrawn, or is open again."""
    ANSWER = "answer"
    """A freelancer has answered an offer."""
    DECISION = "decision"
    """An owner has decided on a freelancer."""


class MessagePreference(Model):
    """What an account has chosen for one kind of message; without a row it is `Channel.LIVE`."""

    __tablename__ = "message_preferences"

    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), primary_key=True)
    message_type: Mapped[MessageType] = mapped_column(String(40), primary_key=True)
    channel: Mapped[Channel]


class Digest(Model):
    """One mail to an account.

    `claimed_until` is until when a process may be sending it; `attempts` counts how often one has tried. It has ended
    with `sent_at`, or with `refused`, what the mail server said against it for good.
    """

    __tablename__ = "digests"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    refused: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DigestEntry(Model):
    """A message that goes to an account by mail; `event_id` is of the event that routed it: so it is there once."""

    __tablename__ = "digest_entries"
    __table_args__ = (Index("ix_digest_entries_account", "account_id", "digest_id"),)

    event_id: Mapped[str] = mapped_column(String(256), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(36), ForeignKey("accounts.id"))
    digest_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("digests.id"), index=True)
    message_type: Mapped[MessageType] = mapped_column(String(40))
    project_id: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(default=now)
