"""The page of dispatches: the table, and beside it the detail of one or the form that is being filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import count_dispatches, get_dispatch, list_dispatches, may_amend
from coresafe.ui.actions import Actions
from coresafe.ui.chasing import Chased, ChaseForm
from coresafe.ui.dispatches import dispatch_form
from coresafe.ui.dispatches.amend_form import AmendForm
from coresafe.ui.dispatches.columns import COLUMNS
from coresafe.ui.dispatches.dispatch_form import DispatchForm
from coresafe.ui.dispatches.many_forms import ExtendManyForm, NoteForm
from coresafe.ui.dispatches.pane import DispatchPane
from coresafe.ui.dispatches.small_forms import TASKS, SmallForm, possible, why_not
from coresafe.ui.forms import Form
from coresafe.ui.returning import ReturnForm, told
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, Narrowing, PagedTable, Source
from coresafe.ui.widgets import PageHeader, Scaled
from coresafe.ui.widgets.search import clearable, empties
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

#: Wait this long after a key in the search before asking.
_SEARCH_MS = 250
#: What can be done with what is selected, in the order in which a menu offers it.
_ON_SELECTED = (
    "dispatch.return",
    "dispatch.amend",
    "dispatch.extend",
    "dispatch.chase",
    "dispatch.note",
    "dispatch.lost",
    "dispatch.recover",
    "dispatch.void",
    "return.void",
    "resolution.void",
)
#: What can be done with several at once.
_ON_SEVERAL: dict[str, type[ExtendManyForm] | type[NoteForm]] = {
    "dispatch.extend": ExtendManyForm,
    "dispatch.note": NoteForm,
}
#: Filters of these names take a moment.
_MOMENTS = ("_from", "_to")
_BUTTONS = ("dispatch.return", "dispatch.amend", "dispatch.lost", "dispatch.extend")


def filters() -> list[tuple[str, dict[str, object]]]:
    """The filters offered, with what they ask of the service."""
    return [
        (tr("All dispatches"), {}),
        (tr("Still out"), {"open": True}),
        (tr("Overdue"), {"overdue": True}),
        (tr("Discrepancies"), {"discrepancy": True}),
        (tr("Closed"), {"status": "closed"}),
        (tr("Voided"), {"status": "voided"}),
    ]


class DispatchesPage(QWidget):
    """Dispatches: send out, take back, resolve.

    Signals: ``busy_with_form(bool)`` a form was opened or left.
    """

    busy_with_form = Signal(bool)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._actions = actions
        self._current: DispatchRow | None = None
        self._then: tuple[int, str] | None = None
        self._several: list[DispatchRow] = []
        self.header = PageHeader(tr("Dispatches"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Number, company, hole, driver"))
        self.search.setAccessibleName(tr("Search dispatches"))
        clearable(self.search)
        empties(self.search)
        Scaled(self.search, self.search.setMinimumWidth, 220)
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("Filter"))
        for words, wanted in filters():
            self.filter.addItem(words, wanted)
        self.header.add(self.search)
        self.header.add(self.filter)
        self.header.set_primary(actions["dispatch.new"], "truck")
        self.table = PagedTable(
            COLUMNS,
            Source(
                lambda query: list_dispatches(workspace.context, query),
                lambda query: count_dispatches(workspace.context, query),
            ),
            workspace.runner,
            name="dispatches",
            memory=memory,
            title=tr("Dispatches"),
            messages=workspace.messages,
            kinds=("dispatches",),
            sort="-dispatched_at",
            empty=tr("No dispatch yet."),
            empty_hint=tr("Send the first trays out."),
            empty_icon="truck",
            things=lambda count: tr("1 dispatch") if count == 1 else tr("{count} dispatches", count=number(count)),
        )
        if actions.may("dispatch.new"):
            self.table.offer_when_empty(tr("Dispatch trays"), self.new)
        self.views = NamedViews(self.table, self._narrowing, self._narrow)
        self.header.add(self.views)
        self.detail = DispatchPane(workspace)
        self._dispatch_form: DispatchForm | None = None
        self._side = QStackedWidget()
        Scaled(self._side, self._side.setMinimumWidth, 432)
        self._side.addWidget(self.detail)
        self.splitter = QSplitter()
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(12)
        column.addWidget(self.header)
        column.addWidget(self.splitter, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_SEARCH_MS)
        self._pause.timeout.connect(lambda: self.table.ask(q=self.search.text()))
        self._wire()
        self.views.began()
        if not memory.restore_splitter("dispatches", self.splitter):
            self.splitter.setSizes([800, 432])

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        shown = self._side.currentWidget()
        return shown if isinstance(shown, Form) else None

    @property
    def dispatch_form(self) -> DispatchForm:
        """The form of a new dispatch, made when it is first needed."""
        if self._dispatch_form is None:
            form = DispatchForm(self._workspace)
            form.saved.connect(partial(self._saved, dispatch_form.told))
            form.left.connect(self._back)
            self._side.addWidget(form)
            self._dispatch_form = form
        return self._dispatch_form

    def new(self) -> None:
        """Open the form of a new dispatch, unless one is open already."""
        if self.form is not self.dispatch_form:
            if not self._may_leave():
                return
            self.dispatch_form.begin()
        self._show(self.dispatch_form)

    def take_return(self) -> None:
        """Open the return of the selected dispatch."""
        row = self._current
        if row is not None and self._can("dispatch.return") and self._may_leave():
            form = ReturnForm(self._workspace, row)
            form.saved.connect(partial(self._saved, told))
            self._open(form)

    def amend(self) -> None:
        """Open the form that corrects the selected dispatch."""
        row = self._current
        if row is not None and self._can("dispatch.amend") and self._may_leave():
            form = AmendForm(self._workspace, row)
            form.saved.connect(partial(self._saved, form.told))
            self._open(form)

    def chase(self) -> None:
        """Open the form that notes a call about the selected dispatch."""
        row = self._current
        if row is not None and self._can("dispatch.chase") and self._may_leave():
            form = ChaseForm(self._workspace, Chased.of(row))
            form.saved.connect(lambda _answer: self._small_saved(None, form.told()))
            self._open(form)

    def start(self, name: str) -> None:
        """Open one of the short forms on the selected dispatch, or the one on all that are selected."""
        row = self._current
        if name in _ON_SEVERAL and (self._several or name not in TASKS):
            self._start_together(name)
            return
        if row is None or not self._may_leave():
            return
        form = SmallForm(self._workspace, name, row)
        form.saved.connect(lambda answer: self._small_saved(answer, form.told(answer)))
        self._open(form)

    def _start_together(self, name: str) -> None:
        rows = self._selection()
        possible_ones = [row for row in rows if self._can_with(name, row)]
        if not possible_ones or not self._may_leave():
            return
        apart = [(row.number, why_not(name, row)) for row in rows if row not in possible_ones]
        form = _ON_SEVERAL[name](self._workspace, possible_ones, apart)
        form.saved.connect(lambda answer: self._together_saved(form.told(answer)))
        self._open(form)

    def _narrowing(self) -> Narrowing:
        chosen = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in self.filter.currentData().items()
        }
        return {"q": self.search.text().strip(), "filter": [self.filter.currentText(), chosen]}

    def _narrow(self, wanted: Narrowing) -> None:
        words, kept = wanted.get("filter") or ["", {}]
        chosen = {
            name: datetime.fromisoformat(value) if name.endswith(_MOMENTS) else value
            for name, value in (kept if isinstance(kept, dict) else {}).items()
        }
        self._choose_filter(str(words), chosen)
        self.search.setText(str(wanted.get("q", "")))
        self._pause.stop()
        self.table.ask(filters=self.filter.currentData(), q=self.search.text())

    def search_for(self, words: str) -> None:
        """Search for these words among all dispatches."""
        self.filter.setCurrentIndex(0)
        self.search.setText(words)
        self.table.ask(filters={}, q=words)

    def show_only(self, words: str, wanted: Mapping[str, object]) -> None:
        """Show what these filters of the service let through; the choice of filters says so in ``words``."""
        self._choose_filter(words, dict(wanted))
        self.search.clear()
        self._pause.stop()
        self.table.ask(filters=self.filter.currentData(), q="")
        self.table.view.setFocus()

    def show_out(self, size: str, shed_id: int | None, shed: str) -> None:
        """Show what is out of a tray size ("" all) and a shed (None all); the filter says so."""
        words = tr("Out: {what}", what=", ".join(part for part in (size or tr("all sizes"), shed) if part))
        wanted = {"open": True, "size_out": size or None, "shed_id": shed_id}
        self.show_only(words, {name: value for name, value in wanted.items() if value is not None})

    def _choose_filter(self, words: str, wanted: dict[str, object]) -> None:
        """One of those that are always offered; what is asked for from elsewhere stands after them."""
        own = len(filters())
        at = next((at for at in range(own) if self.filter.itemData(at) == wanted), own)
        if at == own:
            if self.filter.count() > own:
                self.filter.removeItem(own)
            self.filter.addItem(words, wanted)
        self.filter.setCurrentIndex(at)

    def then(self, dispatch_id: int, action: str) -> None:
        """Begin an action ("" none) as soon as this dispatch, which is being gone to, is there."""
        self._then = (dispatch_id, action) if action else None
        if self._current is not None and self._current.id == dispatch_id:
            self._begin_then()

    def _begin_then(self) -> None:
        wanted, row = self._then, self._current
        if wanted is not None and row is not None and row.id == wanted[0]:
            self._then = None
            if self._can(wanted[1]):
                self._actions[wanted[1]].trigger()

    def reload(self) -> None:
        """Read what is shown again."""
        self.table.reload()
        if self._current is not None:
            self._read(self._current.id)

    def showEvent(self, event: QShowEvent) -> None:
        """What can be done with the selected dispatch is offered where it is seen."""
        super().showEvent(event)
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

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

    def _wire(self) -> None:
        self.search.textEdited.connect(lambda _text: self._pause.start())
        self.search.textChanged.connect(lambda text: self._pause.start() if not text else None)
        self.filter.activated.connect(lambda _index: self.table.ask(filters=self.filter.currentData()))
        self.table.selected.connect(self._selected)
        self.table.opened.connect(lambda _row: self.take_return() if self._can("dispatch.return") else None)
        self._actions.on("dispatch.new", self.new)
        self._actions.on("dispatch.return", self.take_return)
        self._actions.on("dispatch.amend", self.amend)
        self._actions.on("dispatch.chase", self.chase)
        for name in (*TASKS, "dispatch.note"):
            self._actions.on(name, partial(self.start, name))
        self.table.menu_asked.connect(self._fill_menu)
        self._workspace.changed.connect(self._changed)
        self._workspace.date(self.table, self.detail)
        self._offer()

    def _fill_menu(self, menu: QMenu, row: DispatchRow | None) -> None:
        for name in _ON_SELECTED:
            action = self._actions[name]
            if row is not None and action.isVisible() and action.isEnabled():
                menu.addAction(action)

    def _selected(self, rows: list[DispatchRow]) -> None:
        self._several = rows if len(rows) > 1 else []
        row = rows[0] if len(rows) == 1 else None
        if row is None:
            self._current = None
            self._offer()
            if rows:
                buttons = [self._actions[name] for name in _ON_SEVERAL if self._can(name)]
                self.detail.show_many(rows, buttons)
            elif self.form is None:
                self.detail.nothing()
            return
        # What the table knows is shown at once, returns and losses as soon as they are read.
        if self._current is None or (self._current.id, self._current.version) != (row.id, row.version):
            self._current = row
            self._offer()
            self._show_detail(row)
            self._read(row.id)

    def _selection(self) -> list[DispatchRow]:
        """What an action is about, as it was read last."""
        return self._several or ([self._current] if self._current is not None else [])

    def _read(self, dispatch_id: int) -> None:
        self._workspace.read(get_dispatch, dispatch_id, owner=self, lane="detail", done=self._detail_read)

    def _detail_read(self, row: DispatchRow) -> None:
        if self._current is not None and self._current.id == row.id:
            self._current = row
            self._offer()
            self._show_detail(row)
            self._begin_then()

    def _show_detail(self, row: DispatchRow) -> None:
        self.detail.show_row(row, [self._actions[name] for name in _BUTTONS if self._can(name)])

    def _can(self, name: str) -> bool:
        """Whether it can be done with what is selected; of several, with one of them at least."""
        if self._several and name not in _ON_SEVERAL:
            return False
        return any(self._can_with(name, row) for row in self._selection())

    def _can_with(self, name: str, row: DispatchRow) -> bool:
        if not self._actions.may(name) or not possible(name, row):
            return False
        actor = self._workspace.context.actor
        own = row.entered_by == actor.username
        amends = name in ("dispatch.amend", "dispatch.note")
        return not amends or may_amend(actor.role, own=own, row=row, now=datetime.now(UTC))

    def _offer(self) -> None:
        for name in _ON_SELECTED:
            self._actions[name].setEnabled(self.isVisible() and self._can(name))

    def _saved(self, told: Callable[[DispatchRow], str], row: DispatchRow) -> None:
        self._workspace.messages.success(told(row), owner=self)
        self._current = row
        self._offer()
        self._show_detail(row)
        self._back()
        self.table.select_id(row.id)

    def _small_saved(self, answer: object, told: str) -> None:
        self._workspace.messages.success(told, owner=self)
        self.detail.forget_history()
        if isinstance(answer, DispatchRow):
            self._current = answer
            self._show_detail(answer)
            self._offer()
        elif self._current is not None:
            self._read(self._current.id)
        self._back()

    def _together_saved(self, told: str) -> None:
        self._workspace.messages.success(told, owner=self)
        self._back()
        if self._current is not None:
            self._read(self._current.id)

    def _back(self) -> None:
        form = self.form
        self._side.setCurrentWidget(self.detail)
        if form is not None and form is not self._dispatch_form:
            self._side.removeWidget(form)
            form.deleteLater()
        if not self._selection():
            self.detail.nothing()
        self.busy_with_form.emit(False)
        self.table.view.setFocus()

    def _open(self, form: Form) -> None:
        """Show a form that is made for one use."""
        form.left.connect(self._back)
        self._side.addWidget(form)
        self._show(form)

    def _show(self, form: Form) -> None:
        self._side.setCurrentWidget(form)
        form.focus_first()
        self.busy_with_form.emit(True)

    def _changed(self, kinds: frozenset[str]) -> None:
        if not self.isVisible():
            return
        if "dispatches" in kinds and self._current is not None:
            self.detail.forget_history()
            self._read(self._current.id)
        if kinds & {"dispatches", "stock"}:
            self._workspace.hand.want()  # the next dispatch waits for nothing
