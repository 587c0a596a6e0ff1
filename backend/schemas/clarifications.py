"""Clarifications as the API shows and takes them."""

from datetime import datetime

from pydantic import BaseModel, Field

from models import Role
from schemas.strict import Body, Reference, View, Words
from trunkline.reasoning import Note


class Question(Body):
    """A question to the other side of a match. An owner names the freelancer; a freelancer need not."""

    project_id: Reference
    freelancer_id: Reference | None = None
    question: Words = Field(examples=["Could you start in March?"])


class QuestionWanted(Body):
    """The match that a question is to be drafted for. An owner names the freelancer; a freelancer need not."""

    project_id: Reference
    freelancer_id: Reference | None = None


class DraftView(BaseModel):
    """A question that was not sent, and how it came about."""

    question: str
    reasoning: Note


class Answer(Body):
    """The other side's answer."""

    answer: Words = Field(examples=["Yes, on the first."])


class ClarificationView(View):
    """A question and, when there is one, its answer."""

    id: str
    project_id: str
    freelancer_id: str
    asked_by: Role
    question: str
    answer: str | None
    created_at: datetime
    answered_at: datetime | None
