"""Trunkline's tables; an application's Alembic migrations include `metadata`.

`trunkline_outbox` keeps its numbers for ever (``AUTOINCREMENT``, a sequence): a number that came back would let a late
relay delete another event than the one it sent. Ids that come from elsewhere have a bounded column, and longer ones are
stored as their hash (`stored_id`), since an index cannot hold any length.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

ID_LENGTH = 256
"""Characters of an event id."""

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, with its zone also on SQLite, which keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC."""
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite dropped."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class database_time(GenericFunction[float]):  # noqa: N801, it is named as it is called in a statement
    """Seconds since 1970 by the database's clock: PostgreSQL's server, or the machine that has the SQLite file."""

    type = Double()
    inherit_cache = True


@compiles(database_time, "postgresql")
def _postgresql_time(element: database_time, compiler: SQLCompiler, **options: object) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


@compiles(database_time, "sqlite")
def _sqlite_time(element: database_time, compiler: SQLCompiler, **options: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


metadata = MetaData()

database = Table(
    "trunkline_database",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False),
    comment="one row: the identity of this database, by which the processes that share it find one another",
)

outbox = Table(
    "trunkline_outbox",
    metadata,
    Column("seq", _NUMBER, primary_key=True, autoincrement=True),
    Column("message_id", String(ID_LENGTH), nullable=False, unique=True),
    Column("event_id", String(ID_LENGTH), nullable=False, index=True),
    Column("subject", String(1024), nullable=False, index=True),
    Column("key", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    comment="events that wait for their stream",
    sqlite_autoincrement=True,
)

receipts = Table(
    "trunkline_receipts",
    metadata,
    Column("event_id", String(ID_LENGTH), primary_key=True),
    Column("subject", String(1024), nullable=False),
    Column("guarantee", String(20), nullable=False),
    Column("stream", String(255)),
    Column("sequence", _NUMBER),
    Column("duplicate", Boolean, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False, index=True),
    Index("ix_trunkline_receipts_subject", "subject", "sent_at"),
    comment="where the events of the outbox went; kept for a day",
)

inbox = Table(
    "trunkline_inbox",
    metadata,
    Column("handler", String(200), primary_key=True),
    Column("event_id", String(ID_LENGTH), primary_key=True),
    Column("done_at", UtcDateTime, nullable=False, index=True),
    comment="which events a handler has done",
)

attempts = Table(
    "trunkline_attempts",
    metadata,
    Column("handler", String(200), primary_key=True),
    Column("event_id", String(ID_LENGTH), primary_key=True),
    Column("begun", Integer, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False, index=True),
    comment="how often a handler has begun events that are not done yet",
)

dead_letters = Table(
    "trunkline_dead_letters",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("handler", String(200), nullable=False),
    Column("event_id", String(ID_LENGTH), nullable=False),
    Column("message_id", String(ID_LENGTH), nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("type", String(255), nullable=False),
    Column("subject", String(1024), nullable=False),
    Column("original_subject", String(1024)),
    Column("key", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("original_payload", LargeBinary),
    Column("headers", JSON, nullable=False),
    Column("stream", String(255)),
    Column("sequence", _NUMBER),
    Column("attempts", Integer, nullable=False),
    Column("error_class", String(255), nullable=False),
    Column("error_message", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("replayed_at", UtcDateTime, index=True),
    Index("uq_trunkline_dead_letters_message", "handler", "message_id", unique=True),
    Index("ix_trunkline_dead_letters_kind", "handler", "error_class", "type"),
    comment="events that could not be handled or sent",
)

leases = Table(
    "trunkline_leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("fence", _NUMBER, nullable=False),
    Column("expires_at", Double, nullable=False),
    comment="who may do what only one may do; fence grows with each change of owner",
)

timers = Table(
    "trunkline_timers",
    metadata,
    Column("kind", String(100), primary_key=True),
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("due", Double, nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("failures", Integer, nullable=False),
    comment="what is to happen at a time, and has not yet",
)

budgets = Table(
    "trunkline_budgets",
    metadata,
    Column("root", String(ID_LENGTH), primary_key=True),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("exceeded_at", UtcDateTime),
    Column("used_at", UtcDateTime, nullable=False, index=True),
    comment="what the calls of a task tree to language models have spent",
)

reservations = Table(
    "trunkline_reservations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("root", String(ID_LENGTH), nullable=False, index=True),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("expires_at", Double, nullable=False),
    comment="what calls that run now may spend at most; of no weight once expired",
)

known_servers = Table(
    "trunkline_known_servers",
    metadata,
    Column("servers", String(64), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    comment="where JetStream was seen: its absence there is a failure, not a choice",
)

agents = Table(
    "trunkline_agents",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("instance", String(128), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("description", Text, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("load", Double),
    Column("started", UtcDateTime, nullable=False),
    Column("host", String(255), nullable=False),
    Column("pid", _NUMBER, nullable=False),
    Column("ttl", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("stopped_at", Double),
    comment="instances of agents, and when each was last there, in seconds since 1970 by the database's clock",
)


def stored_id(event_id: str) -> str:
    """Return `event_id` as its column can hold it: itself, or its hash when it is too long or holds a NUL."""
    if len(event_id) <= ID_LENGTH and clean(event_id) == event_id:
        return event_id
    return "sha256:" + hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()


def clean(text: str) -> str:
    """Return `text` with what no database takes (NUL, lone surrogates) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a stranger's headers as the database can hold them."""
    return {clean(name): clean(value) for name, value in headers.items()}
