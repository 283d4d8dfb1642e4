"""One contract for every list: filters, one sort column, and pages by key.

Paging is by the sort value and the id of a row, never by counting from the start: page 10,000 costs what page 1 costs,
and nothing is shown twice or skipped because somebody wrote meanwhile. ``skip`` jumps from a known row, for a scroll bar
that is dragged; ``backwards`` reads the rows before a row, or the last ones where no cursor is given.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from coresafe.errors import ValidationFailed
from coresafe.models.base import UtcDateTime
from coresafe.services.rules import key_of

T = TypeVar("T")

MAX_LIMIT = 500
#: No whole number of a column is larger.
_FARTHEST = 2**63
DEFAULT_LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a list. ``sort`` is a column's name, with ``-`` for descending; empty: the list's own order."""

    filters: Mapping[str, object] = field(default_factory=dict)
    sort: str = ""
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    skip: int = 0
    backwards: bool = False
    q: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Rows in the order asked for. The cursors lead on and back, None at either end; ``as_of`` is the database's clock.

    ``total`` counts all rows the filters let through, where it was asked for.
    """

    items: tuple[T, ...]
    next_cursor: str | None
    previous_cursor: str | None
    as_of: datetime
    total: int | None = None


Condition = Callable[[Any], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How one list is sorted, filtered and searched. ``table`` has the ``id`` that breaks ties.

    ``sorts``: the columns of the table itself that have an index; ``filters``: a condition for a value;
    ``search``: the condition for free text.
    """

    table: sa.Table
    sorts: Mapping[str, sa.Column[Any]]
    filters: Mapping[str, Condition]
    default_sort: str
    search: Callable[[str], sa.ColumnElement[bool]] | None = None

    def order(self, query: Query) -> tuple[str, sa.Column[Any], bool]:
        """Name, column and direction (True: descending); raises ValidationFailed for a column that cannot be sorted by."""
        asked = query.sort or self.default_sort
        name = asked.removeprefix("-")
        if name not in self.sorts:
            raise ValidationFailed.of("sort", f"Cannot sort by {name[:40]!r}. Choose one of: {', '.join(self.sorts)}.")
        return name, self.sorts[name], asked.startswith("-")

    def where(self, query: Query) -> list[sa.ColumnElement[bool]]:
        """The conditions of the filters and the search; raises ValidationFailed for a filter that does not exist."""
        conditions = []
        for name, value in query.filters.items():
            if value is None or value == "":
                continue
            if name not in self.filters:
                raise ValidationFailed.of(name[:60], f"There is no filter {name[:40]!r}.")
            conditions.append(self.filters[name](value))
        wanted = searchable(query.q)
        if wanted and self.search is not None:
            conditions.append(self.search(wanted))
        return conditions

    def ids(self, query: Query) -> sa.Select[Any]:
        """The ids (and sort values, as ``sort_value``) of one page and one row more, in the order they are read."""
        name, column, descending = self.order(query)
        limit = checked_limit(query.limit)
        reading_down = descending != query.backwards
        statement = sa.select(self.table.c.id, column.label("sort_value")).where(*self.where(query))
        if query.cursor:
            value, row_id = _decode(query.cursor, name, column)
            statement = statement.where(_beyond(column, self.table.c.id, value, row_id, reading_down))
        ends = (column.desc(), self.table.c.id.desc()) if reading_down else (column.asc(), self.table.c.id.asc())
        statement = statement.order_by(*ends).limit(limit + 1)
        if query.skip:
            if not 0 <= query.skip <= 100_000_000:
                raise ValidationFailed.of("skip", "Cannot jump that far.")
            statement = statement.offset(query.skip)
        return statement

    def page(self, query: Query, keys: Sequence[tuple[int, Any]], items: Sequence[T], as_of: datetime) -> Page[T]:
        """Assemble a page.

        ``keys``: (id, sort value) of the rows as read, one more than the page where there are more; ``items``: the rows in
        the same order.
        """
        name, _column, _descending = self.order(query)
        limit = checked_limit(query.limit)
        more = len(keys) > limit
        keys, items = keys[:limit], items[:limit]
        if query.backwards:
            keys, items = keys[::-1], items[::-1]
        first = _encode(name, keys[0]) if keys else None
        last = _encode(name, keys[-1]) if keys else None
        came_from = bool(query.cursor) or bool(query.skip)
        return Page(
            items=tuple(items),
            next_cursor=last if (came_from if query.backwards else more) else None,
            previous_cursor=first if (more if query.backwards else came_from) else None,
            as_of=as_of,
        )

    def count(self, query: Query) -> sa.Select[Any]:
        """How many rows the filters let through."""
        return sa.select(sa.func.count().label("rows")).select_from(self.table).where(*self.where(query))


def from_page(statement: sa.Select[Any], indexes: Mapping[sa.FromClause, str] | None = None) -> sa.Select[Any]:
    """Join in the order that is written, the page with its limit first, and look every row up by a key.

    ``indexes`` names the index of a table that is not joined by its primary key. Left to itself MySQL begins with whole
    tables where it has no statistics yet, as in a database some hours old, and makes a hash of everything read so far, on
    the disk, for a table of two sheds: up to thirty times as long.
    """
    for table in _tables(statement.get_final_froms()):
        statement = statement.with_hint(table, f"FORCE INDEX ({(indexes or {}).get(table, 'PRIMARY')})", "mysql")
    return statement.prefix_with("/*+ NO_BNL() */ STRAIGHT_JOIN", dialect="mysql")


def _tables(sources: Sequence[sa.FromClause]) -> list[sa.Table]:
    """The tables of joins, not those inside of subqueries."""
    found = []
    for source in sources:
        if isinstance(source, sa.Join):
            found += _tables([source.left, source.right])
        elif isinstance(source, sa.Table):
            found.append(source)
    return found


def checked_limit(limit: int) -> int:
    """Raise ValidationFailed for a page size out of range."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
        raise ValidationFailed.of("limit", f"The number of rows must be from 1 to {MAX_LIMIT}.")
    return limit


def searchable(text: str) -> str:
    """Free text as keys are compared, with what cannot be stored left out."""
    if not isinstance(text, str):
        return ""
    return key_of(text.encode("utf-8", "ignore").decode().replace("\0", ""))[:100]


def contains(column: sa.SQLColumnExpression[str], text: str) -> sa.ColumnElement[bool]:
    """The key holds the text."""
    return column.contains(text, autoescape=True)


def starts(column: sa.SQLColumnExpression[str], text: str) -> sa.ColumnElement[bool]:
    """The key begins with the text (an index can serve it)."""
    return column.startswith(text, autoescape=True)


def equals(column: sa.Column[Any]) -> Condition:
    """A filter for one value or any of several."""

    def condition(value: Any) -> sa.ColumnElement[bool]:
        if isinstance(value, (list, tuple, set, frozenset)):
            return column.in_([_whole(column, v) for v in value])
        wanted: sa.ColumnElement[bool] = column == _whole(column, value)
        return wanted

    return condition


def _whole(column: sa.Column[Any], value: Any) -> Any:
    if isinstance(column.type, (sa.Integer, sa.BigInteger)) and not isinstance(column.type, sa.Boolean):
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
            raise ValidationFailed.of(column.name, f"The filter {column.name} takes a whole number.")
        return value
    if isinstance(column.type, sa.Boolean):
        return bool(value)
    return str(value).encode("utf-8", "ignore").decode().replace("\0", "")


def _moment(column: sa.Column[Any], value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(UTC)
        except OverflowError:
            pass
    raise ValidationFailed.of(column.name, f"The filter {column.name} takes a date and time with its time zone.")


def since(column: sa.Column[Any]) -> Condition:
    """A filter for a moment or later."""

    def condition(value: Any) -> sa.ColumnElement[bool]:
        later: sa.ColumnElement[bool] = column >= _moment(column, value)
        return later

    return condition


def until(column: sa.Column[Any]) -> Condition:
    """A filter for before a moment."""

    def condition(value: Any) -> sa.ColumnElement[bool]:
        earlier: sa.ColumnElement[bool] = column < _moment(column, value)
        return earlier

    return condition


def _beyond(
    column: sa.Column[Any], row_id: sa.Column[Any], value: Any, after: int, descending: bool
) -> sa.ColumnElement[bool]:
    """Rows past (value, id) in the direction read. Nulls come first going up and last going down, on every database."""
    if value is None:
        same: sa.ColumnElement[bool] = column.is_(None) & (row_id < after if descending else row_id > after)
        return same if descending else same | column.is_not(None)
    if descending:
        past: sa.ColumnElement[bool] = (column <= value) & ((column < value) | (row_id < after))
        return sa.or_(past, column.is_(None)) if column.nullable else past
    onward: sa.ColumnElement[bool] = (column >= value) & ((column > value) | (row_id > after))
    return onward


def _encode(name: str, key: tuple[int, Any]) -> str:
    value = key[1]
    if isinstance(value, datetime):
        value = {"moment": value.isoformat()}
    elif isinstance(value, date):
        value = {"date": value.isoformat()}
    text = json.dumps([name, value, key[0]], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _require_of(column: sa.Column[Any], value: Any) -> None:
    """Raise ValueError for a value that a column cannot hold: cursors come from outside, and may be made up."""
    if value is None:
        return
    kind = column.type
    if isinstance(kind, UtcDateTime):
        fits = isinstance(value, datetime)
    elif isinstance(kind, sa.Date):
        fits = isinstance(value, date) and not isinstance(value, datetime)
    elif isinstance(kind, (sa.Integer, sa.Float, sa.Numeric)):
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _FARTHEST
    else:
        fits = isinstance(value, str)
        str(value).encode()  # a broken character is a ValueError
    if not fits:
        raise ValueError(value)


def _decode(cursor: str, name: str, column: sa.Column[Any]) -> tuple[Any, int]:
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        stated, value, row_id = json.loads(base64.urlsafe_b64decode(padded))
        if stated != name or isinstance(row_id, bool) or not isinstance(row_id, int) or abs(row_id) >= 2**63:
            raise ValueError(stated)
        if isinstance(value, dict):
            if "moment" in value:
                value = datetime.fromisoformat(value["moment"]).astimezone(UTC)
            else:
                value = date.fromisoformat(value["date"])
        _require_of(column, value)
    except (ValueError, TypeError, KeyError, binascii.Error, OverflowError, RecursionError) as error:
        raise ValidationFailed.of("cursor", "This page cannot be found again. Start from the first page.") from error
    return value, row_id
