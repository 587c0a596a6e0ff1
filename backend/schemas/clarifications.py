"""Clarifications as the API shows and takes them."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, model_validator

from models import Role
from schemas.strict import Body, Reference, ShortLine, View, Words
from trunkline.reasoning import Note


class Question(Body):
    """A question to the other side of a match. An owner names the freelancer; a freelancer need not."""

    project_id: Reference
    freelancer_id: Reference | None = None
    question: Words | None = Field(default=None, examples=["Could you start in March?"])
    template: ShortLine | None = Field(default=None, description="In place of a question of one's own.")
    parameters: dict[str, ShortLine] = Field(default_factory=dict, max_length=20, description="The template's.")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.question is None) == (self.template is None):
            raise ValueError("give question, or template")
        if self.parameters and self.template is None:
            raise ValueError("parameters are a template's")
        return self


class TemplateView(View):
    """A question with places to fill; `parameters` says what belongs into each."""

    id: str
    kind: str
    asked_by: list[Role]
    text: str
    parameters: dict[str, str]


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
    withdrawn_at: datetime | None
