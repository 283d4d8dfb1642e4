"""What the charts are of: a shed, a company, and a period of whole months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QDate, QLocale, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QWidget

from coresafe.services.chart_figures import Shown
from coresafe.services.charting import ChartData
from coresafe.services.months import month_before
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import Scaled, label
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import tr

_ALL = 0
#: The period that is neither all of history nor one of those counted from today.
_MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months (yyyymm), both included; None: without bound."""

    first: int | None
    last: int | None


def months_before(month: int, count: int) -> int:
    """The month so many before one."""
    for _ in range(count):
        month = month_before(month)
    return month


def periods(today: date) -> list[tuple[str, str, Period]]:
    """The periods offered: key, words and months."""
    this = today.year * 100 + today.month
    year, last = today.year * 100 + 1, (today.year - 1) * 100
    return [
        ("12", tr("Last 12 months"), Period(months_before(this, 11), None)),
        ("6", tr("Last 6 months"), Period(months_before(this, 5), None)),
        ("24", tr("Last 24 months"), Period(months_before(this, 23), None)),
        ("year", tr("This year"), Period(year, None)),
        ("last_year", tr("Last year"), Period(last + 1, last + 12)),
        ("60", tr("Last 5 years"), Period(months_before(this, 59), None)),
        ("all", tr("All of history"), Period(None, None)),
        (_MONTHS, tr("Between two months"), Period(year, this)),
    ]


class ChartFilters(QWidget):
    """A line of choices. Signals: ``changed()`` something else is to be shown."""

    changed = Signal()

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today
        self.shed = _box(tr("Shed"))
        self.company = _box(tr("Company"))
        self.period = _box(tr("Period"))
        self.first, self.last = _month(tr("First month"), today), _month(tr("Last month"), today)
        self._until = label("–", "muted")
        for key, words, _period in periods(today):
            self.period.addItem(words, key)
        self.company.addItem(tr("All companies"), _ALL)
        self.company.setMaxVisibleItems(20)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for part in (self.shed, self.company, self.period, self.first, self._until, self.last):
            row.addWidget(part)
        row.addStretch(1)
        self.shed.hide()
        for box in (self.shed, self.company):
            box.activated.connect(lambda _index: self.changed.emit())
        self.period.activated.connect(lambda _index: self._period_chosen())
        self.first.dateChanged.connect(lambda day: self._month_changed(self.last, day, later=True))
        self.last.dateChanged.connect(lambda day: self._month_changed(self.first, day, later=False))
        self._show_months()

    # -- what is chosen -------------------------------------------------------------------------------------------

    def shown(self) -> Shown:
        """What is to be looked at."""
        months = self.months()
        return Shown(
            shed_id=self.shed.currentData() or None,
            company_id=self.company.currentData() or None,
            first=months.first,
            last=months.last,
        )

    def months(self) -> Period:
        """The months of the period that is chosen."""
        if self.period.currentData() == _MONTHS:
            return Period(_number(self.first), _number(self.last))
        return next(period for key, _words, period in periods(self._today) if key == self.period.currentData())

    def words(self) -> tuple[str, str, str]:
        """Shed, company and period as they are called; "" for all sheds and all companies."""
        shed = self.shed.currentText() if self.shed.currentData() else ""
        company = self.company.currentText() if self.company.currentData() else ""
        if self.period.currentData() == _MONTHS:
            first, last = self.first.text(), self.last.text()
            return shed, company, first if first == last else f"{first} – {last}"
        words = self.period.currentText()
        return shed, company, words[:1].lower() + words[1:]

    def offer(self, data: ChartData) -> None:
        """The sheds and companies there are; those that are chosen stay."""
        sheds = [(tr("All sheds"), _ALL), *((shed.name, shed.shed_id) for shed in data.sheds)]
        names = sorted(data.companies.items(), key=lambda item: item[1].casefold())
        companies = [(tr("All companies"), _ALL), *((name, key) for key, name in names)]
        _offer(self.shed, sheds)
        _offer(self.company, companies)
        show_if(self.shed, len(data.sheds) > 1)

    def chosen(self) -> str:
        """The period, to be remembered."""
        return str(self.period.currentData())

    def choose(self, period: str) -> None:
        """The period that was remembered."""
        self.period.setCurrentIndex(max(0, self.period.findData(period if period != _MONTHS else "12")))
        self._show_months()

    def at(self, today: date) -> None:
        """Another day has come."""
        self._today = today

    # -- choosing -------------------------------------------------------------------------------------------------

    def _period_chosen(self) -> None:
        if self.period.currentData() == _MONTHS and self.first.isHidden():
            for edit, month in ((self.first, months_before(_this(self._today), 11)), (self.last, _this(self._today))):
                _set(edit, month)
        self._show_months()
        self.changed.emit()

    def _month_changed(self, other: QDateEdit, day: QDate, *, later: bool) -> None:
        """The other end comes along where it would lie on the wrong side."""
        if (other.date() < day) if later else (other.date() > day):
            _set(other, day.year() * 100 + day.month())
        self.changed.emit()

    def _show_months(self) -> None:
        between = self.period.currentData() == _MONTHS
        for part in (self.first, self._until, self.last):
            part.setVisible(between)


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    Scaled(box, box.setMaximumWidth, 240)
    return box


def _offer(box: QComboBox, offered: list[tuple[str, int]]) -> None:
    if [(box.itemText(at), box.itemData(at)) for at in range(box.count())] == offered:
        return
    chosen = box.currentData()
    box.clear()
    for words, value in offered:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def _month(name: str, today: date) -> QDateEdit:
    edit = QDateEdit()
    edit.setAccessibleName(name)
    edit.setToolTip(name)
    edit.setDisplayFormat("yyyy-MM")
    edit.setCalendarPopup(True)
    edit.setLocale(QLocale.c())
    edit.setDateRange(QDate(1950, 1, 1), QDate(today.year, today.month, 1))
    edit.setKeyboardTracking(False)  # a month that is half typed is none
    edit.setCurrentSection(QDateEdit.Section.MonthSection)
    edit.setFont(theme().figures())
    edit.setAlignment(Qt.AlignmentFlag.AlignLeft)
    Scaled(edit, edit.setMinimumWidth, 112)
    return edit


def _number(edit: QDateEdit) -> int:
    return edit.date().year() * 100 + edit.date().month()


def _set(edit: QDateEdit, month: int) -> None:
    edit.blockSignals(True)
    edit.setDate(QDate(month // 100, month % 100, 1))
    edit.blockSignals(False)


def _this(today: date) -> int:
    return today.year * 100 + today.month
