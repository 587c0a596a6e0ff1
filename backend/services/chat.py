"""Chat: messages between the two sides of a match."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import ChatMessage, Role
from schemas.chat import MessageDraft
from schemas.nats_schemas import ChatMessageCreatedEvent
from schemas.subjects import CHAT_MESSAGE_CREATED
from services.matched import pair
from services.outgoing import emit
from services.pages import page
from services.refusals import NotFound


def write(session: Session, sender: SignedIn, draft: MessageDraft) -> ChatMessage:
    """Keep a message and send it to the other side.

    Raises:
        NotFound: sender and recipient are not the two sides of a match of this project.
    """
    freelancer_id = sender.id if sender.role is Role.FREELANCER else draft.recipient_id
    match = pair(session, sender, draft.project_id, freelancer_id)
    if match.other(sender.id) != draft.recipient_id:
        raise NotFound("match")
    message = ChatMessage(
        project_id=match.project_id,
        sender_id=sender.id,
        recipient_id=draft.recipient_id,
        role=sender.role.value,
        content=draft.content,
    )
    session.add(message)
    session.flush()
    event = ChatMessageCreatedEvent(
        message_id=message.id,
        role=message.role,
        content=message.content,
        sender_id=message.sender_id,
        recipient_id=message.recipient_id,
        project_id=message.project_id,
    )
    emit(session, CHAT_MESSAGE_CREATED.build(message_id=message.id), event)
    return message


def listed(
    session: Session, asker: SignedIn, *, project_id: str | None, other: str | None, limit: int, after: str | None
) -> tuple[list[ChatMessage], str | None]:
    """Return a page of the messages from and to the asker; about one project, with one person, or all."""
    mine = or_(ChatMessage.sender_id == asker.id, ChatMessage.recipient_id == asker.id)
    rows = select(ChatMessage).where(mine)
    if project_id is not None:
        rows = rows.where(ChatMessage.project_id == project_id)
    if other is not None:
        rows = rows.where(or_(ChatMessage.sender_id == other, ChatMessage.recipient_id == other))
    return page(session, rows, ChatMessage.id, limit=limit, after=after)
