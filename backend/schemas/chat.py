"""Chat messages as the API shows and takes them."""

from datetime import datetime

from models import Role
from schemas.strict import Body, Reference, View, Words


class MessageDraft(Body):
    """A message to the other side of a match."""

    project_id: Reference
    recipient_id: Reference
    content: Words


class MessageView(View):
    """A message; `role` is the sender's."""

    id: str
    project_id: str
    sender_id: str
    recipient_id: str
    role: Role
    content: str
    created_at: datetime
