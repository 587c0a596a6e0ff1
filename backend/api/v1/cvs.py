"""CVs: upload one, and see how far its reading has come."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from sqlalchemy.orm import Session

from api.problems import problem_responses
from api.v1.uploads import OPENAPI_FILE, read_upload
from core.config import settings
from core.database import get_database
from core.security import SignedIn, require_role
from core.storage import Storage, get_storage
from models import Role
from schemas.cvs import CVAccepted, CVSummary, CVView
from schemas.pages import Page, PageQuery
from schemas.strict import Reference
from services import cv_service
from trunkline.sql import Database

router = APIRouter(prefix="/cvs", tags=["CVs"])

InDatabase = Annotated[Database, Depends(get_database)]
Freelancer = Annotated[SignedIn, Depends(require_role(Role.FREELANCER))]
Reader = Annotated[SignedIn, Depends(require_role(Role.FREELANCER, Role.OPERATOR))]


@router.post(
    "",
    status_code=202,
    summary="Upload a CV",
    responses=problem_responses(400, 401, 403, 408, 413, 415, 422, 503),
    openapi_extra=OPENAPI_FILE,
)
async def upload(
    request: Request,
    background_tasks: BackgroundTasks,
    freelancer: Freelancer,
    database: InDatabase,
    storage: Annotated[Storage, Depends(get_storage)],
) -> CVAccepted:
    """Take a PDF, DOCX, JSON Resume or text file as multipart field `file`; it is stored at once, read soon after."""
    file = await read_upload(request, max_bytes=settings.cv_max_bytes)
    return await cv_service.upload(database, storage, background_tasks, freelancer, file.content, file.filename)


@router.get("", summary="List CVs", responses=problem_responses(401, 403, 422))
async def list_cvs(page: Annotated[PageQuery, Query()], reader: Reader, database: InDatabase) -> Page[CVSummary]:
    """Return the freelancer's CVs, newest first; all of them for an operator."""

    def read(session: Session) -> Page[CVSummary]:
        found, more = cv_service.listed(session, reader, limit=page.limit, after=page.after)
        return Page(items=[CVSummary.model_validate(cv) for cv in found], next=more)

    return await database.read(read)


@router.get("/{cv_id}", summary="Read a CV's state", responses=problem_responses(401, 403, 404, 422))
async def get_cv(cv_id: Reference, reader: Reader, database: InDatabase) -> CVView:
    """Return how far a CV has come: what was read from it, or why it could not be read."""
    get = partial(cv_service.get, asker=reader, cv_id=cv_id)
    return await database.read(lambda session: CVView.model_validate(get(session)))
