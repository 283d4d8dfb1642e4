"""Choosing a period: this month, one of the months before, a year, or the days between two dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QSizePolicy, QWidget

from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets.labels import label
from coresafe.ui.widgets.scaled import Scaled
from coresafe.ui.words import tr

#: Months offered by name, this one and the last one included.
_MONTHS = 13
_DATES = "dates"
_THIS = "this_month"

#: First and last day; no last day: until now.
Days = tuple[date, date | None]


def periods(today: date) -> list[tuple[str, str, Days | None]]:
    """The periods offered: key, words, days."""
    first = today.replace(day=1)
    offered: list[tuple[str, str, Days | None]] = [(_THIS, tr("This month"), (first, None))]
    start = first
    for back in range(1, _MONTHS):
        end = start - timedelta(days=1)
        start = end.replace(day=1)
        name = tr("Last month") if back == 1 else f"{start:%Y-%m}"
        offered.append((f"{start:%Y-%m}", name, (start, end)))
    year = first.replace(month=1)
    before = year.replace(year=year.year - 1)
    offered += [
        ("this_year", tr("This year"), (year, None)),
        ("last_year", tr("Last year"), (before, year - timedelta(days=1))),
        (_DATES, tr("Between two days"), None),
    ]
    return offered


class PeriodChooser(QWidget):
    """A box of periods, and the two days where those are chosen. ``zone``: in which a day begins.

    Signals: ``changed()`` another period is wanted.
    """

    changed = Signal()

    def __init__(self, zone: Callable[[], ZoneInfo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        self._offered_on = self._today()
        self.box = QComboBox()
        self.box.setAccessibleName(tr("Period"))
        self.box.setToolTip(tr("Period"))
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.box.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.first = _day(tr("First day"))
        self.until = label("–", "muted")
        self.last = _day(tr("Last day"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for part in (self.box, self.first, self.until, self.last):
            row.addWidget(part)
        self._offer()
        self._show()
        self.box.activated.connect(self._chosen)
        self.first.dateChanged.connect(lambda day: self._day_changed(self.last, day, later=True))
        self.last.dateChanged.connect(lambda day: self._day_changed(self.first, day, later=False))

    @property
    def days(self) -> Days:
        """The first and the last day that are chosen; no last day where it reaches until now."""
        if self._today() != self._offered_on:
            self._offer()  # the program was left open over midnight
        chosen = self.box.currentData()
        if chosen == _DATES:
            return _date(self.first), _date(self.last)
        return next(days for key, _words, days in periods(self._offered_on) if key == chosen and days is not None)

    @property
    def words(self) -> str:
        """'2026-10-01 to 2026-10-31', or until now."""
        first, last = self.days
        if last is None:
            return tr("{first} until now", first=first.isoformat())
        return tr("{first} to {last}", first=first.isoformat(), last=last.isoformat())

    def choose(self, first: date, last: date | None) -> None:
        """Choose these days, as a period with a name where there is one."""
        found = next((key for key, _words, days in periods(self._today()) if days == (first, last)), _DATES)
        _set(self.first, first)
        _set(self.last, last or self._today())
        self.box.setCurrentIndex(self.box.findData(found))
        self._chosen()

    def _chosen(self, _index: int = 0) -> None:
        if self.box.currentData() != _DATES:
            first, last = self.days
            _set(self.first, first)
            _set(self.last, last or self._today())
        self._show()
        self.changed.emit()

    def _day_changed(self, other: QDateEdit, day: QDate, *, later: bool) -> None:
        """A day was typed; the other end comes along where it would lie on the wrong side."""
        if (other.date() < day) if later else (other.date() > day):
            _set(other, date(day.year(), day.month(), day.day()))
        self.changed.emit()

    def _offer(self) -> None:
        chosen = self.box.currentData() or _THIS
        self._offered_on = self._today()
        self.box.clear()
        for key, words, _days in periods(self._offered_on):
            self.box.addItem(words, key)
        self.box.setCurrentIndex(max(0, self.box.findData(chosen)))
        today = QDate(self._offered_on.year, self._offered_on.month, self._offered_on.day)
        for edit in (self.first, self.last):
            edit.setMaximumDate(today)  # nothing happens in the future

    def _show(self) -> None:
        for part in (self.first, self.until, self.last):
            part.setVisible(self.box.currentData() == _DATES)

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(self._zone()).date()


def _day(name: str) -> QDateEdit:
    edit = QDateEdit()
    edit.setAccessibleName(name)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setCalendarPopup(True)
    edit.setLocale(QLocale.c())
    edit.setMinimumDate(QDate(1950, 1, 1))
    edit.setKeyboardTracking(False)  # a day that is half typed is none
    edit.setFont(theme().figures())
    Scaled(edit, edit.setMinimumWidth, 128)
    return edit


def _date(edit: QDateEdit) -> date:
    day = edit.date()
    return date(day.year(), day.month(), day.day())


def _set(edit: QDateEdit, day: date) -> None:
    edit.blockSignals(True)
    edit.setDate(QDate(day.year, day.month, day.day))
    edit.blockSignals(False)
