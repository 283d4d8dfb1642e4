"""What is shown of the movements: of which size, in or out of which state, of which kind, and between which days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QDateEdit, QHBoxLayout, QWidget

from coresafe.services.inventory import OWNED
from coresafe.services.reporting import start_of_day
from coresafe.ui.theme import GRID, status, theme
from coresafe.ui.widgets import Scaled, button, label
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import KIND_WORDS, tr

_STATES = ("available", "occupied", "damaged", "out", "in_transit", "lost", "scrapped", "external")
#: The period that is neither "any time" nor one of those counted from today.
_DATES = "dates"


def _periods(today: date) -> list[tuple[str, str, tuple[date, date] | None]]:
    """The periods offered: key, words, first and last day."""
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    return [
        ("", tr("Any time"), None),
        ("today", tr("Today"), (today, today)),
        ("week", tr("Last 7 days"), (today - timedelta(days=6), today)),
        ("month", tr("This month"), (first, today)),
        ("last_month", tr("Last month"), (before.replace(day=1), before)),
        (_DATES, tr("Between two days"), (first, today)),
    ]


class MovementFilters(QWidget):
    """A row of choices. ``zone`` tells in whose time zone a day begins and ends.

    ``clear_button`` takes all of them away; it stands where the page puts it. Signals: ``changed()`` something else is to be
    shown.
    """

    changed = Signal()

    def __init__(self, zone: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        self.tray_size = _box(tr("Tray size"), [(tr("All sizes"), None)])
        states = [(status(key).text, key) for key in _STATES]
        self.state = _box(
            tr("Account"), [(tr("All accounts"), None), (tr("Owned or not"), OWNED), *states], tip=tr("In or out of it")
        )
        kinds = [(tr(words), key) for key, words in KIND_WORDS.items()]
        self.kind = _box(tr("Kind of movement"), [(tr("All kinds"), None), *kinds])
        self.period = _box(tr("Period"), [(words, key) for key, words, _days in _periods(self._today())])
        self.period.setMinimumContentsLength(11)
        self.first = _day(tr("First day"))
        self.last = _day(tr("Last day"))
        self.until = label("–", "muted")
        self._company: tuple[int, str] | None = None
        self.company = label("", "muted")
        self.company.hide()
        self.clear_button = button(tr("Show all"), self.clear, kind="quiet", icon="x")
        self.clear_button.setToolTip(tr("Take the filters away"))
        self._boxes, self._days = QHBoxLayout(), QHBoxLayout()
        for chosen in (self.tray_size, self.state, self.kind, self.period):
            self._boxes.addWidget(chosen, 3)
        for part in (self.first, self.until, self.last, self.company):
            self._days.addWidget(part)
        self._days.addStretch(1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for layout, stretch in ((self._boxes, 12), (self._days, 1)):
            layout.setSpacing(GRID)
            self._row.addLayout(layout, stretch)
        self._row.setSpacing(GRID)
        for box in (self.tray_size, self.state, self.kind):
            box.activated.connect(self._choose)
        self.period.activated.connect(self._choose_period)
        self.first.dateChanged.connect(lambda day: self._days_changed(self.last, day, later=True))
        self.last.dateChanged.connect(lambda day: self._days_changed(self.first, day, later=False))
        self._show()

    def minimumSizeHint(self) -> QSize:
        wide = max(self._boxes.minimumSize().width(), self._days.minimumSize().width())
        return QSize(wide, self._row.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The days stand below where there is no room beside."""
        needed = self._boxes.minimumSize().width() + GRID + self._days.minimumSize().width()
        wanted = QBoxLayout.Direction.LeftToRight if self.width() >= needed else QBoxLayout.Direction.TopToBottom
        if self._row.direction() != wanted:
            self._row.setDirection(wanted)
            self.updateGeometry()

    # -- what is asked for ----------------------------------------------------------------------------------------

    def wanted(self, shed_id: int | None) -> dict[str, object]:
        """The filters as the service takes them, in one shed or in all."""
        filters: dict[str, object] = {
            "company_id": self._company[0] if self._company is not None else None,
            "tray_size": self.tray_size.currentData(),
            "kind": self.kind.currentData(),
            "shed_id": shed_id,
        }
        state = self.state.currentData()
        if state is not None:
            filters["account"] = state if shed_id is None else (shed_id, state)
        if self.period.currentData():
            filters["from"] = start_of_day(_date(self.first), self._zone())
            filters["to"] = start_of_day(_date(self.last) + timedelta(days=1), self._zone())
        return {name: value for name, value in filters.items() if value is not None}

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        boxes = (self.tray_size, self.state, self.kind, self.period)
        return self._company is not None or any(box.currentIndex() > 0 for box in boxes)

    def show_sizes(self, sizes: Sequence[str]) -> None:
        """The sizes there are; the one that is chosen stays."""
        wanted = [None, *sizes]
        if [self.tray_size.itemData(at) for at in range(self.tray_size.count())] == wanted:
            return
        chosen = self.tray_size.currentData()
        self.tray_size.clear()
        self.tray_size.addItem(tr("All sizes"), None)
        for size in sizes:
            self.tray_size.addItem(size, size)
        self.tray_size.setCurrentIndex(max(0, self.tray_size.findData(chosen)))

    def show_only(
        self,
        *,
        size: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        days: tuple[date, date] | None = None,
        company: tuple[int, str] | None = None,
    ) -> None:
        """Show what stands behind a figure: the movements of a size in or out of a state, of a kind, between two days.

        ``company``: its id and name.

        Left out: of every one.
        """
        if size and self.tray_size.findData(size) < 0:  # asked for before the sizes are known
            self.tray_size.addItem(size, size)
        self._of(company)
        period = "" if days is None else _DATES
        choices = ((self.tray_size, size or None), (self.state, state), (self.kind, kind), (self.period, period))
        for box, value in choices:
            box.setCurrentIndex(max(0, box.findData(value)))
        if days is not None:
            for edit, day in zip((self.first, self.last), days, strict=True):
                _set(edit, day)
        self._choose()

    def chosen(self) -> dict[str, Any]:
        """What is chosen, to be written down; a period that is counted from today stays one."""
        boxes = {"size": self.tray_size, "state": self.state, "kind": self.kind, "period": self.period}
        made: dict[str, Any] = {name: box.currentData() for name, box in boxes.items()}
        if made["period"] == _DATES:
            made["days"] = [_date(self.first).isoformat(), _date(self.last).isoformat()]
        return made

    def choose(self, chosen: Mapping[str, Any]) -> None:
        """Choose as it was written down; a size or kind that is not offered any more is left out."""
        if chosen.get("size") and self.tray_size.findData(chosen["size"]) < 0:
            self.tray_size.addItem(str(chosen["size"]), chosen["size"])  # the sizes may not be read yet
        boxes = {"size": self.tray_size, "state": self.state, "kind": self.kind, "period": self.period}
        for name, box in boxes.items():
            box.setCurrentIndex(max(0, box.findData(chosen.get(name))))
        if self.period.currentData() == _DATES and "days" in chosen:
            for edit, day in zip((self.first, self.last), chosen["days"], strict=False):
                _set(edit, date.fromisoformat(day))
            self._choose()
        else:
            self._choose_period()

    def _of(self, company: tuple[int, str] | None) -> None:
        self._company = company
        self.company.setText(company[1] if company is not None else "")
        show_if(self.company, company is not None)
        self._fit()

    def clear(self) -> None:
        """Show everything."""
        self.show_only()

    # -- choosing -------------------------------------------------------------------------------------------------

    def _choose(self, _index: int = 0) -> None:
        self._show()
        self.changed.emit()

    def _choose_period(self, _index: int = 0) -> None:
        days = next(days for key, _words, days in _periods(self._today()) if key == self.period.currentData())
        if days is not None:
            for edit, day in zip((self.first, self.last), days, strict=True):
                _set(edit, day)
        self._choose()

    def _days_changed(self, other: QDateEdit, day: QDate, *, later: bool) -> None:
        """Days that are typed; the other end comes along where it would lie on the wrong side."""
        if (other.date() < day) if later else (other.date() > day):
            _set(other, date(day.year(), day.month(), day.day()))
        self.period.setCurrentIndex(self.period.findData(_DATES))
        self._choose()

    def _show(self) -> None:
        dated = bool(self.period.currentData())
        for part in (self.first, self.until, self.last):
            part.setVisible(dated)
        show_if(self.clear_button, self.any)
        self._fit()

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(ZoneInfo(self._zone())).date()


def _box(name: str, options: Sequence[tuple[str, Any]], tip: str = "") -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(f"{name}. {tip}" if tip else name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.setMaximumWidth(176)
    for words, value in options:
        box.addItem(words, value)
    return box


def _day(name: str) -> QDateEdit:
    edit = QDateEdit()
    edit.setAccessibleName(name)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setCalendarPopup(True)
    edit.setLocale(QLocale.c())
    edit.setDateRange(QDate(1950, 1, 1), QDate(2200, 1, 1))
    edit.setKeyboardTracking(False)  # a day that is half typed is none
    edit.setFont(theme().figures())
    Scaled(edit, edit.setMinimumWidth, 136)
    return edit


def _date(edit: QDateEdit) -> date:
    day = edit.date()
    return date(day.year(), day.month(), day.day())


def _set(edit: QDateEdit, day: date) -> None:
    edit.blockSignals(True)
    edit.setDate(QDate(day.year, day.month, day.day))
    edit.blockSignals(False)
