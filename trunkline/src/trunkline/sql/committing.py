"""The commit, and what is known when it fails."""

import sqlite3
from enum import Enum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from trunkline.errors import DatabaseError
from trunkline.sql.trouble import diagnose


class Standing(Enum):
    """How the database sees a connection's transaction."""

    NONE = "none"
    OPEN = "open"
    ABORTED = "aborted"
    """A statement failed, and PostgreSQL takes nothing but a rollback; it answers a commit with one, as a success."""


class OutcomeUnknown(DatabaseError):
    """The database may have committed, or not."""


def commit(session: Session) -> None:
    """Flush and commit.

    Raises:
        OutcomeUnknown: the database did not answer the commit.
        DatabaseError: a statement had failed, and whoever ran it went on.
        DBAPIError: nothing was committed.
    """
    session.flush()
    if session.in_transaction() and standing(session) is Standing.ABORTED:
        raise DatabaseError("a statement of the transaction failed and the function went on: nothing was written")
    try:
        session.commit()
    except DBAPIError as error:
        trouble = diagnose(error)
        if trouble is None or trouble.undone:
            raise
        raise OutcomeUnknown(f"{trouble.reason}; the outcome is unknown") from error


def standing(session: Session) -> Standing:
    """Ask the driver, not the server, about the session's transaction."""
    driver = session.connection().connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        return Standing.OPEN if driver.in_transaction else Standing.NONE
    assert driver is not None
    status: str = driver.info.transaction_status.name
    return {"INTRANS": Standing.OPEN, "INERROR": Standing.ABORTED}.get(status, Standing.NONE)
