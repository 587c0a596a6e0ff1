"""Where JetStream was seen: remembered beside the outbox, so that its absence there is taken for the failure it is.

Without this a process that starts while JetStream is away would take the server for one that never had it, and hand its
events once to whoever listens.
"""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.sql.dialects import insert
from trunkline.sql.tables import known_servers


def remember(session: Session, servers: str) -> None:
    """Remember that JetStream was seen at `servers` (a `Connection`'s key, at most 64 characters)."""
    seen = insert(session, known_servers).values(servers=servers, seen_at=datetime.now(UTC))
    session.execute(seen.on_conflict_do_update(index_elements=["servers"], set_={"seen_at": datetime.now(UTC)}))


def known(session: Session, servers: str) -> bool:
    """Say whether JetStream was ever seen at `servers`."""
    return (
        session.execute(select(known_servers.c.servers).where(known_servers.c.servers == servers)).first() is not None
    )
