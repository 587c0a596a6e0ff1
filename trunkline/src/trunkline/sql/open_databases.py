"""The databases that this process has open, found by the identity that each keeps in a table.

An event may be added in any session: one of `Database`, or one that the application made from an engine of its own.
Both lead to the same database, so both find its limit and wake its relay through its identity.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from trunkline.sql import tables


class OpenDatabase(Protocol):
    """What an outbox needs of its database."""

    outbox_limit: int

    def committed(self, last: Mapping[str, str]) -> None:
        """Take note that events were added and committed, by key the last one's id; called from any thread."""


_open: dict[str, list[OpenDatabase]] = {}
_identities: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
_lock = Lock()


def opened(identity: str, database: OpenDatabase) -> None:
    """Remember an open database."""
    with _lock:
        _open.setdefault(identity, []).append(database)


def closed(identity: str, database: OpenDatabase) -> None:
    """Forget one."""
    with _lock:
        _open[identity].remove(database)


def found(identity: str | None) -> tuple[OpenDatabase, ...]:
    """Return this process's objects for the database; none when only the application's own engine is open."""
    if identity is None:
        return ()
    with _lock:
        return tuple(_open.get(identity, ()))


def identity(session: Session) -> str | None:
    """Return the identity of the session's database; None before any `Database` was started on it."""
    engine = session.get_bind().engine
    known = _identities.get(engine)
    if known is None:
        known = session.scalar(select(tables.database.c.id))
        if known is not None:
            _identities[engine] = known
    return known
