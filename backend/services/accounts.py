"""Accounts: registering, and finding the one that signs in."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Account, Freelancer, Role
from schemas.nats_schemas import AnalyticsUserJourneyEvent
from schemas.subjects import ANALYTICS_USER_JOURNEY
from services.outgoing import emit
from services.refusals import Conflict


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    account_id: str
    password_hash: str


def register(session: Session, *, email: str, password_hash: str, name: str, role: Role) -> Account:
    """Make an account, and a freelancer's empty profile with it.

    Raises:
        Conflict: the address has an account.
    """
    email = email.lower()
    account = Account(email=email, password_hash=password_hash, name=name, role=role)
    if session.scalar(select(Account.id).where(Account.email == email)) is not None:
        raise Conflict("this address has an account already")
    session.add(account)
    try:
        session.flush()
    except IntegrityError:  # somebody registered the same address in these milliseconds
        raise Conflict("this address has an account already") from None
    if role is Role.FREELANCER:
        session.add(Freelancer(id=account.id, name=name))
    reached = AnalyticsUserJourneyEvent(user_id=account.id, stage="registered")
    emit(session, ANALYTICS_USER_JOURNEY.build(user_id=account.id, stage=reached.stage), reached)
    return account


def credentials(session: Session, email: str) -> Credentials | None:
    """Return what a sign-in under this address is checked against, or None."""
    if "\0" in email:  # PostgreSQL cannot even be asked for it
        return None
    account = session.scalar(select(Account).where(Account.email == email.strip().lower()))
    return Credentials(account.id, account.password_hash) if account is not None else None
