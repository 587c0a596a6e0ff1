"""Freelancers' profiles as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.strict import Body, Line, NotNull, OptionalLine, ShortLine, Text, View


class SkillView(BaseModel):
    """A skill: read from a CV (`found`), or confirmed or denied by the freelancer.

    `method` and `confidence` say how the CV shows it, and how sure that reading is.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    name: str
    years: float | None = None
    evidence: str | None = None
    method: str | None = None
    confidence: float | None = None
    status: Literal["found", "confirmed", "denied"] = "found"


class LanguageView(BaseModel):
    """A language and how well it is spoken."""

    model_config = ConfigDict(extra="ignore")

    name: str
    level: str | None = None


class FreelancerView(View):
    """A profile."""

    id: str
    name: str
    headline: str
    summary: str
    skills: list[SkillView]
    languages: list[LanguageView]
    positions: list[dict[str, Any]]
    years_of_experience: float | None
    location: str | None
    remote: bool
    available: bool
    rate: float | None
    cv_id: str | None
    version: int
    updated_at: datetime


class SkillEdit(Body):
    """What a freelancer says of one of their skills; `denied` takes it out of every match."""

    name: ShortLine
    years: float | None = Field(default=None, ge=0, le=80)
    status: Literal["confirmed", "denied"] = "confirmed"


class LanguageEdit(Body):
    """A language that a freelancer speaks."""

    name: ShortLine
    level: ShortLine | None = None


class FreelancerEdit(Body):
    """What a freelancer changes in their profile. Skills not named stay as they are; languages are replaced."""

    name: Annotated[Line | None, NotNull] = None
    headline: Annotated[OptionalLine | None, NotNull] = None
    summary: Annotated[Text | None, NotNull] = None
    skills: Annotated[list[SkillEdit] | None, NotNull] = Field(default=None, max_length=200)
    languages: Annotated[list[LanguageEdit] | None, NotNull] = Field(default=None, max_length=30)
    years_of_experience: float | None = Field(default=None, ge=0, le=80)
    location: Line | None = None
    remote: Annotated[bool | None, NotNull] = None
    available: Annotated[bool | None, NotNull] = None
    rate: float | None = Field(default=None, ge=0, le=1_000_000)
