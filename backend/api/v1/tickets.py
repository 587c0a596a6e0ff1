"""Tickets: cookies that open the live events within a minute, for browsers, which cannot send a header with them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fastapi import Response
from fastapi.requests import HTTPConnection

from core.config import settings
from core.security import NotSignedIn, SignedIn, account_of, create_token
from trunkline.sql import Database

TICKET = "realtime_ticket"
TICKET_SECONDS = 60
TICKET_PATH = "/api/v1/realtime"
_MAX_DIGITS = 12
"""Of a time in seconds; a stranger may send more than Python converts."""


def give_ticket(response: Response, account: SignedIn) -> None:
    """Set the cookie."""
    until = int(account.expires_at.timestamp())
    token = create_token(account.id, lifetime=timedelta(seconds=TICKET_SECONDS), purpose=_purpose(until))
    response.set_cookie(
        TICKET,
        f"{until}.{token.text}",
        max_age=TICKET_SECONDS,
        path=TICKET_PATH,
        secure=settings.environment != "development",
        httponly=True,
        samesite="strict",
    )


async def holder_of_ticket(connection: HTTPConnection, database: Database) -> SignedIn | None:
    """Return whose ticket the cookie is; None without one, or when it has run out."""
    until, _, token = connection.cookies.get(TICKET, "").partition(".")
    if not until.isdecimal() or len(until) > _MAX_DIGITS or not token:
        return None
    try:
        account = await account_of(database, token, purpose=_purpose(int(until)))
    except NotSignedIn:
        return None
    return replace(account, expires_at=datetime.fromtimestamp(int(until), UTC))


def comes_from_a_foreign_page(connection: HTTPConnection) -> bool:
    """Whether a ticket was sent along by a page that may not use it: a browser sends cookies for any."""
    origin = connection.headers.get("origin")
    if TICKET not in connection.cookies or origin is None or origin in settings.cors_origins:
        return False
    return origin.partition("://")[2] != connection.headers.get("host")


def _purpose(until: int) -> str:
    """What a ticket is for: the live events, until the token ends that it was got with. Signed with the ticket."""
    return f"realtime until {until}"
