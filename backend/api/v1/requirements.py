"""Saying in a conversation what a project asks for; it ends in the project."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import SignedIn, require_role
from models import Role
from schemas.pages import Page, PageQuery
from schemas.requirements import OwnersWords, RequirementsChatView
from schemas.strict import Reference
from services import requirements
from services.reasoning import get_reasoner
from trunkline.reasoning import Reasoner
from trunkline.sql import Database

router = APIRouter(prefix="/requirements", tags=["Requirements"])

InDatabase = Annotated[Database, Depends(get_database)]
Owner = Annotated[SignedIn, Depends(require_role(Role.OWNER))]
Reader = Annotated[SignedIn, Depends(require_role(Role.OWNER, Role.OPERATOR))]


@router.post("", status_code=201, summary="Begin a conversation", responses=problem_responses(401, 403, 503))
async def begin(owner: Owner, database: InDatabase) -> RequirementsChatView:
    """Begin a conversation; its first message is a question."""
    return await database.write(lambda session: requirements.begin(session, owner))


@router.get("", summary="List one's conversations", responses=problem_responses(401, 403, 422))
async def list_conversations(
    query: Annotated[PageQuery, Query()], owner: Owner, database: InDatabase
) -> Page[RequirementsChatView]:
    """Return the owner's conversations, newest first."""

    def read(session: Session) -> Page[RequirementsChatView]:
        found, more = requirements.listed(session, owner, limit=query.limit, after=query.after)
        return Page(items=found, next=more)

    return await database.read(read)


@router.get("/{chat_id}", summary="Read a conversation", responses=problem_responses(401, 403, 404, 422))
async def get_conversation(chat_id: Reference, reader: Reader, database: InDatabase) -> RequirementsChatView:
    """Return a conversation."""
    return await database.read(lambda session: requirements.get(session, reader, chat_id))


@router.post("/{chat_id}/messages", summary="Say something", responses=problem_responses(401, 403, 404, 409, 422, 503))
async def say(
    chat_id: Reference,
    words: OwnersWords,
    owner: Owner,
    database: InDatabase,
    reasoner: Annotated[Reasoner, Depends(get_reasoner)],
) -> RequirementsChatView:
    """Answer the last question, ask one, or correct what was gathered; a "yes" at the end posts the project."""
    return await requirements.say(database, reasoner, owner, chat_id, words.content)
