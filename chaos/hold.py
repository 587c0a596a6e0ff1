"""Keep a database locked for a while: ``python -m chaos.hold URL SECONDS``. Says ``locked`` when it is."""

import sys
import time

from sqlalchemy import create_engine

_LIMIT_SECONDS = 20


def main() -> None:
    """Lock, say so, wait, and unlock."""
    url, seconds = sys.argv[1:]
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_LIMIT_SECONDS * 1000}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET lock_timeout = '{_LIMIT_SECONDS}s'")
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("LOCK TABLE chaos_accepted, chaos_effects, trunkline_outbox")
        print("locked", flush=True)
        time.sleep(float(seconds))
        connection.exec_driver_sql("ROLLBACK")


if __name__ == "__main__":
    main()
