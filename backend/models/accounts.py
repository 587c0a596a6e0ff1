"""Who can sign in: project owners, freelancers, operators."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.declared import Model, new_id, now


class Role(StrEnum):
    """What an account is for."""

    OWNER = "owner"
    FREELANCER = "freelancer"
    OPERATOR = "operator"


class Account(Model):
    """A person who can sign in."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role]
    created_at: Mapped[datetime] = mapped_column(default=now)
