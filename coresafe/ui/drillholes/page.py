"""The page of drillholes: companies and projects at the left, their holes, and the detail or the form at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from coresafe.services.registry import (
    CompanyRow,
    DrillholeRow,
    ProjectRow,
    count_drillholes,
    get_company,
    get_project,
    list_drillholes,
)
from coresafe.services.sheds import TraySizeRow, list_tray_sizes
from coresafe.ui.actions import BY_ID, Actions, plain
from coresafe.ui.drillholes import searches
from coresafe.ui.drillholes.columns import COLUMNS
from coresafe.ui.drillholes.forms import CompanyForm, HoleForm, ProjectForm
from coresafe.ui.drillholes.outline_panel import OutlinePanel, Owner
from coresafe.ui.drillholes.record_pane import RecordPane
from coresafe.ui.drillholes.status_form import Done, StatusForm
from coresafe.ui.drillholes.words import HOLE_STATUS
from coresafe.ui.forms import Choice, Form
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, Narrowing, PagedTable, Source
from coresafe.ui.widgets import PageHeader
from coresafe.ui.widgets.buttons import reword
from coresafe.ui.widgets.search import clearable, empties
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

#: What can be added; the main window opens these from anywhere.
NEW = ("hole.new", "project.new", "company.new")
_ON_ONE = ("register.edit", "register.dispatches")
_SEARCH_MS = 250
#: The keyboard may run through the tree: the holes are asked for when it rests.
_REST_MS = 200


class DrillholesPage(QWidget):
    """Companies, projects and holes.

    Signals: ``busy_with_form(bool)`` a form was opened or left; ``dispatches_asked(str)`` the dispatches of this name
    are wanted.
    """

    busy_with_form = Signal(bool)
    dispatches_asked = Signal(str)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._actions, self._memory = workspace, actions, memory
        self._holes: list[DrillholeRow] = []
        self._sizes: tuple[TraySizeRow, ...] | None = None
        self._out_of_date = False
        self._primary = self._opened = ""
        self.header = PageHeader(tr("Drillholes"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Hole id"))
        self.search.setAccessibleName(tr("Search holes"))
        clearable(self.search)
        empties(self.search)
        self.search.setMinimumWidth(176)
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("Status of the holes"))
        self.filter.addItem(tr("Every status"), None)
        for key, words in HOLE_STATUS.items():
            self.filter.addItem(tr(words), key)
        self.header.add(self.search)
        self.header.add(self.filter)
        self.outline = OutlinePanel(workspace, memory)
        self.table = self._make_table()
        self.views = NamedViews(self.table, self._narrowing, self._narrow)
        self.header.add(self.views)
        self._empty_button: QPushButton | None = None
        if actions.may("hole.new"):
            self._empty_button = self.table.offer_when_empty("", self.new)
        self.detail = RecordPane(workspace, self._name_of, self.outline.model.project)
        self._side = QStackedWidget()
        self._side.setMinimumWidth(376)
        self._side.addWidget(self.detail)
        self.splitter = QSplitter()
        for part in (self.outline, self.table, self._side):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(12)
        column.addWidget(self.header)
        column.addWidget(self.splitter, 1)
        self._pause = QTimer(self, interval=_SEARCH_MS, singleShot=True)
        self._pause.timeout.connect(lambda: self.table.ask(q=self.search.text()))
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(self._ask)
        self._wire()
        self._show_scope()
        self._ask()
        self.views.began()
        if not memory.restore_splitter("drillholes", self.splitter):
            self.splitter.setSizes([208, 520, 384])

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        shown = self._side.currentWidget()
        return shown if isinstance(shown, Form) else None

    def new(self) -> None:
        """Add what belongs to what is selected: a company, a project of the company, a hole of the project."""
        if self._actions.may(self._primary):
            self.start(self._primary)

    def start(self, name: str) -> None:
        """Open the form of one of the actions, unless the one that is open would lose something."""
        if self.form is not None and name == self._opened and name in NEW:
            self.form.focus_first()
            return
        if not self._may_leave():
            return
        makers: dict[str, Callable[[], Form | None]] = {
            "company.new": lambda: CompanyForm(self._workspace),
            "project.new": lambda: ProjectForm(self._workspace, company=self._company_for_new()),
            "hole.new": lambda: self._hole_form(None),
            "register.edit": self._edit_form,
            "hole.status": lambda: StatusForm(self._workspace, self._holes) if self._holes else None,
        }
        form = makers[name]()
        if form is not None:
            self._opened = name
            self._open(form)

    def reload(self) -> None:
        """Read what is shown again."""
        self.table.reload()
        self.outline.reload()
        self.detail.read_again()

    def showEvent(self, event: QShowEvent) -> None:
        """The companies are read when the page is first seen, and again when they changed while it was not."""
        super().showEvent(event)
        self.outline.load()
        if self._out_of_date:
            self._out_of_date = False
            self.outline.reload()
            self.detail.read_again()
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

    # -- putting it together --------------------------------------------------------------------------------------

    def _make_table(self) -> PagedTable:
        context = self._workspace.context
        return PagedTable(
            COLUMNS,
            Source(lambda query: list_drillholes(context, query), lambda query: count_drillholes(context, query)),
            self._workspace.runner,
            name="drillholes",
            memory=self._memory,
            title=tr("Drillholes"),
            messages=self._workspace.messages,
            kinds=("drillholes", "projects", "companies"),
            sort="hole_id",
            empty_icon="drill",
            things=lambda count: tr("1 hole") if count == 1 else tr("{count} holes", count=number(count)),
        )

    def _wire(self) -> None:
        self.search.textEdited.connect(lambda _text: self._pause.start())
        self.search.textChanged.connect(lambda text: self._pause.start() if not text else None)
        self.filter.activated.connect(lambda _index: self._ask())
        self.outline.chosen.connect(self._went)
        self.outline.read.connect(self._show_scope)
        self.outline.opened.connect(lambda _row: self.table.view.setFocus())
        self.table.selected.connect(self._selected)
        self.table.opened.connect(lambda _row: self.start("register.edit") if self._can("register.edit") else None)
        self.table.menu_asked.connect(self._fill_menu)
        self.splitter.splitterMoved.connect(lambda *_at: self._memory.keep_splitter("drillholes", self.splitter))
        for name in ("register.edit", "hole.status"):
            self._actions.on(name, partial(self.start, name))
        self._actions.on("register.dispatches", self._ask_for_dispatches)
        self._workspace.changed.connect(self._changed)
        self._workspace.date(self.table)
        self._offer()

    def _fill_menu(self, menu: Any, row: DrillholeRow | None) -> None:
        for name in ("register.edit", "hole.status", "register.dispatches"):
            if row is not None and self._actions[name].isVisible():
                menu.addAction(self._actions[name])

    # -- what is selected -----------------------------------------------------------------------------------------

    def _went(self, row: Owner) -> None:
        """To a company, a project, or all companies."""
        self.table.view.clearSelection()
        self._holes = []
        self._show_scope()
        self._show_record(row)
        self._rest.start()

    def _selected(self, rows: list[DrillholeRow]) -> None:
        before, self._holes = self._holes, rows
        if rows:
            self._need_sizes()
        if len(rows) == 1:
            self._show_record(rows[0])
        elif rows:
            self.detail.show_many(rows, self._detail_actions())
            self._offer()
        elif before:
            self._show_record(self.outline.wanted)

    def _show_record(self, row: CompanyRow | ProjectRow | DrillholeRow | None) -> None:
        if row is None:
            self.detail.nothing()
        else:
            self.detail.show_row(row, self._detail_actions())
        self._offer()

    def _show_scope(self) -> None:
        """Title, primary action and empty table say what is shown."""
        row = self.outline.wanted
        if isinstance(row, ProjectRow):
            where, empty, primary = f"{row.company_name} ▸ {row.code}, {row.name}", row.code, "hole.new"
        elif isinstance(row, CompanyRow):
            where, empty, primary = row.name, row.name, "project.new"
        else:
            where, empty, primary = tr("All companies"), "", "company.new"
        self.header.set_title(tr("Drillholes"), where)
        if primary != self._primary:
            self._primary = primary
            self.header.set_primary(self._actions[primary], "plus")
            if self._empty_button is not None:
                reword(self._empty_button, plain(tr(BY_ID[primary].text)))
        self._scope_empty = tr("No hole in {name} yet.", name=empty) if empty else tr("No hole yet.")

    def _ask(self) -> None:
        """The holes of what is chosen at the left, under the filter."""
        self._rest.stop()
        row = self.outline.wanted
        own: dict[str, object] = {}
        if isinstance(row, ProjectRow):
            own = {"project_id": row.id}
        elif isinstance(row, CompanyRow):
            own = {"company_id": row.id}
        status = self.filter.currentData()
        hint = "" if isinstance(row, ProjectRow) else tr("A hole belongs to a project, a project to a company.")
        more = {"status": status} if status else {}
        self.table.show_of(own, empty=self._scope_empty, empty_hint=hint, more=more)

    def _narrowing(self) -> Narrowing:
        row = self.outline.wanted
        owner = {} if row is None else {"project" if isinstance(row, ProjectRow) else "company": row.id}
        return {"q": self.search.text().strip(), "status": self.filter.currentData(), **owner}

    def _narrow(self, wanted: Narrowing) -> None:
        self.filter.setCurrentIndex(max(0, self.filter.findData(wanted.get("status"))))
        self.search.setText(str(wanted.get("q", "")))
        self._pause.stop()
        self.table.ask(q=self.search.text())
        if "project" in wanted:
            self._workspace.read(get_project, wanted["project"], owner=self, lane="view", done=self._narrow_to)
        elif "company" in wanted:
            self._workspace.read(get_company, wanted["company"], owner=self, lane="view", done=self._narrow_to)
        else:
            self._narrow_to(None)

    def _narrow_to(self, row: Owner) -> None:
        self.outline.search.clear()
        self.outline.go_to(row, tell=True)
        self._ask()

    def _may_leave(self) -> bool:
        """Whether the open form holds nothing that would be lost; asks in the form where it does."""
        form = self.form
        if form is None:
            return True
        if form.saving or form.dirty:
            form.leave()
            return False
        self._back()
        return True

    def _can(self, name: str) -> bool:
        if not self._actions.may(name):
            return False
        return bool(self._holes) if name == "hole.status" else self.detail.row is not None

    def _detail_actions(self) -> list[Any]:
        names = ["hole.status"] if len(self._holes) > 1 else list(_ON_ONE)
        return [self._actions[name] for name in names if self._actions.may(name)]

    def _offer(self) -> None:
        for name in (*_ON_ONE, "hole.status"):
            many = name in _ON_ONE and len(self._holes) > 1
            self._actions[name].setEnabled(self.isVisible() and not many and self._can(name))

    def _ask_for_dispatches(self) -> None:
        if self.detail.title:
            self.dispatches_asked.emit(self.detail.title)

    # -- forms ----------------------------------------------------------------------------------------------------

    def _company_for_new(self) -> Choice | None:
        row = self.outline.wanted
        if isinstance(row, CompanyRow):
            return searches.company_choice(row) if row.is_active else None
        return searches.company_of(row) if isinstance(row, ProjectRow) else None

    def _hole_form(self, row: DrillholeRow | None) -> HoleForm:
        project: Choice | None = None
        here = self.outline.wanted
        if isinstance(here, ProjectRow):
            project = searches.project_choice(here) if here.status.value == "active" else None
        elif len(self._holes) == 1:
            project = searches.project_of(self._holes[0])
        self._need_sizes()
        return HoleForm(
            self._workspace,
            row,
            project=project,
            capacities=self.detail.capacities,
            sizes=self._size_names(),
            known_project=self.outline.model.project,
        )

    def _edit_form(self) -> Form | None:
        row = self.detail.row
        if isinstance(row, DrillholeRow):
            return self._hole_form(row)
        if isinstance(row, ProjectRow):
            return ProjectForm(self._workspace, row)
        return CompanyForm(self._workspace, row) if isinstance(row, CompanyRow) else None

    def _open(self, form: Form) -> None:
        form.left.connect(self._back)
        form.saved.connect(partial(self._saved, form))
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        form.focus_first()
        self.busy_with_form.emit(True)

    def _saved(self, form: Form, answer: Any) -> None:
        if isinstance(form, StatusForm):
            self._status_saved(form, answer)
        elif isinstance(form, RecordForm):
            self._workspace.messages.success(form.told(answer), owner=self)  # type: ignore[attr-defined]  # each has it
            self._back()
            if isinstance(answer, DrillholeRow):
                self.table.select_id(answer.id)
                self._show_record(answer)
            elif form.row is None:
                self.outline.go_to(answer, tell=True)
            else:
                self._show_record(answer)

    def _status_saved(self, form: StatusForm, done: Done) -> None:
        if form.finished(done):
            self._workspace.messages.success(form.told(), owner=self)
            self._back()

    def _back(self) -> None:
        form = self.form
        if form is None:
            return
        self._side.setCurrentWidget(self.detail)
        self._side.removeWidget(form)
        form.deleteLater()
        self.busy_with_form.emit(False)
        at_left = not self._holes and self.detail.row is not None
        (self.outline.view if at_left else self.table.view).setFocus()

    # -- tray sizes, names, others' changes -----------------------------------------------------------------------

    def _need_sizes(self) -> None:
        if self._sizes is None:
            self._sizes = ()
            self._workspace.read(
                list_tray_sizes, owner=self, lane="sizes", done=self._sizes_came, failed=self._no_sizes
            )

    def _sizes_came(self, rows: Sequence[TraySizeRow]) -> None:
        self._sizes = tuple(rows)
        self.detail.know({row.name.casefold(): row.capacity_m for row in rows if row.capacity_m})
        if isinstance(self.form, HoleForm):
            self.form.know_sizes(self._size_names(), self.detail.capacities)

    def _no_sizes(self, _error: BaseException) -> bool:
        self._sizes = None  # asked again when they are needed again
        return True

    def _size_names(self) -> list[str]:
        return [row.name for row in self._sizes or ()]

    def _name_of(self, field: str, record_id: int) -> str:
        """The name of a company or project, where it is known here."""
        if field == "company_id":
            company = self.outline.model.company_row(record_id)
            return company.name if company is not None else ""
        project = self.outline.model.project(record_id)
        return project.code if project is not None else ""

    def _changed(self, kinds: frozenset[str]) -> None:
        if "tray_sizes" in kinds:
            self._sizes = None
        if not self.isVisible():
            self._out_of_date = self._out_of_date or bool(kinds & {"companies", "projects", "drillholes", "dispatches"})
            return
        if kinds & {"companies", "projects"}:
            self.outline.reload()
        self.detail.follow(kinds)
