"""Conversations about a project's requirements, as the API shows and takes them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from models import ChatState
from schemas.strict import Body, Words
from sourcing.gathering import Known, Name
from trunkline.reasoning import Note


class OwnersWords(Body):
    """What the owner says."""

    content: Words = Field(examples=["A web shop for ceramics"])


class ChatLine(BaseModel):
    """A message of a conversation; the assistant's has a note on how it came about, where something was reasoned."""

    role: Literal["owner", "assistant"]
    text: str
    at: datetime
    reasoning: Note | None = None


class RequirementsChatView(BaseModel):
    """A conversation: what was said, what is known of the project, and which fields are still open.

    When it is done, `project_id` is the project that came of it.
    """

    id: str
    state: ChatState
    messages: list[ChatLine]
    known: Known
    open: list[Name]
    project_id: str | None
    created_at: datetime
    updated_at: datetime
