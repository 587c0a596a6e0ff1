"""Workflows: where each stands, and which event led to which."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import Current
from schemas.pages import Page
from schemas.strict import Reference
from schemas.workflows import WorkflowQuery, WorkflowSummary, WorkflowView
from services import workflows
from trunkline.sql import Database

router = APIRouter(prefix="/workflows", tags=["Workflows"], responses=problem_responses(401))

InDatabase = Annotated[Database, Depends(get_database)]


@router.get("", summary="List workflows", responses=problem_responses(422))
async def list_workflows(
    query: Annotated[WorkflowQuery, Query()], asker: Current, database: InDatabase
) -> Page[WorkflowSummary]:
    """Return what concerns the account, newest first; all workflows for an operator."""

    def read(session: Session) -> Page[WorkflowSummary]:
        found, more = workflows.listed(session, asker, **query.model_dump())
        return Page(items=[WorkflowSummary.model_validate(each) for each in found], next=more)

    return await database.read(read)


@router.get("/{workflow_id}", summary="Read a workflow's timeline", responses=problem_responses(404, 422))
async def get_workflow(workflow_id: Reference, asker: Current, database: InDatabase) -> WorkflowView:
    """Return where a workflow stands and every step that brought it there, with its cause and what it led to."""
    return await database.read(lambda session: WorkflowView.made(*workflows.get(session, asker, workflow_id)))
