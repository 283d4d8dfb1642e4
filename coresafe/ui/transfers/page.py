"""The page of transfers: the table, and beside it the detail of one or the form that is being filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import NotFound
from coresafe.models.enums import TransferStatus
from coresafe.services.transferring import TransferRow, count_transfers, find_transfer, get_transfer, list_transfers
from coresafe.ui.actions import Actions
from coresafe.ui.clock import exact
from coresafe.ui.forms import Form
from coresafe.ui.messages import Level, Message
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, Narrowing, PagedTable, Source
from coresafe.ui.transfers import send_form
from coresafe.ui.transfers.columns import COLUMNS
from coresafe.ui.transfers.entry_forms import LoseForm, OneTransferForm, ReceiveForm, VoidEntryForm, VoidForm
from coresafe.ui.transfers.pane import TransferPane
from coresafe.ui.transfers.send_form import SendForm
from coresafe.ui.widgets import PageHeader, Scaled
from coresafe.ui.widgets.search import clearable
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

SEND, RECEIVE, LOSE, VOID, VOID_ENTRY = (
    "transfer.send",
    "transfer.receive",
    "transfer.lose",
    "transfer.void",
    "transfer.void_entry",
)
#: What can be done with transfers; they are offered where there are several sheds.
TRANSFERS = (SEND, RECEIVE, LOSE, VOID, VOID_ENTRY)
#: What can be done with the one that is selected, in the order in which a menu offers it.
_FORMS: Mapping[str, type[ReceiveForm | LoseForm | VoidForm | VoidEntryForm]] = {
    RECEIVE: ReceiveForm,
    LOSE: LoseForm,
    VOID: VoidForm,
    VOID_ENTRY: VoidEntryForm,
}
#: Wait this long after a key in the search before asking.
_SEARCH_MS = 250
_KEY = "scan"


def possible(name: str, row: TransferRow) -> bool:
    """Whether an action makes sense on this transfer as it stands."""
    standing = bool(row.standing_entries)
    return {
        RECEIVE: row.in_transit > 0,
        LOSE: row.in_transit > 0,
        VOID: row.status is not TransferStatus.VOIDED and not standing,
        VOID_ENTRY: standing,
    }[name]


class TransfersPage(QWidget):
    """Transfers between sheds: send, receive, settle what never arrived.

    Signals: ``busy_with_form(bool)`` a form was opened or left.
    """

    busy_with_form = Signal(bool)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._actions, self._memory = workspace, actions, memory
        self._current: TransferRow | None = None
        self.header = PageHeader(tr("Transfers"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Number, shed, driver"))
        self.search.setAccessibleName(tr("Search transfers"))
        self.search.setMaxLength(200)
        clearable(self.search)
        Scaled(self.search, self.search.setMinimumWidth, 220)
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.header.add(self.search)
        self.header.add(self.filter)
        self.header.set_primary(actions[SEND], "arrow-left-right")
        self.table = self._make_table()
        self._offer_filters()
        self.views = NamedViews(self.table, self._narrowing, self._narrow)
        self.header.add(self.views)
        self.detail = TransferPane(workspace)
        self._side = QStackedWidget()
        Scaled(self._side, self._side.setMinimumWidth, 456)
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
        self._pause = QTimer(self, interval=_SEARCH_MS, singleShot=True)
        self._pause.timeout.connect(lambda: self.table.ask(q=self.search.text()))
        self._wire()
        self.views.began()
        if not memory.restore_splitter("transfers", self.splitter):
            self.splitter.setSizes([710, 456])

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        shown = self._side.currentWidget()
        return shown if isinstance(shown, Form) else None

    def new(self) -> None:
        """Open the form of a new transfer, unless one is open already."""
        if isinstance(self.form, SendForm):
            self.form.focus_first()
        elif self._may_leave():
            form = SendForm(self._workspace)
            form.saved.connect(lambda row: self._saved(row, send_form.told(row)))
            self._open(form)

    def start(self, name: str) -> None:
        """Do one of ``TRANSFERS``."""
        row = self._current
        if name == SEND:
            self.new()
        elif row is not None and self._can(name) and self._may_leave():
            self._open_on(name, row)

    def open_number(self, words: str) -> None:
        """The number of a transfer was scanned somewhere: its receipt, if anything of it is on its way."""
        self._workspace.messages.withdraw(_KEY)
        self._workspace.read(
            find_transfer, words, owner=self, lane="scan", done=self._scanned, failed=partial(self._not_found, words)
        )

    def show_one(self, transfer_id: int, words: str) -> None:
        """Show a transfer among all of them, selected."""
        if self._may_leave():
            self._ask_for(words)
            self.table.select_id(transfer_id)
            self.table.view.setFocus()

    def show_only(self, wanted: Mapping[str, object]) -> None:
        """Show what these filters let through, if they are among those that are offered; else all."""
        self.search.clear()
        self._pause.stop()
        at = next((at for at in range(self.filter.count()) if self.filter.itemData(at) == dict(wanted)), 0)
        self.filter.setCurrentIndex(at)
        self.table.ask(filters=self.filter.currentData(), q="")
        self.table.view.setFocus()

    def reload(self) -> None:
        """Read what is shown again."""
        self.table.reload()
        if self._current is not None:
            self._read(self._current.id)

    def showEvent(self, event: QShowEvent) -> None:
        """What can be done with the selected transfer is offered where it is seen."""
        super().showEvent(event)
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

    # -- putting it together --------------------------------------------------------------------------------------

    def _make_table(self) -> PagedTable:
        context = self._workspace.context
        table = PagedTable(
            COLUMNS,
            Source(lambda query: list_transfers(context, query), lambda query: count_transfers(context, query)),
            self._workspace.runner,
            name="transfers",
            memory=self._memory,
            title=tr("Transfers"),
            messages=self._workspace.messages,
            kinds=("transfers", "sheds"),
            sort="-sent_at",
            empty=tr("No transfer yet."),
            empty_hint=tr("Send trays to another shed; it says what arrived."),
            empty_icon="arrow-left-right",
            things=lambda count: tr("1 transfer") if count == 1 else tr("{count} transfers", count=number(count)),
        )
        if self._actions.may(SEND):
            table.offer_when_empty(tr("Send trays"), self.new)
        table.view.setAccessibleName(tr("Transfers between sheds; Enter opens the receipt"))
        return table

    def _wire(self) -> None:
        self.search.textEdited.connect(lambda _text: self._pause.start())
        self.search.textChanged.connect(lambda text: self._pause.start() if not text else None)
        self.filter.activated.connect(lambda _index: self.table.ask(filters=self.filter.currentData()))
        self.table.selected.connect(self._selected)
        self.table.opened.connect(lambda _row: self.start(RECEIVE))
        self.table.menu_asked.connect(self._fill_menu)
        self.splitter.splitterMoved.connect(lambda *_at: self._memory.keep_splitter("transfers", self.splitter))
        for name in _FORMS:
            self._actions.on(name, partial(self.start, name))
        self._workspace.changed.connect(self._changed)
        self._workspace.house.changed.connect(self._offer_filters)
        self._workspace.date(self.table, self.detail)
        self._offer()

    # -- filters --------------------------------------------------------------------------------------------------

    def _filters(self) -> list[tuple[str, dict[str, object]]]:
        """The filters offered, with what they ask of the service; those of the shed we stand in name it."""
        offered: list[tuple[str, dict[str, object]]] = [
            (tr("All transfers"), {}),
            (tr("On their way"), {"open": True}),
        ]
        here = self._workspace.house.here
        if here is not None:
            offered += [
                (tr("On their way to {shed}", shed=here.name), {"open": True, "to_shed_id": here.id}),
                (tr("On their way from {shed}", shed=here.name), {"open": True, "from_shed_id": here.id}),
            ]
        return [
            *offered,
            (tr("Discrepancies"), {"discrepancy": True}),
            (tr("Arrived"), {"status": TransferStatus.ARRIVED.value}),
            (tr("Voided"), {"status": TransferStatus.VOIDED.value}),
        ]

    def _offer_filters(self) -> None:
        chosen = self.filter.currentData()
        self.filter.clear()
        for words, wanted in self._filters():
            self.filter.addItem(words, wanted)
        at = next((at for at in range(self.filter.count()) if self.filter.itemData(at) == chosen), 0)
        self.filter.setCurrentIndex(at)
        if chosen and self.filter.itemData(at) != chosen:
            self.table.ask(filters={})

    def _narrowing(self) -> Narrowing:
        return {"q": self.search.text().strip(), "filter": self.filter.currentData() or {}}

    def _narrow(self, wanted: Narrowing) -> None:
        kept = wanted.get("filter") or {}
        at = next((at for at in range(self.filter.count()) if self.filter.itemData(at) == kept), 0)
        self.filter.setCurrentIndex(at)
        self.search.setText(str(wanted.get("q", "")))
        self._pause.stop()
        self.table.ask(filters=self.filter.currentData(), q=self.search.text())

    def _ask_for(self, words: str) -> None:
        """Search for these words among all transfers."""
        self.filter.setCurrentIndex(0)
        self.search.setText(words)
        self._pause.stop()
        self.table.ask(filters={}, q=words)

    # -- what is selected -----------------------------------------------------------------------------------------

    def _fill_menu(self, menu: QMenu, row: TransferRow | None) -> None:
        for name in _FORMS:
            if row is not None and self._actions[name].isEnabled() and self._actions[name].isVisible():
                menu.addAction(self._actions[name])

    def _selected(self, rows: list[TransferRow]) -> None:
        row = rows[0] if len(rows) == 1 else None
        if row is None:
            self._current = None
            self._offer()
            if self.form is None:
                self.detail.nothing()
        elif self._current is None or self._current.id != row.id or row.version > self._current.version:
            self._take(row)

    def _take(self, row: TransferRow) -> None:
        """A transfer as it was read last."""
        self._current = row
        self._offer()
        self.detail.show_row(row, [self._actions[name] for name in _FORMS if self._can(name)])

    def _read(self, transfer_id: int) -> None:
        def came(row: TransferRow) -> None:
            if self._current is not None and self._current.id == row.id:
                self._take(row)

        self._workspace.read(get_transfer, transfer_id, owner=self, lane="detail", done=came)

    def _can(self, name: str) -> bool:
        return self._current is not None and self._actions.may(name) and possible(name, self._current)

    def _offer(self) -> None:
        for name in _FORMS:
            self._actions[name].setEnabled(self.isVisible() and self._can(name))

    def _changed(self, kinds: frozenset[str]) -> None:
        if self.isVisible() and "transfers" in kinds and self._current is not None:
            self._read(self._current.id)

    # -- scanning -------------------------------------------------------------------------------------------------

    def _scanned(self, row: TransferRow) -> None:
        form = self.form
        if isinstance(form, ReceiveForm) and self._current is not None and self._current.id == row.id:
            said = tr("{number} was scanned twice: its receipt is open already.", number=row.number)
            self._say(Level.INFO, said, tr("Its trays count once."))
            form.focus_first()
            return
        if not self._may_leave():
            self._say(
                Level.WARNING, tr("Save or leave the form first, then scan {number} again.", number=row.number), ""
            )
            return
        self._ask_for(row.number)
        self.table.select_id(row.id)
        self._take(row)
        if row.status is TransferStatus.VOIDED:
            why = tr("Voided {when}: {why}", when=exact(row.updated_at, row.time_zone), why=row.void_reason or "")
            self._say(Level.WARNING, tr("{number} is voided; nothing of it is on its way.", number=row.number), why)
        elif not row.in_transit:
            self._say(Level.INFO, tr("Nothing of {number} is on its way any more.", number=row.number), "")
        elif self._can(RECEIVE):
            self._open_on(RECEIVE, row)

    def _not_found(self, words: str, error: BaseException) -> bool:
        if not isinstance(error, NotFound):
            return False
        said = tr("There is no transfer {number}.", number=words.upper())
        self._say(Level.ERROR, said, tr("Scan it again, or look for it in the list."))
        return True

    def _say(self, level: Level, text: str, hint: str) -> None:
        QApplication.beep()
        self._workspace.messages.post(Message(level=level, text=text, hint=hint, owner=self, key=_KEY))

    # -- forms ----------------------------------------------------------------------------------------------------

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

    def _open_on(self, name: str, row: TransferRow) -> None:
        form: OneTransferForm = _FORMS[name](self._workspace, row)
        told: Callable[[TransferRow], str] = form.told
        form.saved.connect(lambda answer: self._saved(answer, told(answer)))
        self._open(form)

    def _open(self, form: Form) -> None:
        form.left.connect(self._back)
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        form.focus_first()
        self.busy_with_form.emit(True)

    def _saved(self, row: TransferRow, told: str) -> None:
        self._workspace.messages.withdraw(_KEY)
        self._workspace.messages.success(told, owner=self)
        self._take(row)
        self._back()
        self.table.select_id(row.id)

    def _back(self) -> None:
        form = self.form
        self._side.setCurrentWidget(self.detail)
        if form is not None:
            self._side.removeWidget(form)
            form.deleteLater()
        if self._current is None:
            self.detail.nothing()
        self.busy_with_form.emit(False)
        self.table.view.setFocus()
