"""CVs as the API shows them."""

from datetime import datetime
from typing import Any

from models import CVState
from schemas.strict import View


class CVAccepted(View):
    """A CV has been stored and will be read."""

    id: str
    state: CVState


class CVSummary(CVAccepted):
    """A CV in a list; `error` says why it could not be read."""

    freelancer_id: str
    filename: str
    media_type: str | None
    size: int
    error: str | None
    created_at: datetime
    updated_at: datetime


class CVView(CVSummary):
    """A CV with what was read from it."""

    extracted: dict[str, Any] | None
