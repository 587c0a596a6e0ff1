"""Asking for the freelancers whom a project may fit, over request and reply."""

from pydantic import BaseModel, ConfigDict, Field

from schemas.nats_schemas import ProjectRequirements

SEARCH_FREELANCERS = "rpc.search.freelancers"
MOST_FOUND = 2000


class SearchFilters(BaseModel):
    """Whom to leave out: everybody who does not meet what is asked, or of whom that is not known.

    Names of languages and places are compared whole, in small letters.
    """

    model_config = ConfigDict(extra="forbid")

    available: bool = Field(default=False, description="Only those who are available.")
    remote: bool = Field(default=False, description="Only those who work remotely.")
    location: str | None = Field(default=None, max_length=200)
    languages: list[str] = Field(default_factory=list, max_length=30)
    min_years: float | None = Field(default=None, ge=0, le=80)
    max_rate: float | None = Field(default=None, ge=0)


class SearchRequest(BaseModel):
    """Who may fit? The requirements order the answer, the filters narrow it."""

    model_config = ConfigDict(extra="forbid")

    requirements: ProjectRequirements
    only: SearchFilters = Field(default_factory=SearchFilters)
    limit: int = Field(default=50, ge=1, le=MOST_FOUND)


class SearchHit(BaseModel):
    """A freelancer who may fit. `value` orders the answer; how well somebody fits, the matching says."""

    freelancer_id: str
    value: float


class SearchAnswer(BaseModel):
    """Who may fit, best first, of how many that were searched."""

    freelancers: list[SearchHit]
    searched: int
