"""Many rows given to a statement as one value: a JSON text, which the database takes apart.

A driver that is called once for each row gives Python's lock up each time, and has to get it back while other threads
compute.
"""

from collections.abc import Callable, Sequence

import pydantic_core
from sqlalchemy import JSON, ColumnElement, Select, Table, Text, bindparam, cast, column, func, literal_column, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from trunkline.sql.dialects import Insert, Inserting
from trunkline.sql.prepared import Prepared

GIVEN = "given"
"""The name of the value."""


class InsertGiven:
    """INSERT of many rows into `table`, run with one call of the driver.

    Args:
        table: where they go.
        fields: its columns that are given for each row.
        shared: its other columns, and what they are for all rows.
        conflict: completes the statement with an ON CONFLICT.
    """

    def __init__(
        self,
        table: Table,
        fields: Sequence[str],
        shared: dict[str, ColumnElement[object]],
        conflict: Callable[[Insert], ClauseElement],
    ) -> None:
        def statement(rows: Select[*tuple[object, ...]], insert: Inserting) -> ClauseElement:
            return conflict(insert(table).from_select([*fields, *shared], rows))

        self._prepared = {
            "sqlite": Prepared(lambda insert: statement(_sqlite_rows(fields, shared), insert)),
            "postgresql": Prepared(lambda insert: statement(_postgresql_rows(table, fields, shared), insert)),
        }

    def run(self, session: Session, rows: Sequence[dict[str, object]], **values: object) -> int:
        """Insert `rows`; `values` are those of `shared` that are bound. Return how many rows it changed."""
        given = pydantic_core.to_json(rows).decode()
        return self._prepared[session.get_bind().dialect.name].run(session, **{GIVEN: given}, **values)


def _sqlite_rows(fields: Sequence[str], shared: dict[str, ColumnElement[object]]) -> Select[*tuple[object, ...]]:
    each = func.json_each(bindparam(GIVEN, type_=Text)).table_valued("value")
    given = [func.json_extract(each.c.value, literal_column(f"'$.{name}'")) for name in fields]
    # Without WHERE, SQLite takes the ON of ON CONFLICT for one of a join.
    return select(*given, *shared.values()).select_from(each).where(literal_column("true"))


def _postgresql_rows(
    table: Table, fields: Sequence[str], shared: dict[str, ColumnElement[object]]
) -> Select[*tuple[object, ...]]:
    text = cast(bindparam(GIVEN, type_=Text), JSON)
    each = func.json_to_recordset(text).table_valued(*[column(name, table.c[name].type) for name in fields])
    each = each.render_derived(name="given", with_types=True)
    return select(*[each.c[name] for name in fields], *shared.values())
