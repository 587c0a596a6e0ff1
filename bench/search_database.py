"""Accounts and profiles of made-up freelancers, in the platform's tables."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench import profiles
from bench.titles import Titles
from models import Account, Freelancer, Role, now
from sourcing.index.columns import Columns
from sourcing.skills import all_skills
from trunkline.sql import Database

ROWS_AT_ONCE = 2000


async def fill(database: Database, market: profiles.Market, columns: Columns, titles: Titles) -> None:
    """Write all freelancers of the columns, matched as they are."""
    for begin in range(0, len(columns), ROWS_AT_ONCE):
        rows = list(rows_of(market, columns, titles, begin, min(begin + ROWS_AT_ONCE, len(columns))))

        def write(session: Session, rows: list[dict[str, Any]] = rows) -> None:
            session.execute(insert(Account), [account(row["id"]) for row in rows])
            session.execute(insert(Freelancer), rows)

        await database.write(write)


def account(id: str) -> dict[str, Any]:
    """The account of a freelancer."""
    return {
        "id": id,
        "email": f"{id}@example.org",
        "password_hash": "-",
        "name": "Somebody",
        "role": Role.FREELANCER,
        "created_at": now(),
    }


def rows_of(
    market: profiles.Market, columns: Columns, titles: Titles, begin: int, end: int
) -> Iterator[dict[str, Any]]:
    """The rows of some freelancers."""
    listed, at = all_skills(), now()
    for row in range(begin, end):
        features = columns.features[columns.starts[row] : columns.starts[row + 1]]
        names = [market.names[number] for number in features]
        yield {
            "id": columns.ids[row].decode(),
            "name": "Somebody",
            "skills": [{"id": id, "name": listed[id].name, "years": None, "status": "found"} for id in names],
            "languages": [{"name": "English", "level": "C1"}],
            "positions": [{"title": title} for title in titles.positions(row)],
            "edited": [],
            "headline": titles.headline(row),
            "summary": "",
            "years_of_experience": float(columns.years[row]),
            "rate": float(columns.rates[row]),
            "available": bool(columns.available[row]),
            "remote": bool(columns.remote[row]),
            "version": 1,
            "matched_version": 1,
            "updated_at": at,
        }
