"""INSERT with ON CONFLICT, which both databases have and SQLAlchemy offers for each apart."""

from collections.abc import Callable

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Insert = postgresql.Insert | sqlite.Insert
Inserting = Callable[[Table], Insert]


def insert(session: Session, table: Table) -> Insert:
    """Return an INSERT into `table` for the session's database."""
    return inserting(session.get_bind().dialect)(table)


def inserting(dialect: Dialect) -> Inserting:
    """Return what makes an INSERT for the dialect."""
    return sqlite.insert if dialect.name == "sqlite" else postgresql.insert
