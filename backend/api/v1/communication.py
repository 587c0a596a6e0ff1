"""How messages reach an account: live, by a digest, or not at all."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.problems import problem_responses
from core.config import settings
from core.database import get_database
from core.security import Current
from models import Channel, MessageType
from schemas.communication import PreferencesEdit, PreferencesView
from services import preferences
from trunkline.sql import Database

router = APIRouter(prefix="/communication", tags=["Communication"])

InDatabase = Annotated[Database, Depends(get_database)]


@router.get("/preferences", summary="Read one's preferences", responses=problem_responses(401))
async def get_preferences(account: Current, database: InDatabase) -> PreferencesView:
    """Return by which way each kind of message comes."""
    return _view(await database.read(lambda session: preferences.listed(session, account)))


@router.patch("/preferences", summary="Change one's preferences", responses=problem_responses(401, 409, 422, 503))
async def change_preferences(edit: PreferencesEdit, account: Current, database: InDatabase) -> PreferencesView:
    """Choose for some kinds of messages by which way they come from now on."""
    return _view(await database.write(lambda session: preferences.choose(session, account, edit.root)))


def _view(chosen: dict[MessageType, Channel]) -> PreferencesView:
    return PreferencesView(
        preferences=chosen, can_mail=settings.smtp_url is not None, digest_minutes=settings.digest_minutes
    )
