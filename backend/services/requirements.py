"""Gathering a project's requirements in a conversation with its owner.

A message is read first, which may take a model's time, and then kept in one transaction with the answer; should another
message of the owner have come in between, that transaction is refused, and the owner says it again. The "yes" that ends
the conversation is read by a rule: no model posts a project.
"""

from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security import SignedIn
from models import ChatState, RequirementsChat, Role, now
from schemas.projects import ProjectDraft, Requirements
from schemas.requirements import ChatLine, RequirementsChatView
from services import projects
from services.pages import page
from services.reasoning import REQUIREMENTS
from services.refusals import Conflict, NotFound
from sourcing.gathering import (
    INSTRUCTIONS,
    Gathering,
    Known,
    OwnersMessage,
    Understood,
    advanced,
    is_yes,
    opening,
)
from trunkline.reasoning import Note, Reasoner
from trunkline.sql import Database

MOST_MESSAGES = 200
MOST_CHARACTERS = 200_000
"""Of all messages together: conversations are listed whole, many at once."""
POSTED = "Posted. Freelancers are matched to it now."


def begin(session: Session, owner: SignedIn) -> RequirementsChatView:
    """Begin a conversation, with the first question."""
    chat = RequirementsChat(
        owner_id=owner.id, gathering=Gathering().model_dump(mode="json"), messages=[_line("assistant", opening())]
    )
    session.add(chat)
    session.flush()
    return view(chat)


async def say(
    database: Database, reasoner: Reasoner, owner: SignedIn, chat_id: str, content: str
) -> RequirementsChatView:
    """Take what the owner says, and answer; with a yes at the end, post the project.

    Raises:
        NotFound: there is none of that id among the owner's.
        Conflict: it is done, too long, or something else was said meanwhile.
    """
    chat = await database.read(partial(_open, owner=owner, chat_id=chat_id))
    gathering = Gathering.model_validate(chat.gathering)
    if gathering.asking == "confirmation" and is_yes(content):
        return await database.write(partial(_post, owner=owner, chat=chat, content=content))
    data = OwnersMessage(known=gathering.known, asking=gathering.asking, message=content)
    answer = await reasoner.run(REQUIREMENTS, INSTRUCTIONS, data, Understood, root=f"requirements-{chat_id}")
    moved, reply = advanced(gathering, answer.result)
    keep = partial(_keep, owner=owner, chat=chat, content=content, moved=moved, reply=reply, note=answer.note)
    return await database.write(keep)


def get(session: Session, asker: SignedIn, chat_id: str) -> RequirementsChatView:
    """Return a conversation to its owner or an operator.

    Raises:
        NotFound: there is none that the asker may know of.
    """
    chat = session.get(RequirementsChat, chat_id)
    if chat is None or (asker.role is not Role.OPERATOR and chat.owner_id != asker.id):
        raise NotFound("conversation")
    return view(chat)


def listed(
    session: Session, owner: SignedIn, *, limit: int, after: str | None
) -> tuple[list[RequirementsChatView], str | None]:
    """Return a page of the owner's conversations."""
    rows = select(RequirementsChat).where(RequirementsChat.owner_id == owner.id)
    found, more = page(session, rows, RequirementsChat.id, limit=limit, after=after)
    return [view(chat) for chat in found], more


def view(chat: RequirementsChat) -> RequirementsChatView:
    """Return a conversation as the API shows it."""
    gathering = Gathering.model_validate(chat.gathering)
    return RequirementsChatView(
        id=chat.id,
        state=chat.state,
        messages=[ChatLine.model_validate(line) for line in chat.messages],
        known=gathering.known,
        open=gathering.open,
        project_id=chat.project_id,
        created_at=chat.created_at,
        updated_at=chat.updated_at,
    )


def draft_of(known: Known) -> ProjectDraft:
    """Return the project that was gathered."""
    asked = known.model_dump(exclude={"title", "description"}, exclude_none=True)
    return ProjectDraft(
        title=known.title or "", description=known.description or "", requirements=Requirements.model_validate(asked)
    )


def _open(session: Session, owner: SignedIn, chat_id: str) -> RequirementsChat:
    chat = session.get(RequirementsChat, chat_id)
    if chat is None or chat.owner_id != owner.id:
        raise NotFound("conversation")
    if chat.state is ChatState.DONE:
        raise Conflict("this conversation is done; its project can be changed")
    if len(chat.messages) >= MOST_MESSAGES or sum(len(line["text"]) for line in chat.messages) >= MOST_CHARACTERS:
        raise Conflict("this conversation is too long; begin another")
    return chat


def _same(session: Session, owner: SignedIn, chat: RequirementsChat) -> RequirementsChat:
    """The conversation, locked, if nothing was said since it was read."""
    now_is = session.get(RequirementsChat, chat.id, with_for_update=True)
    if now_is is None or now_is.owner_id != owner.id:
        raise NotFound("conversation")
    if now_is.version != chat.version:
        raise Conflict("something else was said meanwhile; read the conversation, and say it again")
    now_is.version += 1
    return now_is


def _keep(
    session: Session,
    owner: SignedIn,
    chat: RequirementsChat,
    content: str,
    moved: Gathering,
    reply: str,
    note: Note,
) -> RequirementsChatView:
    kept = _same(session, owner, chat)
    kept.gathering = moved.model_dump(mode="json")
    kept.messages = [*kept.messages, _line("owner", content), _line("assistant", reply, note)]
    session.flush()
    return view(kept)


def _post(session: Session, owner: SignedIn, chat: RequirementsChat, content: str) -> RequirementsChatView:
    kept = _same(session, owner, chat)
    project = projects.post(session, owner, draft_of(Gathering.model_validate(kept.gathering).known))
    kept.project_id = project.id
    kept.state = ChatState.DONE
    kept.messages = [*kept.messages, _line("owner", content), _line("assistant", POSTED)]
    session.flush()
    return view(kept)


def _line(role: str, text: str, note: Note | None = None) -> dict[str, Any]:
    noted = {"reasoning": note.model_dump(mode="json")} if note is not None else {}
    return {"role": role, "text": text, "at": now().isoformat(), **noted}
