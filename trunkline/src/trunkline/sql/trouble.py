"""What a database error means: the function's own doing, or trouble with the database."""

import sqlite3
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Trouble:
    """The database could not take a transaction.

    `again` says that the same transaction may succeed soon, `undone` that nothing of this one remains even when it was
    the commit that failed, `unreachable` that another transaction would fare no better now.
    """

    reason: str
    again: bool
    undone: bool = False
    unreachable: bool = False


_SQLITE = {
    sqlite3.SQLITE_BUSY: "the database stayed locked by another process",
    sqlite3.SQLITE_LOCKED: "the database is locked by another connection",
    sqlite3.SQLITE_FULL: "the database's disk is full",
    sqlite3.SQLITE_IOERR: "the database's disk fails",
    sqlite3.SQLITE_CANTOPEN: "the database's file cannot be opened",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_AGAIN = {
    "40001": "two transactions could not be put in order",
    "40P01": "two transactions waited for each other",
    "57P01": "the database is shutting down",
    "57P02": "the database has crashed",
    "57P03": "the database is starting",
}
_UNDONE = {"40001", "40P01"}
_GIVE_UP = {
    "55P03": "a row stayed locked by another transaction",
    "57014": "the database stopped the transaction",
    "53100": "the database's disk is full",
    "53200": "the database is out of memory",
    "53300": "the database has too many connections",
}


_UNREACHABLE = "the database cannot be reached, or does not answer"


def diagnose(error: DBAPIError) -> Trouble | None:
    """Return what is wrong with the database, or None when the statement is what failed."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        reason = _SQLITE.get(getattr(original, "sqlite_errorcode", 0) & 0xFF)
        return Trouble(f"{reason} ({original})", again=False) if reason else None
    state = getattr(original, "sqlstate", None)
    if state in _AGAIN:
        return Trouble(_AGAIN[state], again=True, undone=state in _UNDONE)
    if state in _GIVE_UP:
        return Trouble(_GIVE_UP[state], again=False)
    if error.connection_invalidated or (state or "").startswith("08") or _unreachable(error):
        return Trouble(_UNREACHABLE, again=True, unreachable=True)
    return None


def _unreachable(error: DBAPIError) -> bool:
    """psycopg reports a refused or timed-out connect, and a server that hangs up, without a state."""
    return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"} and not getattr(
        error.orig, "sqlstate", None
    )
