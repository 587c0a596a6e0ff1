"""Lists come in pages, newest first: `next` of one page is the `after` of the next."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field

from schemas.strict import Storable

T = TypeVar("T")

MAX_PAGE = 200


class PageQuery(BaseModel, extra="forbid"):
    """Which page of a list is wanted."""

    limit: int = Field(default=50, ge=1, le=MAX_PAGE)
    after: Annotated[str, Field(max_length=128), Storable] | None = Field(
        default=None, description="`next` of the page before."
    )


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(default=None, description="Where the next page begins; null on the last.")
