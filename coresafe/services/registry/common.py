"""What companies, projects and drillholes share: locking a row, storing a change once, removing, pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.exc import DBAPIError

from coresafe.errors import Duplicate, InUse, NotFound, StaleVersion, ValidationFailed
from coresafe.services import facts, failures
from coresafe.services.listing import Listing, Page, Query, checked_limit, from_page
from coresafe.services.unset import Unset
from coresafe.services.work import Reading, Writing

T = TypeVar("T")

#: Columns every table has and no person sets.
_KEPT = ("id", "version", "created_at", "updated_at")


def identifier(value: object) -> int:
    """An id that can be looked for; 0, which no row has, for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else 0


def sent_fields(command: Any, *, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of a command that were sent, by name."""
    found = {field.name: getattr(command, field.name) for field in fields(command) if field.name not in leave_out}
    return {name: value for name, value in found.items() if not isinstance(value, Unset)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One kind of editable record: its table, its audit kind, and what a person calls it.

    ``shown`` are the columns a row is read with (names by subquery, so that locking it locks nothing else);
    ``build`` makes the row; ``name`` is the column it is told by; ``unique`` the field of its unique key.
    """

    table: Any
    kind: str
    noun: str
    name: str
    unique: str
    shown: tuple[Any, ...]
    build: Callable[[Row[Any]], Any]

    def lock(self, tx: Writing, row_id: object) -> Row[Any]:
        """The row, held until the end of the transaction. Raises NotFound."""
        statement = sa.select(*self.shown, *facts.clock_columns()).where(self.table.c.id == identifier(row_id))
        row = tx.first(statement.with_for_update())
        if row is None:
            raise NotFound(f"There is no such {self.noun}.")
        return row

    def read(self, tx: Reading | Writing, row_id: object) -> Any:
        """The row as it is now. Raises NotFound."""
        row = tx.first(sa.select(*self.shown).where(self.table.c.id == identifier(row_id)))
        if row is None:
            raise NotFound(f"There is no such {self.noun}.")
        return self.build(row)

    def require_version(self, row: Row[Any], version: object) -> None:
        """Refuse a form that was opened on an older version. Raises StaleVersion with the row as it is."""
        if isinstance(version, bool) or not isinstance(version, int):
            raise ValidationFailed.of("version", "The version is missing. Send the one the row was read with.")
        if version != row.version:
            raise self.stale(self.build(row))

    def stale(self, current: Any) -> StaleVersion:
        """The refusal of a stale write."""
        name = getattr(current, self.name)
        return StaleVersion(
            f"{self.noun.capitalize()} {name} was changed by somebody else meanwhile. Nothing was changed.",
            current=current,
        )

    def add(self, tx: Writing, values: Mapping[str, Any]) -> Any:
        """Insert a row and its audit entry; returns the row. Raises Duplicate."""
        stored = {**values, "created_at": tx.now, "updated_at": tx.now}
        try:
            row_id = tx.insert(_Named(self.table), stored)
        except DBAPIError as error:
            raise self._told(error, values) from error
        tx.audit("add", self.kind, row_id, new=audited(values))
        return self.read(tx, row_id)

    def change(self, tx: Writing, row: Row[Any], values: Mapping[str, Any], *, reason: str | None = None) -> Any:
        """Store what differs, under the version that was read, with an audit entry of the fields that differ.

        ``reason``: why, where a person said it; it stands in the trail.
        Raises Duplicate, and StaleVersion where somebody got in between after all.
        """
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return self.build(row)
        statement = (
            sa.update(self.table)
            .where(self.table.c.id == row.id, self.table.c.version == row.version)
            .values(**changed, version=row.version + 1, updated_at=tx.now)
        )
        try:
            matched = tx.change(statement).rowcount
        except DBAPIError as error:
            raise self._told(error, changed) from error
        if matched != 1:
            raise self.stale(self.read(tx, row.id))
        old = {name: getattr(row, name) for name in changed}
        tx.audit("change", self.kind, row.id, old=audited(old), new=audited(changed), reason=reason)
        return self.read(tx, row.id)

    def remove(self, tx: Writing, row: Row[Any], hint: str) -> None:
        """Delete a row nothing refers to. Raises InUse with ``hint`` otherwise."""
        try:
            tx.change(sa.delete(self.table).where(self.table.c.id == row.id))
        except DBAPIError as error:
            if failures.is_referred_to(error):
                name = getattr(row, self.name)
                raise InUse(
                    f"Other records refer to {self.noun} {name}, so it stays. Nothing was changed.", hint=hint
                ) from error
            raise
        columns = {column.name for column in self.table.c} - set(_KEPT)
        old = {name: getattr(row, name) for name in sorted(columns)}
        tx.audit("remove", self.kind, row.id, old=audited(old))

    def _told(self, error: DBAPIError, values: Mapping[str, Any]) -> Exception:
        if not failures.is_duplicate(error):
            return error
        field = "code" if self.unique != "code" and "code_key" in str(error.orig) else self.unique
        return self.duplicate(field, values.get(field))

    def duplicate(self, field: str, value: object) -> Duplicate:
        """The refusal of a second row with the same name."""
        what = f" {value}" if isinstance(value, str) else " like this"
        return Duplicate(f"There is a {self.noun}{what} already. Choose another, or use that one.", field=field)


class _Named:
    """A table where ``Writing.insert`` expects a model."""

    def __init__(self, table: Any) -> None:
        self.__table__ = table
        self.__tablename__ = table.name


def audited(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields an audit entry shows: not the keys, which only repeat the names."""
    return {
        name: value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
        for name, value in values.items()
        if not name.endswith("_key") and name != "import_id"
    }


def page_of(
    tx: Reading,
    listing: Listing,
    query: Query,
    columns: Sequence[Any],
    joined: Callable[[sa.FromClause], sa.FromClause],
    build: Callable[[Row[Any]], T],
) -> Page[T]:
    """One page: the ids by key in a derived table with its limit, then everything shown about them."""
    ids = listing.ids(query).subquery("page")
    _name, _column, descending = listing.order(query)
    down = descending != query.backwards
    ends = (ids.c.sort_value.desc(), ids.c.id.desc()) if down else (ids.c.sort_value.asc(), ids.c.id.asc())
    start = ids.join(listing.table, listing.table.c.id == ids.c.id)
    statement = sa.select(*columns, ids.c.sort_value).select_from(joined(start)).order_by(*ends)
    found = tx.all(from_page(statement))
    keys = [(row.id, row.sort_value) for row in found]
    rows = [build(row) for row in found[: checked_limit(query.limit)]]
    page = listing.page(query, keys, rows, tx.now)
    return replace(page, total=tx.all(listing.count(query))[0].rows) if query.total else page
