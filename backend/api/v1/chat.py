"""Chat between the two sides of a match."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import SignedIn, require_role
from models import Role
from schemas.chat import MessageDraft, MessageView
from schemas.pages import Page, PageQuery
from schemas.strict import Reference
from services import chat
from trunkline.sql import Database

router = APIRouter(prefix="/chat", tags=["Chat"])

InDatabase = Annotated[Database, Depends(get_database)]
Side = Annotated[SignedIn, Depends(require_role(Role.OWNER, Role.FREELANCER))]


class ChatQuery(PageQuery):
    """Which page of which messages is wanted."""

    project_id: Reference | None = None
    other: Reference | None = Field(default=None, alias="with", description="The account on the other side.")


@router.post("/messages", status_code=201, summary="Write", responses=problem_responses(401, 403, 404, 422, 503))
async def write_message(draft: MessageDraft, sender: Side, database: InDatabase) -> MessageView:
    """Send a message to the other side of a match."""
    return await database.write(lambda session: MessageView.model_validate(chat.write(session, sender, draft)))


@router.get("/messages", summary="Read one's messages", responses=problem_responses(401, 403, 422))
async def list_messages(query: Annotated[ChatQuery, Query()], asker: Side, database: InDatabase) -> Page[MessageView]:
    """Return messages from and to oneself, newest first."""

    def read(session: Session) -> Page[MessageView]:
        found, more = chat.listed(
            session, asker, project_id=query.project_id, other=query.other, limit=query.limit, after=query.after
        )
        return Page(items=[MessageView.model_validate(message) for message in found], next=more)

    return await database.read(read)
