"""Leases: one owner at a time for what only one may do, in a table.

A lease is a row: name, owner, fence, expiry. Whoever finds it expired takes it, and its *fence* number grows by one; so
a former owner that was frozen and comes back still holds the old number, and every write that it guards with `holds` is
refused. Safety rests on the fence alone. The expiry only says when another may try: it is in the database's time
(PostgreSQL's server; for SQLite the machine that has the file, one clock for all its processes), so clocks of different
machines do not matter. A clock set forward lets another take over early, which the fence makes harmless; a clock set
back does not hold a dead owner's lease up, since an expiry further away than two terms counts as expired.

All who compete for one name use the same term.
"""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.orm import Session

from trunkline.sql.dialects import insert
from trunkline.sql.prepared import Prepared
from trunkline.sql.tables import database_time, leases


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as its owner took it; `term` is in seconds."""

    name: str
    owner: str
    fence: int
    term: float
    expires_at: float
    """Seconds since 1970, in the database's time."""


_HOLD = Prepared(
    lambda insert: (
        select(leases.c.name)
        .where(
            leases.c.name == bindparam("name"),
            leases.c.owner == bindparam("owner"),
            leases.c.fence == bindparam("fence"),
        )
        .with_for_update()
    )
)


def acquire(session: Session, name: str, owner: str, term: float) -> Lease | None:
    """Take the lease if nobody holds it, for `term` seconds; None while another does.

    `owner` must be unlike any other's, also of an earlier run: a random id.
    """
    row = insert(session, leases).values(name=name, owner=owner, fence=1, expires_at=database_time() + term)
    taken = row.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": owner, "fence": leases.c.fence + 1, "expires_at": database_time() + term},
        where=_expired(term),
    )
    found = session.execute(taken.returning(leases.c.fence, leases.c.expires_at)).one_or_none()
    return Lease(name, owner, found.fence, term, found.expires_at) if found is not None else None


def is_free(session: Session, name: str, term: float) -> bool:
    """Say whether `acquire` may succeed; only reads."""
    held = select(leases.c.name).where(leases.c.name == name, ~_expired(term))
    return session.execute(held).first() is None


def renew(session: Session, lease: Lease) -> Lease | None:
    """Hold the lease for another whole term, also when it had expired and nobody took it; None when another has it."""
    later = update(leases).where(_same(lease)).values(expires_at=database_time() + lease.term)
    found = session.execute(later.returning(leases.c.expires_at)).one_or_none()
    return replace(lease, expires_at=found.expires_at) if found is not None else None


def holds(session: Session, lease: Lease) -> bool:
    """Say whether nobody has taken the lease, and keep it so until the session's transaction ends."""
    return _HOLD.first(session, name=lease.name, owner=lease.owner, fence=lease.fence) is not None


def release(session: Session, lease: Lease) -> bool:
    """Give the lease up, so that another can take it at once; False when another has it already."""
    given = update(leases).where(_same(lease)).values(expires_at=0.0)
    return session.execute(given.returning(leases.c.name)).first() is not None


def _same(lease: Lease) -> ColumnElement[bool]:
    return (leases.c.name == lease.name) & (leases.c.owner == lease.owner) & (leases.c.fence == lease.fence)


def _expired(term: float) -> ColumnElement[bool]:
    return or_(leases.c.expires_at <= database_time(), leases.c.expires_at > database_time() + 2 * term)
