"""What a column is: declared once per feature, read by the model, the delegate, the chooser, the clipboard and exports."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

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
    ``shown``: from the start, or only when chosen; ``zone``: of its times, None for the machine's; ``pattern``: how a
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
    zone: Callable[[], ZoneInfo | None] = lambda: None
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
            return on_the_wall(value, self.zone())
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


def moment(key: str, title: str, zone: Callable[[], ZoneInfo | None] = lambda: None, **more: Any) -> Column:
    """A column of times, shown in the shed's time zone (``zone``), or else the machine's."""
    more.setdefault("width", 136)
    return Column(key=key, title=title, zone=zone, format=lambda value: local(value, zone()), **more)


def state(key: str, title: str, **more: Any) -> Column:
    """A column of statuses: icon, word and colour."""
    more.setdefault("width", 152)
    return Column(key=key, title=title, states=True, **more)


def local(value: datetime, zone: ZoneInfo | None = None) -> str:
    """A moment as people read it, ``2026-03-01 06:00``; an aware time, or a naive one taken as UTC."""
    return on_the_wall(value, zone).strftime("%Y-%m-%d %H:%M")


def on_the_wall(value: datetime, zone: ZoneInfo | None = None) -> datetime:
    """What the clock and the calendar on the wall show at a moment, to the second and without a zone."""
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return aware.astimezone(zone).replace(tzinfo=None, microsecond=0)


def plain(value: Any) -> str:
    """A value without a format of its own."""
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
