"""What is overdue, grouped by company: a company with its totals, and below it the dispatches, the longest overdue first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from coresafe.errors import Cancelled, CoreSafeError
from coresafe.services.accounts import CompanyOverdue, Overdue, OverdueRow
from coresafe.ui import clock
from coresafe.ui.theme import GRID, TARGET, theme
from coresafe.ui.widgets import AgeLine, EmptyState, LoadingState, button, label
from coresafe.ui.words import mark, number, tr, trn

_Index = QModelIndex | QPersistentModelIndex
_ROW = int(Qt.ItemDataRole.UserRole)
#: Words above the columns, and their widths at 100 %.
_COLUMNS = (
    (mark("Company, dispatch"), 224),
    (mark("Still out"), 96),
    (mark("Hole"), 88),
    (mark("Driver"), 104),
    (mark("Overdue for"), 92),
    (mark("Last call"), 120),
)
_LATE = 4


def trays_of(trays: tuple[tuple[str, int], ...]) -> str:
    """'20 HQ, 4 NQ'."""
    return ", ".join(f"{number(count)} {size}" for size, count in trays)


def overdue_for(days: int) -> str:
    """'4 days', or since today."""
    return trn("{count} day", "{count} days", days) if days else tr("since today")


def last_call(row: OverdueRow) -> str:
    """'2026-11-03 Kojo: Friday', or that nobody was called yet."""
    if row.chased_at is None:
        return tr("nobody yet")
    note = (row.note or "").splitlines()[0] if row.note else ""
    return f"{clock.day(row.chased_at, row.time_zone)} {row.called}: {note}"


class _Cells(QStyledItemDelegate):
    """Rows of a target's height."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(8 * GRID, max(TARGET, round(TARGET * theme().scale)))


class _Tree(QTreeView):
    """Enter opens, the arrows fold."""

    opened = Signal()

    def __init__(self, model: QStandardItemModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName(tr("Overdue, by company"))
        self.setUniformRowHeights(True)
        self.setIndentation(2 * GRID)
        self.setExpandsOnDoubleClick(False)
        self.setAllColumnsShowFocus(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setProperty("kind", "plain")
        head = self.header()
        head.setStretchLastSection(True)
        head.setSectionsMovable(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for at, (_words, width) in enumerate(_COLUMNS):
            head.resizeSection(at, round(width * theme().scale))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)


class OverdueList(QFrame):
    """The list with what stands in its place.

    Signals: ``chosen(row)`` an ``OverdueRow``, a ``CompanyOverdue``, or None; ``opened(row)`` Enter or a double click on one.
    """

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(self, again: Callable[[], object], stop: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.shown: Overdue | None = None
        self._folded: set[int] = set()
        self._filling = False
        self._as_of = self._failed_as_of = ""
        self.model = QStandardItemModel(0, len(_COLUMNS), self)
        self.model.setHorizontalHeaderLabels([tr(words) for words, _width in _COLUMNS])
        self.view = _Tree(self.model)
        self.empty = EmptyState(tr("Nothing is overdue."), icon="package-check")
        self.failed = EmptyState(icon="triangle-alert", tone="caution")
        self.failed.offer(tr("Try again"), again, kind="primary", icon="refresh-cw")
        self.loading = LoadingState(tr("Reading what is overdue …"), stop=stop)
        self._stack = QStackedWidget()
        for part in (self.loading, self.failed, self.empty, self.view):
            self._stack.addWidget(part)
        self.totals = label("", "small")
        self.age = AgeLine()
        self.age.add(button(tr("Try again"), again, kind="quiet"))
        foot = QHBoxLayout()
        foot.setContentsMargins(GRID, 4, 4, 4)
        foot.addWidget(self.totals)
        foot.addStretch(1)
        foot.addWidget(self.age)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)
        self.setFocusProxy(self.view)
        self.view.selectionModel().currentChanged.connect(self._went)
        self.view.opened.connect(self._open)
        self.view.doubleClicked.connect(lambda _index: self._open())
        self.view.collapsed.connect(lambda index: self._fold(index, True))
        self.view.expanded.connect(lambda index: self._fold(index, False))
        theme().changed.connect(self._dress)

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def current(self) -> OverdueRow | CompanyOverdue | None:
        """What the keyboard is on."""
        index = self.view.currentIndex()
        found: OverdueRow | CompanyOverdue | None = index.siblingAtColumn(0).data(_ROW) if index.isValid() else None
        return found

    def wait(self) -> None:
        """It is being read; what is shown stays until it is there."""
        if self.shown is None:
            self._stack.setCurrentWidget(self.loading)
            self.loading.start()

    def show_error(self, error: BaseException, as_of: str) -> None:
        """It could not be read: what was read before stays, dated ``as_of``."""
        self.loading.stop()
        if self.shown is not None:
            self._failed_as_of = as_of
            self._show_age()
            return
        if isinstance(error, Cancelled):
            self.failed.say(tr("Reading was stopped."), tr("Nothing was changed."))
        elif isinstance(error, CoreSafeError):
            self.failed.say(error.message, error.hint)
        else:
            self.failed.say(tr("What is overdue cannot be shown: something went wrong in CoreSafe itself."))
        self._stack.setCurrentWidget(self.failed)

    def show_overdue(self, found: Overdue, *, searched: bool) -> None:
        """What is overdue now; the selection, the folds and the scroll stay."""
        self.loading.stop()
        self._failed_as_of = ""
        before, at = _key(self.current), self.view.verticalScrollBar().value()
        self.shown = found
        self._fill(found)
        if searched:
            self.empty.say(tr("Nothing overdue matches."), tr("Change the search or the shed."))
        else:
            self.empty.say(tr("Nothing is overdue."), tr("Every tray that is due is back or accounted for."))
        self._stack.setCurrentWidget(self.view if found.companies else self.empty)
        dispatches = trn("{count} dispatch overdue", "{count} dispatches overdue", found.dispatches)
        trays = trn("{count} tray", "{count} trays", found.outstanding)
        self.totals.setText(f"{dispatches}, {trays}" if found.dispatches else "")
        self.select(before) or self.select(_key(found.companies[0].rows[0]) if found.companies else None)
        if before is not None:
            self.view.verticalScrollBar().setValue(at)
        self._show_age()

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: it is dated, until "" says that it is up to date."""
        self._as_of = as_of
        self._show_age()

    def select(self, key: tuple[str, int] | None) -> bool:
        """Put the keyboard on a row by what it is; False where it is not there."""
        for top in range(self.model.rowCount()):
            company = self.model.item(top, 0)
            for item in (company, *(company.child(down, 0) for down in range(company.rowCount()))):
                if key is not None and _key(item.data(_ROW)) == key:
                    self.view.setCurrentIndex(item.index())
                    return True
        self.chosen.emit(None)
        return False

    # -- putting it together --------------------------------------------------------------------------------------

    def _show_age(self) -> None:
        self.age.say((self._as_of or self._failed_as_of) if self.shown is not None else "")

    def _fill(self, found: Overdue) -> None:
        self._filling = True
        self.model.removeRows(0, self.model.rowCount())
        for company in found.companies:
            top = self._cells(company, _company_words(company))
            self.model.appendRow(top)
            for row in company.rows:
                top[0].appendRow(self._cells(row, _row_words(row)))
            self.view.setExpanded(top[0].index(), company.company_id not in self._folded)
        self._filling = False
        self._dress()

    def _cells(self, row: OverdueRow | CompanyOverdue, words: list[str]) -> list[QStandardItem]:
        told = ", ".join(f"{tr(head)} {said}" for (head, _width), said in zip(_COLUMNS, words, strict=True) if said)
        cells = []
        for said in words:
            cell = QStandardItem(said)
            cell.setEditable(False)
            cell.setToolTip(said)
            cells.append(cell)
        cells[0].setData(row, _ROW)
        cells[0].setData(told, int(Qt.ItemDataRole.AccessibleTextRole))
        return cells

    def _dress(self) -> None:
        """Companies in bold, what is late in its colour."""
        tokens = theme().tokens
        palette = self.view.palette()
        palette.setColor(QPalette.ColorRole.Highlight, QColor(tokens.selected))
        palette.setColor(QPalette.ColorRole.HighlightedText, QColor(tokens.text))
        self.view.setPalette(palette)
        bold = theme().font(1.0, QFont.Weight.DemiBold)
        for top in range(self.model.rowCount()):
            company = self.model.item(top, 0)
            for at in range(len(_COLUMNS)):
                self.model.item(top, at).setFont(bold)
            for down in range(company.rowCount()):
                late, call = company.child(down, _LATE), company.child(down, _LATE + 1)
                late.setForeground(QColor(tokens.danger))
                nobody = company.child(down, 0).data(_ROW).chased_at is None
                call.setForeground(QColor(tokens.muted if nobody else tokens.text))

    def _fold(self, index: QModelIndex, folded: bool) -> None:
        row = index.data(_ROW)
        if not self._filling and isinstance(row, CompanyOverdue):
            (self._folded.add if folded else self._folded.discard)(row.company_id)

    def _went(self, _now: QModelIndex, _before: QModelIndex) -> None:
        if not self._filling:
            self.chosen.emit(self.current)

    def _open(self) -> None:
        row = self.current
        index = self.view.currentIndex().siblingAtColumn(0)
        if isinstance(row, CompanyOverdue):
            self.view.setExpanded(index, not self.view.isExpanded(index))
        elif row is not None:
            self.opened.emit(row)


def _key(row: OverdueRow | CompanyOverdue | None) -> tuple[str, int] | None:
    if isinstance(row, CompanyOverdue):
        return "company", row.company_id
    return ("dispatch", row.id) if row is not None else None


def _company_words(company: CompanyOverdue) -> list[str]:
    count = trn("{count} dispatch", "{count} dispatches", len(company.rows))
    oldest = max(row.days_overdue for row in company.rows)
    return [f"{company.company} ({count})", trays_of(company.trays), "", "", overdue_for(oldest), ""]


def _row_words(row: OverdueRow) -> list[str]:
    return [row.number, trays_of(row.trays), row.hole or "", row.driver, overdue_for(row.days_overdue), last_call(row)]
