"""Preferences of communication, as the API shows and takes them."""

from typing import Annotated

from pydantic import BaseModel, Field, RootModel

from models import Channel, MessageType


class PreferencesEdit(RootModel[Annotated[dict[MessageType, Channel], Field(min_length=1)]]):
    """Which kinds of messages come by which way; kinds that are not named stay as they are."""


class PreferencesView(BaseModel):
    """By which way each kind of message comes. Whatever it is, messages are found in the lists."""

    preferences: dict[MessageType, Channel]
    can_mail: bool = Field(description="Whether this server sends mail.")
    digest_minutes: float = Field(description="How long messages are collected for one mail.")
