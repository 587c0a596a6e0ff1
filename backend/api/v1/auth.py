"""Registering, and signing in for a bearer token."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, status
from fastapi.security import OAuth2PasswordRequestForm
from sqlalchemy.orm import Session

from api.problems import problem_responses
from core.database import get_database
from core.passwords import TooBusy, hash_password, verify_password
from core.security import Current, create_token
from models import Account, Role
from schemas.accounts import MAX_PASSWORD, AccountView, Registration, TokenView
from services import accounts
from services.refusals import Unavailable
from trunkline.sql import Database

router = APIRouter(prefix="/auth", tags=["Accounts"])

InDatabase = Annotated[Database, Depends(get_database)]


@router.post(
    "/register",
    status_code=201,
    summary="Register an owner or a freelancer",
    responses=problem_responses(409, 422, 503),
)
async def register(registration: Registration, database: InDatabase) -> AccountView:
    """Make an account. A freelancer's empty profile is made with it."""
    try:
        password_hash = await hash_password(registration.password)
    except TooBusy as error:
        raise Unavailable(str(error)) from None

    def write(session: Session) -> AccountView:
        account = accounts.register(
            session,
            email=registration.email,
            password_hash=password_hash,
            name=registration.name,
            role=Role(registration.role),
        )
        return AccountView.model_validate(account)

    return await database.write(write)


@router.post("/token", summary="Sign in", responses=problem_responses(401, 422, 503))
async def sign_in(form: Annotated[OAuth2PasswordRequestForm, Depends()], database: InDatabase) -> TokenView:
    """Return a bearer token for `username` (the e-mail address) and `password`.

    An address without an account is answered as slowly, and in the same words, as a wrong password.
    """
    found = await database.read(partial(accounts.credentials, email=form.username))
    try:
        is_right = await verify_password(form.password[:MAX_PASSWORD], found.password_hash if found else None)
    except TooBusy as error:
        raise Unavailable(str(error)) from None
    if found is None or not is_right:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "wrong address or password", headers={"WWW-Authenticate": "Bearer"}
        )
    token = create_token(found.account_id)
    return TokenView(access_token=token.text, expires_in=token.expires_in)


@router.get("/me", summary="Who is signed in", responses=problem_responses(401))
async def who(account: Current, database: InDatabase) -> AccountView:
    """Return the account that the token was made for."""
    return await database.read(lambda session: AccountView.model_validate(session.get_one(Account, account.id)))
