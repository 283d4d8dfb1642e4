"""Statements that every dispatch and return sends, made once as text and sent to the driver as they are.

SQLAlchemy makes the text and knows how each value is stored; what is left out is going through its compiler at every
call, which is what half of a write's own time was spent on (docs/performance.md).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult, Dialect

#: Values in one statement at most; SQLite takes 32,766.
_MOST_VALUES = 30_000

Store = Callable[[Any], Any] | None


def _store(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Store:
    """What turns a value of a type into what the driver takes, or None where it takes it as it is."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


@functools.lru_cache(maxsize=128)
def _insert_text(table: sa.Table, names: tuple[str, ...], rows: int, dialect: Dialect) -> tuple[str, tuple[Store, ...]]:
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    one = "(" + ", ".join([mark] * len(names)) + ")"
    text = f"INSERT INTO {quote(table.name)} ({columns}) VALUES {', '.join([one] * rows)}"  # noqa: S608  # names of ours
    return text, tuple(_store(table.c[name].type, dialect) for name in names)


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
    """Insert rows that all name the same columns; what they leave out has its default from the table.

    One statement, unless there are more values than one takes. Returns the result of the last: its ``lastrowid`` is the
    id where one row was inserted.
    """
    names = tuple(rows[0])
    at_once = max(1, _MOST_VALUES // len(names))
    result = None
    for start in range(0, len(rows), at_once):
        batch = rows[start : start + at_once]
        text, stores = _insert_text(table, names, len(batch), connection.dialect)
        values = tuple(
            row[name] if store is None else store(row[name])
            for row in batch
            for name, store in zip(names, stores, strict=True)
        )
        result = connection.exec_driver_sql(text, values)
    if result is None:
        raise ValueError("there are no rows to insert")
    return result


class Prepared:
    """A write with named values, compiled once for each database. It returns counts, not rows."""

    def __init__(self, statement: sa.sql.dml.UpdateBase) -> None:
        self._statement = statement
        self._made: dict[Dialect, tuple[str, tuple[tuple[str, Store], ...], bool, dict[str, Any]]] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Send it with these values."""
        made = self._made.get(connection.dialect)
        if made is None:
            made = self._made[connection.dialect] = self._make(connection.dialect)
        text, stores, positional, fixed = made
        if positional:
            return connection.exec_driver_sql(
                text,
                tuple(
                    fixed[name] if name in fixed else values[name] if store is None else store(values[name])
                    for name, store in stores
                ),
            )
        sent = {name: values[name] if store is None else store(values[name]) for name, store in stores}
        return connection.exec_driver_sql(text, sent | fixed)

    def _make(self, dialect: Dialect) -> tuple[str, tuple[tuple[str, Store], ...], bool, dict[str, Any]]:
        compiled = self._statement.compile(dialect=dialect)
        binds = compiled.binds
        # What the statement itself compares with, such as the roles that may, is no value of a call.
        fixed = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
        positions = getattr(compiled, "positiontup", None)
        if positions is not None:
            order = tuple((name, _store(binds[name].type, dialect) if name in binds else None) for name in positions)
            return str(compiled), order, True, fixed
        named = tuple((name, _store(bind.type, dialect)) for name, bind in binds.items() if name not in fixed)
        return str(compiled), named, False, fixed
