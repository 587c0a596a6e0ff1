"""Dead letters, for operators: events that a handler gave up, or that could not be sent; see docs/dead-letters.md."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.security import require_role
from models import Role
from schemas.deadletters import (
    DeadLetterEdit,
    DeadLetterQuery,
    DeadLetterSummary,
    DeadLetterView,
    GroupView,
    ReplayBody,
    Replayed,
    ReplayedKind,
)
from schemas.pages import Page
from schemas.strict import Reference
from schemas.subjects import SUBJECTS
from trunkline import NoSuchDeadLetter
from trunkline.sql import Database, deadletters

router = APIRouter(
    prefix="/deadletters",
    tags=["Dead letters"],
    dependencies=[Depends(require_role(Role.OPERATOR))],
    responses=problem_responses(401, 403),
)

InDatabase = Annotated[Database, Depends(get_database)]


@router.get("", summary="List dead letters", responses=problem_responses(422))
async def list_letters(query: Annotated[DeadLetterQuery, Query()], database: InDatabase) -> Page[DeadLetterSummary]:
    """Return those that wait, or those that were replayed, oldest first."""
    wanted = query.model_dump(exclude={"limit"})
    found = await database.read(partial(deadletters.list, **wanted, limit=query.limit + 1))
    items = [DeadLetterSummary.model_validate(letter) for letter in found[: query.limit]]
    return Page(items=items, next=items[-1].id if len(found) > query.limit else None)


@router.get("/groups", summary="Count dead letters by kind")
async def list_groups(database: InDatabase) -> list[GroupView]:
    """Return the kinds of those that wait (handler, class of error, type of event), the largest first."""
    return [GroupView.model_validate(group) for group in await database.read(deadletters.groups)]


@router.post("/replay", summary="Replay a kind of dead letters", responses=problem_responses(422, 503))
async def replay_kind(body: ReplayBody, database: InDatabase) -> ReplayedKind:
    """Replay those of a kind that wait, oldest first and at a limited rate; answers when it is done."""
    kind = body.model_dump(include={"handler", "error_class", "type"})
    replayed = 0
    async for _ in deadletters.replay_all(database, **kind, rate=body.rate, limit=body.limit):
        replayed += 1
    return ReplayedKind(replayed=replayed, waiting=await database.read(partial(deadletters.count, **kind)))


@router.get("/{letter_id}", summary="Read a dead letter", responses=problem_responses(404, 422))
async def get_letter(letter_id: Reference, database: InDatabase) -> DeadLetterView:
    """Return everything that is kept of it."""

    def read(session: Session) -> DeadLetterView:
        letter = deadletters.get(session, letter_id)
        if letter is None:
            raise NoSuchDeadLetter(letter_id)
        return DeadLetterView.of(letter)

    return await database.read(read)


@router.patch("/{letter_id}", summary="Edit a dead letter", responses=problem_responses(404, 409, 422))
async def edit_letter(letter_id: Reference, body: DeadLetterEdit, database: InDatabase) -> DeadLetterView:
    """Change what a replay sends; the original is kept beside it."""
    edit = partial(deadletters.edit, id=letter_id, payload=body.payload, subject=body.subject, subjects=SUBJECTS)
    return DeadLetterView.of(await database.write(edit))


@router.post(
    "/{letter_id}/replay",
    status_code=202,
    summary="Replay a dead letter",
    responses=problem_responses(404, 409, 422, 503),
)
async def replay_letter(letter_id: Reference, database: InDatabase) -> Replayed:
    """Send its event again, to the handler that gave it up alone. A letter is replayed once."""
    event = await database.write(partial(deadletters.replay, id=letter_id))
    return Replayed(event_id=event.id, subject=event.subject, round=event.round)


@router.delete("/{letter_id}", status_code=204, summary="Discard a dead letter", responses=problem_responses(404, 422))
async def discard_letter(letter_id: Reference, database: InDatabase) -> None:
    """Erase it; its event stays done for its handler."""
    await database.write(partial(deadletters.discard, id=letter_id))
