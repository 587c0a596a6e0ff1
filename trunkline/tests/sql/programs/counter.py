"""``counter.py URL TIMES`` counts in a shared row; ``counter.py URL half`` writes a row and never ends."""

import asyncio
import sys
import time

from sqlalchemy import text
from sqlalchemy.orm import Session

from trunkline.sql import Database


def count_one(session: Session) -> None:
    """Read, then write: what a deferred transaction of SQLite cannot do side by side."""
    lock = "" if session.get_bind().dialect.name == "sqlite" else " FOR UPDATE"
    seen = session.execute(text(f"SELECT text FROM notes WHERE id = 1{lock}")).scalar_one()
    session.execute(text("UPDATE notes SET text = :text WHERE id = 1"), {"text": str(int(seen) + 1)})


def half(session: Session) -> None:
    """Write, tell, and never end."""
    session.execute(text("INSERT INTO notes (id, text) VALUES (9, 'half')"))
    print("written", flush=True)
    time.sleep(60)


async def main(url: str, times: str) -> None:
    """Run."""
    database = Database(url, busy_limit=30)
    await database.start()
    if times == "half":
        await database.write(half)
    for _ in range(int(times)):
        await database.write(count_one)
    await database.close()


asyncio.run(main(sys.argv[1], sys.argv[2]))
