"""What a report is: its columns in order, the tables they come from, and what a filter means in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa

from coresafe.models.base import UtcDateTime

#: A batch of rows, turned: one sequence of values for each column.
Columns = list[Sequence[Any]]


class Kind(Enum):
    """What the cells of a column hold, None where there is nothing."""

    TEXT = auto()  #: what a person typed: it may begin as a formula does
    WORD = auto()  #: a word or number of CoreSafe's own
    COUNT = auto()  #: a whole number
    DEPTH = auto()  #: metres
    MOMENT = auto()  #: a moment in UTC, as the text ``2026-10-31 07:15:00.000000``


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the name in its header, its kind, the SQL it is read by, its width in a workbook (characters)."""

    name: str
    kind: Kind
    source: sa.SQLColumnExpression[Any]
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report, oldest first. ``title`` is the name of its sheet, ``at`` the time that a filter is about.

    ``shed`` and ``company`` are the conditions for an id; ``only`` is what holds for every row. ``finish`` replaces
    columns that no SQL computes, in a batch as it was read, given the moment of the report as text.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    tables: sa.FromClause
    order: tuple[sa.ColumnElement[Any], ...]
    at: sa.ColumnElement[datetime]
    shed: Callable[[int], sa.ColumnElement[bool]]
    company: Callable[[int], sa.ColumnElement[bool]]
    only: tuple[sa.ColumnElement[bool], ...] = ()
    finish: Callable[[Columns, str], None] | None = None

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def places(self, *kinds: Kind) -> tuple[int, ...]:
        """Where the columns of these kinds stand."""
        return tuple(place for place, column in enumerate(self.columns) if column.kind in kinds)

    def select(self, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
        """All rows that meet the conditions; ``NOW`` is to be bound where a column uses it."""
        wanted: list[Any] = [column.source.label(f"c{place}") for place, column in enumerate(self.columns)]
        return sa.select(*wanted).select_from(self.tables).where(*self.only, *conditions).order_by(*self.order)


#: The moment of a report, bound when it is read.
NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=UtcDateTime())


def text(name: str, source: sa.SQLColumnExpression[Any], width: float = 18) -> Column:
    """What a person typed."""
    return Column(name=name, kind=Kind.TEXT, source=source, width=width)


def word(name: str, source: sa.SQLColumnExpression[Any], width: float = 14) -> Column:
    """A word or number of CoreSafe's own."""
    return Column(name=name, kind=Kind.WORD, source=source, width=width)


def flag(name: str, condition: sa.SQLColumnExpression[bool], width: float = 11) -> Column:
    """Yes or no."""
    return word(name, sa.case((condition, sa.literal_column("'yes'")), else_=sa.literal_column("'no'")), width)


def count(name: str, source: sa.SQLColumnExpression[Any], width: float = 11) -> Column:
    """A whole number."""
    return Column(name=name, kind=Kind.COUNT, source=source, width=width)


def depth(name: str, source: sa.SQLColumnExpression[Any], width: float = 11) -> Column:
    """Metres; a decimal of the database as a plain number."""
    return Column(name=name, kind=Kind.DEPTH, source=source + sa.literal_column("0e0"), width=width)


def moment(name: str, source: sa.SQLColumnExpression[datetime], width: float = 17) -> Column:
    """A moment as text, which is the same on every database and is not taken apart unless somebody asks."""
    return Column(name=name, kind=Kind.MOMENT, source=sa.cast(source, sa.String(26)), width=width)
