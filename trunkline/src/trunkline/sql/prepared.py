"""Statements that Trunkline runs for every event, compiled once and then given to the driver as they are.

For a statement that takes the database a few microseconds SQLAlchemy spends a hundred: on building it, on finding it in
its cache, on wrapping its result. The tables remain the one source: such a statement is written with them, compiled for
a dialect when it first runs there, and its values are bound by the types of their columns.

What the driver raises is raised as SQLAlchemy would. The listeners of SQLAlchemy's engine do not see these statements.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from trunkline.sql.dialects import Inserting, inserting

T = TypeVar("T")

Row = Sequence[Any]


class Prepared:
    """A statement with a `bindparam` for each value.

    Args:
        write: writes it, given what makes an INSERT for the database at hand.
    """

    def __init__(self, write: Callable[[Inserting], ClauseElement]) -> None:
        self._write = write
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def run(self, session: Session, **values: object) -> int:
        """Run the statement; return how many rows it changed."""
        return self._run(session, values, lambda cursor: cursor.rowcount)

    def first(self, session: Session, **values: object) -> Row | None:
        """Run the statement; return its first row, as the driver has it."""
        return self._run(session, values, lambda cursor: cursor.fetchone())

    def all(self, session: Session, **values: object) -> Sequence[Row]:
        """Run the statement; return its rows, as the driver has them."""
        return self._run(session, values, lambda cursor: cursor.fetchall())

    def _run(self, session: Session, values: Mapping[str, object], result: Callable[[DBAPICursor], T]) -> T:
        connection = session.connection()
        compiled = self._compiled_for(connection.dialect)
        parameters = compiled.bind(values)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.text, parameters)
            return result(cursor)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy_raises(connection, compiled.text, cursor, error) from error
        finally:
            cursor.close()

    def _compiled_for(self, dialect: Dialect) -> "_Compiled":
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = _compile(self._write(inserting(dialect)), dialect)
        return found


@dataclass(frozen=True, slots=True)
class _Value:
    """How one value of a statement is bound; `fixed` is what the statement itself says, when it does."""

    name: str
    process: Callable[[Any], Any] | None
    fixed: object

    def bind(self, values: Mapping[str, object]) -> object:
        value = values.get(self.name, self.fixed)
        return value if self.process is None else self.process(value)


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    values: tuple[_Value, ...]
    positional: bool

    def bind(self, values: Mapping[str, object]) -> Any:
        if self.positional:
            return tuple([value.bind(values) for value in self.values])
        return {value.name: value.bind(values) for value in self.values}


def _compile(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    binds: Mapping[str, BindParameter[Any]] = compiled.binds
    names: Iterable[str] = (compiled.positiontup or ()) if compiled.positional else binds
    values = tuple(_Value(name, _processor(binds[name], dialect), binds[name].value) for name in names)
    return _Compiled(compiled.string, values, compiled.positional)


def _processor(parameter: BindParameter[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return parameter.type.dialect_impl(dialect).bind_processor(dialect)


def _as_sqlalchemy_raises(connection: Connection, text: str, cursor: DBAPICursor, error: Exception) -> BaseException:
    """Return the driver's error as SQLAlchemy's, without values; a connection that is lost is not used again."""
    dialect = connection.dialect
    lost = isinstance(error, dialect.loaded_dbapi.Error) and dialect.is_disconnect(error, connection.connection, cursor)
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
