"""Accounts as the API shows and takes them."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from models import Role
from schemas.strict import Body, Line, OneLine, View

_ADDRESS = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s.]+")


def _address(text: str) -> str:
    if _ADDRESS.fullmatch(text) is None:
        raise ValueError("must be an e-mail address, such as ada@example.org")
    return text


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=320),
    AfterValidator(_address),
    OneLine,
]
MAX_PASSWORD = 1024
Password = Annotated[str, StringConstraints(min_length=10, max_length=MAX_PASSWORD)]


class Registration(Body):
    """Somebody new. Operators are made on the server's command line only."""

    email: Email = Field(examples=["ada@example.org"])
    password: Password = Field(examples=["correct horse battery staple"], repr=False)
    name: Line = Field(examples=["Ada Example"])
    role: Literal["owner", "freelancer"]


class AccountView(View):
    """An account."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime


class TokenView(BaseModel):
    """A bearer token; `expires_in` is in seconds."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
