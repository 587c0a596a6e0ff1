"""Who asks: bearer tokens, and what a role may call. Closed by default, in every environment.

A token names an account; name and role come from the database at each request, so that an account that is gone, or has
another role, is so at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.orm import Session

from core.config import settings
from core.database import get_database
from models import Account, Role, new_id
from trunkline.sql import Database

ALGORITHM = "HS256"
ISSUER = "expert-sourcing"

_bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token", auto_error=False, description="The token of `POST /api/v1/auth/token`."
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account that asks."""

    id: str
    name: str
    email: str
    role: Role
    expires_at: datetime


class NotSignedIn(Exception):
    """A token is missing, malformed, forged, expired, or of an account that is gone."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token made for an account."""

    text: str
    expires_in: int


def create_token(account_id: str, *, lifetime: timedelta | None = None, purpose: str = "api") -> Token:
    """Return a signed token for an account; `purpose` is checked when it is read, so that one kind is no other."""
    lifetime = lifetime or timedelta(minutes=settings.token_minutes)
    made = datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": purpose, "sub": account_id, "iat": made, "exp": made + lifetime, "jti": new_id()}
    return Token(jwt.encode(claims, settings.signing_key(), ALGORITHM), int(lifetime.total_seconds()))


async def account_of(database: Database, token: str, *, purpose: str = "api") -> SignedIn:
    """Return the account that `token` was made for.

    Raises:
        NotSignedIn: the token is not good, or the account is gone.
    """
    try:
        claims = jwt.decode(
            token,
            settings.signing_key(),
            [ALGORITHM],
            audience=purpose,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "iss", "sub", "aud"]},
        )
    except jwt.PyJWTError as error:
        raise NotSignedIn(str(error)) from None
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)

    def signed_in(session: Session) -> SignedIn | None:
        account = session.get(Account, claims["sub"])
        if account is None:
            return None
        return SignedIn(account.id, account.name, account.email, account.role, expires_at)

    found = await database.read(signed_in)
    if found is None:
        raise NotSignedIn("the account is gone")
    return found


async def current_account(
    token: Annotated[str | None, Depends(_bearer)], database: Annotated[Database, Depends(get_database)]
) -> SignedIn:
    """Return the account that asks; a dependency. Answers 401 where there is none."""
    try:
        if token is None:
            raise NotSignedIn("a bearer token is needed")
        return await account_of(database, token)
    except NotSignedIn as error:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, f"not signed in: {error}", {"WWW-Authenticate": "Bearer"}
        ) from None


Current = Annotated[SignedIn, Depends(current_account)]


def require_role(*roles: Role) -> Callable[[SignedIn], Awaitable[SignedIn]]:
    """Return a dependency that answers 403 to accounts of other roles."""

    async def allowed(account: Current) -> SignedIn:
        if account.role not in roles:
            raise HTTPException(status.HTTP_403_FORBIDDEN, f"this is for {' and '.join(roles)} accounts")
        return account

    return allowed
