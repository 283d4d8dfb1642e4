"""The left of the page: a search, the tree of companies and projects, and whether the inactive ones are shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import CoreSafeError
from coresafe.services.registry import CompanyRow, ProjectRow
from coresafe.ui.drillholes import outline as reading
from coresafe.ui.drillholes.outline import Outline, Owners
from coresafe.ui.drillholes.outline_view import OutlineView
from coresafe.ui.state import Memory
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import AgeLine, EmptyState, LoadingState, line
from coresafe.ui.widgets.search import clearable
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

_SEARCH_MS = 250
#: Rows before the last one known at which more are asked for.
_NEAR = 20
_REMEMBERED = "drillholes/active_only"

Owner = CompanyRow | ProjectRow | None


class OutlinePanel(QFrame):
    """Companies ▸ projects.

    Signals: ``chosen(row or None)`` the person went to a company, a project, or to all companies; ``opened(row)`` Enter
    on a project; ``read()`` the companies came or came again.
    """

    chosen = Signal(object)
    opened = Signal(object)
    read = Signal()

    def __init__(self, workspace: Workspace, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._memory = workspace, memory
        self._wanted: Owner = None
        self._is_read = False
        self._before_search: Owners | None = None
        self._asking: set[int] = set()
        self._generation = 0
        self.setProperty("kind", "card")
        self.setMinimumWidth(25 * GRID)
        self.search = _Search()
        self.search.setPlaceholderText(tr("Company or project"))
        self.search.setAccessibleName(tr("Search companies and projects"))
        clearable(self.search)
        self.model = Outline(self)
        self.view = OutlineView(self.model)
        self.view.setProperty("kind", "plain")
        self.active_only = QCheckBox(tr("Only active ones"))
        self.active_only.setChecked(bool(memory.recall(_REMEMBERED, default=False)))
        self.active_only.setToolTip(tr("Leave out companies and projects that are no longer offered"))
        self.nothing = _Narrow(tr("Nothing matches"), tr("Change the search."), "search-x")
        self.failed = _Narrow("", "", "triangle-alert", "caution")
        self.failed.offer(tr("Try again"), self.reload, icon="refresh-cw")
        self._loading = LoadingState(stop=self._stop_reading)
        self.shown = QStackedWidget()
        for part in (self.view, self.nothing, self.failed, self._loading):
            self.shown.addWidget(part)
        self._age = AgeLine()
        foot = _padded(GRID, 0, self.active_only)
        top = _padded(GRID, GRID, self.search, self._age)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(self.shown, 1)
        column.addWidget(line())
        column.addLayout(foot)
        self._pause = QTimer(self, interval=_SEARCH_MS, singleShot=True)
        self._pause.timeout.connect(self._find)
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.search.down.connect(self._into_the_tree)
        self.search.returnPressed.connect(self._take_first)
        self.active_only.toggled.connect(self._filter)
        self.view.chosen.connect(self._went)
        self.view.opened.connect(self.opened)
        self.view.expanded.connect(self._expanded)
        self.view.sight.connect(self._sight)
        workspace.date(self)

    # -- what the page does with it -------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the first companies, unless that was done."""
        if not self._is_read and not self._asking:
            self.reload()

    def reload(self) -> None:
        """Read what is known again: nothing moves, and what is open stays open."""
        words = self.search.text().strip()
        context, active = self._workspace.context, self.active_only.isChecked()
        self._generation += 1
        self._asking = {0}
        if not self._is_read:
            self._show(self._loading)
            self._loading.start()
        if words:
            self._ask(lambda: reading.find(context, words, active), self._found)
        elif not (known := self._before_search or self.model.known).companies:
            self._ask(lambda: reading.first_companies(context, active), self._came)
        else:
            self._ask(lambda: reading.again(context, known, active), self._came)

    def set_as_of(self, as_of: str) -> None:
        """The tree cannot be read again: it is greyed and dated, until "" says that it is up to date."""
        self._age.say(as_of if self._is_read else "")
        self.view.set_pale(bool(as_of))

    def go_to(self, row: Owner, *, tell: bool = False) -> None:
        """Show where this one stands, now or as soon as it is read; ``tell``: as if the person had gone there."""
        self._wanted = row
        if isinstance(row, ProjectRow) and not self.model.index_of(row).isValid():
            self._read_projects(row.company_id)
        self._restore()
        if tell:
            self.chosen.emit(row)

    @property
    def wanted(self) -> Owner:
        """What was chosen last, as it was read last; it stays chosen when a search hides it."""
        if isinstance(self._wanted, CompanyRow):
            return self.model.company_row(self._wanted.id) or self._wanted
        if isinstance(self._wanted, ProjectRow):
            return self.model.project(self._wanted.id) or self._wanted
        return None

    # -- asking ---------------------------------------------------------------------------------------------------

    def _ask(self, work: Callable[[], Owners], done: Callable[[Owners], None], lane: str = "outline") -> None:
        generation = self._generation

        def came(owners: Owners) -> None:
            if generation == self._generation:
                done(owners)

        def failed(error: BaseException) -> bool:
            self._asking.clear()
            self._loading.stop()
            if self._is_read or not isinstance(error, CoreSafeError):
                return False
            self.failed.say(error.message, error.hint)
            self._show(self.failed)
            return True

        self._workspace.read(lambda _context: work(), owner=self, done=came, failed=failed, lane=lane)

    def _stop_reading(self) -> None:
        """The person waits no longer."""
        self._generation += 1
        self._workspace.runner.cancel_all(self)
        self._asking.clear()
        self._loading.stop()
        self.failed.say(tr("Loading was stopped."), tr("Nothing was changed."))
        self._show(self.failed)

    def _came(self, owners: Owners) -> None:
        after_search, self._before_search = self._before_search is not None, None
        self._take(lambda: self.model.show(owners))
        self._show(self.view)
        chosen = self._wanted.company_id if isinstance(self._wanted, ProjectRow) else 0
        if chosen and self.model.company_row(chosen) is not None and not self.model.is_read(chosen):
            self._read_projects(chosen)
        for row in owners.companies:
            index = self.model.index_of(row)
            if self.view.isExpanded(index) and not self.model.is_read(row.id):
                if after_search and row.id != chosen:
                    self.view.collapse(index)  # it was opened to show what was found
                else:
                    self._read_projects(row.id)

    def _found(self, owners: Owners) -> None:
        def take() -> None:
            self.model.show(owners)
            for company_id in owners.projects:
                row = self.model.company_row(company_id)
                if row is not None:
                    self.view.expand(self.model.index_of(row))

        self._take(take)
        self._show(self.view if owners.companies else self.nothing)

    def _take(self, change: Callable[[], None]) -> None:
        """Change what is known without moving what is in sight or chosen."""
        self._asking.discard(0)
        self._loading.stop()
        self._is_read = True
        top = self.view.indexAt(self.view.viewport().rect().topLeft())
        anchor, place = (top.data(reading.ROW_ROLE), self.view.visualRect(top).top()) if top.isValid() else (None, 0)
        bar = self.view.verticalScrollBar()
        scrolled = bar.value() > 0
        self.view.holding = True
        try:
            change()
        finally:
            self.view.holding = False
        self._restore(scroll=False)
        index = self.model.index_of(anchor) if anchor is not None else QModelIndex()
        if scrolled and index.isValid():
            self.view.executeDelayedItemsLayout()
            bar.setValue(bar.value() + self.view.visualRect(index).top() - place)
        self.view.look_again()
        self.read.emit()

    def _restore(self, *, scroll: bool = True) -> None:
        index = self.model.index_of(self._wanted)
        if index != self.view.currentIndex():
            at = self.view.verticalScrollBar().value()
            self.view.go_to(index)
            if not scroll:
                self.view.verticalScrollBar().setValue(at)

    def _show(self, part: QWidget) -> None:
        self.shown.setCurrentWidget(part)

    # -- what the person does -------------------------------------------------------------------------------------

    def _went(self, row: Owner) -> None:
        self._wanted = row
        self.chosen.emit(row)

    def _find(self) -> None:
        if self.search.text().strip() and self._before_search is None:
            self._before_search = self.model.known
        self.reload()

    def _filter(self, active_only: bool) -> None:
        self._memory.remember(_REMEMBERED, active_only)
        self.reload()

    def _into_the_tree(self) -> None:
        if self.model.rowCount() > 1 and self.shown.currentWidget() is self.view:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self.model.index(0, 0))

    def _take_first(self) -> None:
        """Enter in the search goes to the first project found, or else the first company."""
        known = self.model.known
        projects = next((rows for row in known.companies if (rows := known.projects.get(row.id))), ())
        first: Owner = projects[0] if projects else known.companies[0] if known.companies else None
        if self.search.text().strip() and not self._pause.isActive() and not self._asking and first is not None:
            self.go_to(first, tell=True)
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _expanded(self, index: QModelIndex) -> None:
        company = self.model.company(index)
        if company is not None:
            self._read_projects(company.id)

    def _read_projects(self, company_id: int, cursor: str | None = None) -> None:
        if company_id in self._asking or (cursor is None and self.model.is_read(company_id)):
            return
        self._asking.add(company_id)
        context, active = self._workspace.context, self.active_only.isChecked()

        def came(owners: Owners) -> None:
            self._asking.discard(company_id)
            self.model.add(owners)
            self._restore()
            self.view.look_again()

        self._ask(
            lambda: reading.projects_of(context, company_id, active, cursor), came, lane=f"projects-of-{company_id}"
        )

    def _sight(self, first: QModelIndex, last: QModelIndex) -> None:
        """Ask for what comes next where the end of what is known is near."""
        index = first
        while index.isValid():
            above = self.model.parent(index)
            company = self.model.company(above)
            near = index.row() >= self.model.rowCount(above) - _NEAR
            if near and company is not None and (cursor := self.model.more_of(company.id)):
                self._read_projects(company.id, cursor)
            elif near and company is None and (cursor := self.model.more) and not self.search.text().strip():
                self._more_companies(cursor)
            if index == last:
                return
            index = self.view.indexBelow(index)

    def _more_companies(self, cursor: str) -> None:
        if 0 in self._asking:
            return
        self._asking.add(0)
        context, active = self._workspace.context, self.active_only.isChecked()

        def came(owners: Owners) -> None:
            self._asking.discard(0)
            self.model.add(owners)
            self.view.look_again()

        self._ask(lambda: reading.first_companies(context, active, cursor), came)


def _padded(side: int, top: int, *parts: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setContentsMargins(side, top, side, 0)
    for part in parts:
        column.addWidget(part)
    return column


class _Search(QLineEdit):
    """Down goes into the tree; Esc empties it. Signals: ``down()``."""

    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class _Narrow(EmptyState):
    """The empty state in a narrow panel."""

    def __init__(self, text: str, hint: str, icon: str, tone: str = "muted") -> None:
        super().__init__(text, hint, icon=icon, tone=tone)
        self._fit()

    def say(self, text: str, hint: str = "") -> None:
        super().say(text, hint)
        self._fit()

    def _fit(self) -> None:
        width = 20 * GRID
        for words in (self._text, self._hint):
            words.setFixedWidth(width)
            words.setMinimumHeight(max(0, words.heightForWidth(width)))
