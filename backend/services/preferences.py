"""Which way people want their messages to come."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import settings
from core.security import SignedIn
from models import Channel, MessagePreference, MessageType
from services.refusals import Conflict


def channel_of(session: Session, account_id: str, message_type: MessageType) -> Channel:
    """Return the way by which a message of this kind is to reach an account."""
    chosen = session.get(MessagePreference, (account_id, message_type))
    if chosen is None or (chosen.channel is Channel.EMAIL and settings.smtp_url is None):
        return Channel.LIVE
    return chosen.channel


def listed(session: Session, account: SignedIn) -> dict[MessageType, Channel]:
    """Return what an account has chosen, for every kind of message."""
    rows = session.scalars(select(MessagePreference).where(MessagePreference.account_id == account.id))
    chosen = {MessageType(row.message_type): row.channel for row in rows}
    return {kind: chosen.get(kind, Channel.LIVE) for kind in MessageType}


def choose(session: Session, account: SignedIn, chosen: Mapping[MessageType, Channel]) -> dict[MessageType, Channel]:
    """Keep what an account chooses; kinds that are not named stay as they are.

    Raises:
        Conflict: mail is chosen, and this server sends none.
    """
    if Channel.EMAIL in chosen.values() and settings.smtp_url is None:
        raise Conflict("this server sends no mail: its operator has to set SMTP_URL", kind="no-mail")
    for kind, channel in chosen.items():
        session.merge(MessagePreference(account_id=account.id, message_type=kind, channel=channel))
    session.flush()
    return listed(session, account)
