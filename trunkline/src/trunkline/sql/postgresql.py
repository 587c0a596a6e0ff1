"""Connections to PostgreSQL that notice when nobody is at the other end.

A statement has three limits, since a server can be slow, unreachable or dead without a word:

- the server itself stops a statement after `STATEMENT_SECONDS`, and ends a session that has sat in a transaction
  without a statement for `IDLE_SECONDS`: its client is gone, and others wait for what it has locked;
- the kernel gives a connection up whose packets are not acknowledged (keepalives, ``tcp_user_timeout``), also while
  it is idle, so that the pool does not hand it out;
- the client gives a connection up on which it has heard nothing for `SILENCE_SECONDS`. Only this one sees a server
  that is frozen, or a proxy that keeps the connection and passes nothing on: there the kernel acknowledges everything.

A connection that is given up is closed, so it is never used again, and the server rolls back what it had not committed.
"""

import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready
from sqlalchemy import URL, Engine, event

T = TypeVar("T")

STATEMENT_SECONDS = 10.0
SILENCE_SECONDS = 12.0
"""Longer than a statement may take, so that a server that still works speaks first."""
IDLE_SECONDS = 60.0

_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 2}
_LOOK_SECONDS = 0.1


class LimitedConnection(psycopg.Connection[tuple[object, ...]]):
    """A connection that is closed when the server is silent for too long."""

    def wait(self, gen: PQGen[T], interval: float = _LOOK_SECONDS, timeout: float | None = None) -> T:
        """Wait for the server.

        Raises:
            psycopg.OperationalError: it was silent for too long; the connection is closed.
        """
        return super().wait(self._while_heard(gen), interval)

    def _while_heard(self, gen: PQGen[T]) -> PQGen[T]:
        heard = time.monotonic()
        try:
            waiting = next(gen)
            while True:
                ready = yield waiting
                if ready != Ready.NONE:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENCE_SECONDS:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"the server has been silent for {SILENCE_SECONDS:g} s")
                waiting = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result


def connect_arguments(url: URL, busy_limit: float) -> dict[str, object]:
    """Return what the driver is told of the limits; what the URL itself says holds."""
    limits = {"connect_timeout": max(2, round(busy_limit)), "tcp_user_timeout": round(SILENCE_SECONDS * 1000)}
    return {name: value for name, value in {**_KEEPALIVE, **limits}.items() if name not in url.query}


def limit_connections(engine: Engine, busy_limit: float) -> None:
    """Have `engine` make limited connections; `busy_limit` is how many seconds each waits for a lock."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, busy_limit))


def _connect(dialect: object, record: object, arguments: list[Any], named: dict[str, Any]) -> LimitedConnection:
    return LimitedConnection.connect(*arguments, **named)


def _prepare(connection: LimitedConnection, busy_limit: float) -> None:
    connection.execute(
        f"SET lock_timeout = {round(busy_limit * 1000)};"
        f"SET statement_timeout = {round(STATEMENT_SECONDS * 1000)};"
        f"SET idle_in_transaction_session_timeout = {round(IDLE_SECONDS * 1000)}".encode()
    )
    connection.commit()
