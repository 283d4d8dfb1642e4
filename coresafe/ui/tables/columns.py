"""What a column is: declared once per feature, read by the model, the delegate, the chooser, the clipboard and exports."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from coresafe.ui.clock import exact, local, on_the_wall
from coresafe.ui.theme.statuses import Status, status
from coresafe.ui.words import number, tr


class Align(StrEnum):
    """Where the words of a cell stand."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    ``key``: its name, and unless ``value`` says otherwise the row's attribute; ``title``: the words above it;
    ``width`` in pixels at 100 %; ``format`` makes the words of a value; ``sort``: the name by which the service sorts,
    empty where it cannot; ``states``: the value is the key of a status and is shown as icon, word and colour;
    ``state_of``: the status beside a value of its own, "" for none; ``tip``: more about the row, at hovering;
    ``shown``: from the start, or only when chosen; ``zone``: of its times in a row, None for the wall's; ``pattern``: how a
    spreadsheet shows its numbers.
    """

    key: str
    title: str
    value: Callable[[Any], Any] | None = None
    width: int = 120
    align: Align = Align.LEFT
    format: Callable[[Any], str] | None = None
    sort: str = ""
    states: bool = False
    state_of: Callable[[Any], str] | None = None
    tip: Callable[[Any], str] | None = None
    shown: bool = True
    zone: Callable[[Any], str | None] = lambda _row: None
    pattern: Callable[[], str] | None = None

    def of(self, row: Any) -> Any:
        """The value of this column in a row."""
        return self.value(row) if self.value is not None else operator.attrgetter(self.key)(row)

    def words(self, row: Any) -> str:
        """The value as a person reads it."""
        value = self.of(row)
        if value is None:
            return ""
        if self.states:
            return status(str(value)).text
        return self.format(value) if self.format is not None else plain(value)

    def cell(self, row: Any) -> Any:
        """What a file holds: numbers and days as such, moments by the clock that the table goes by, all else in words."""
        value = self.of(row)
        if isinstance(value, datetime) and not self.states:
            return on_the_wall(value, self.zone(row))
        as_such = isinstance(value, (int, float, Decimal, date)) and not isinstance(value, (bool, datetime))
        if as_such and not self.states:
            return value
        return self.words(row) if value is not None else None

    def status(self, row: Any) -> Status | None:
        """The status to show, None for a plain cell."""
        key = str(self.of(row) or "") if self.states else self.state_of(row) if self.state_of is not None else ""
        return status(key) if key else None

    @property
    def heading(self) -> str:
        """The title in the person's language."""
        return tr(self.title)


def text(key: str, title: str, **more: Any) -> Column:
    """A column of words."""
    return Column(key=key, title=title, **more)


def count(key: str, title: str, **more: Any) -> Column:
    """A column of whole numbers, to the right; a zero is a dash, so that what matters stands out."""
    more.setdefault("width", 88)
    more.setdefault("format", lambda value: number(value) if value else "–")
    return Column(key=key, title=title, align=Align.RIGHT, **more)


def decimal(key: str, title: str, places: int = 1, **more: Any) -> Column:
    """A column of measures, to the right."""
    more.setdefault("width", 96)
    return Column(
        key=key,
        title=title,
        align=Align.RIGHT,
        format=lambda value: f"{value:,.{places}f}".replace(",", "\u202f"),
        **more,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment(Column):
    """A time by the clock of the row's own shed."""

    def words(self, row: Any) -> str:
        value = self.of(row)
        return "" if value is None else local(value, self.zone(row))


def moment(key: str, title: str, *, zone: Callable[[Any], str | None] | None = None, **more: Any) -> Column:
    """A column of times, by the clock of the shed this computer stands in.

    ``zone``: the time zone of a row's own shed, whose clock it is then; where it is another one, hovering says so.
    """
    more.setdefault("width", 136)
    if zone is None:
        return Column(key=key, title=title, format=local, **more)

    def tip(row: Any) -> str:
        value = column.of(row)
        words = "" if value is None else exact(value, zone(row))
        return words if words != column.words(row) else ""

    column = _Moment(key=key, title=title, zone=zone, tip=tip, **more)
    return column


def state(key: str, title: str, **more: Any) -> Column:
    """A column of statuses: icon, word and colour."""
    more.setdefault("width", 152)
    return Column(key=key, title=title, states=True, **more)


def plain(value: Any) -> str:
    """A value without a format of its own."""
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
