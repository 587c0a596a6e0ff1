"""Clarifications: one side of a match asks, the other answers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import SignedIn, require_role
from models import Role
from schemas.clarifications import Answer, ClarificationView, DraftView, Question, QuestionWanted, TemplateView
from schemas.pages import Page, PageQuery
from schemas.strict import Reference
from services import clarification_drafts, clarifications
from services.reasoning import get_reasoner
from sourcing.questions import templates
from trunkline.reasoning import Reasoner
from trunkline.sql import Database

router = APIRouter(prefix="/clarifications", tags=["Clarifications"])

InDatabase = Annotated[Database, Depends(get_database)]
Side = Annotated[SignedIn, Depends(require_role(Role.OWNER, Role.FREELANCER))]


class ClarificationQuery(PageQuery):
    """Which page of which clarifications is wanted."""

    project_id: Reference | None = None


@router.post(
    "", status_code=201, summary="Ask the other side", responses=problem_responses(401, 403, 404, 409, 422, 429, 503)
)
async def ask(question: Question, asker: Side, database: InDatabase) -> ClarificationView:
    """Send a question to the other side of a match: one's own, or a template filled in."""

    def write(session: Session) -> ClarificationView:
        return ClarificationView.model_validate(clarifications.ask(session, asker, question))

    return await database.write(write)


@router.get("/templates", summary="List questions to fill in", responses=problem_responses(401, 403))
async def list_templates(asker: Side) -> list[TemplateView]:
    """Return the templates for the asker's side, to be asked by id with their parameters."""
    return [TemplateView.model_validate(each) for each in templates().values() if asker.role.value in each.asked_by]


@router.post("/drafts", summary="Draft a question", responses=problem_responses(401, 403, 404, 422, 503))
async def draft(
    wanted: QuestionWanted, asker: Side, database: InDatabase, reasoner: Annotated[Reasoner, Depends(get_reasoner)]
) -> DraftView:
    """Return a question that the match leaves open, to be edited and then asked; nothing is sent."""
    return await clarification_drafts.draft(database, reasoner, asker, wanted)


@router.post("/{clarification_id}/answer", summary="Answer", responses=problem_responses(401, 403, 404, 409, 422, 503))
async def answer(clarification_id: Reference, body: Answer, answerer: Side, database: InDatabase) -> ClarificationView:
    """Answer a question that the other side asked, once."""

    def write(session: Session) -> ClarificationView:
        answered = clarifications.answer(session, answerer, clarification_id, body.answer)
        return ClarificationView.model_validate(answered)

    return await database.write(write)


@router.get("", summary="List one's clarifications", responses=problem_responses(401, 403, 422))
async def list_clarifications(
    query: Annotated[ClarificationQuery, Query()], asker: Side, database: InDatabase
) -> Page[ClarificationView]:
    """Return questions of which one is a side, newest first."""

    def read(session: Session) -> Page[ClarificationView]:
        found, more = clarifications.listed(
            session, asker, project_id=query.project_id, limit=query.limit, after=query.after
        )
        return Page(items=[ClarificationView.model_validate(each) for each in found], next=more)

    return await database.read(read)
