"""Tasks as the API takes what concerns them; it shows them as Trunkline does."""

from pydantic import Field, JsonValue

from schemas.pages import PageQuery
from schemas.strict import Body, Line, Reference


class TaskQuery(PageQuery):
    """Which tasks are wanted."""

    owner: Reference | None = Field(default=None, description="For operators: the tasks of this account.")


class TaskCancel(Body):
    """Why a task is canceled."""

    reason: Line | None = None


class TaskAnswer(Body):
    """The answer to what a task asks."""

    answer: JsonValue
    question_id: Reference | None = Field(
        default=None, description="The question that is meant: it must be the open one."
    )
