"""The page of the inventory: the stock at the top, the ledger below, and the form of a change beside them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QMenu, QSplitter, QVBoxLayout, QWidget

from coresafe.services.inventory import StockQuery, StockRow, count_movements, list_movements, stock
from coresafe.ui.actions import Actions
from coresafe.ui.forms import Form
from coresafe.ui.inventory.columns import COLUMNS, KIND_WORDS
from coresafe.ui.inventory.stock_form import CHANGES, StockForm
from coresafe.ui.inventory.stock_view import StockView
from coresafe.ui.state import Memory
from coresafe.ui.tables import PagedTable, Source
from coresafe.ui.widgets import PageHeader, button
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace


class InventoryPage(QWidget):
    """What there is and how it came about.

    Signals: ``busy_with_form(bool)`` a form was opened or left.
    """

    busy_with_form = Signal(bool)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._actions = actions
        self._read_once = False
        self.header = PageHeader(tr("Inventory"))
        self.stock = StockView()
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("Kind of movement"))
        self.kind.addItem(tr("All movements"), None)
        for key, words in KIND_WORDS.items():
            self.kind.addItem(tr(words), key)
        self.table = PagedTable(
            COLUMNS,
            Source(
                lambda query: list_movements(workspace.context, query),
                lambda query: count_movements(workspace.context, query),
            ),
            workspace.runner,
            name="movements",
            memory=memory,
            kinds=("stock",),
            sort="-at",
            empty=tr("No movement yet."),
            empty_hint=tr("Set the base inventory: how many trays the shed owns."),
            empty_icon="boxes",
            things=lambda count: tr("1 movement") if count == 1 else tr("{count} movements", count=number(count)),
        )
        if actions.may("stock.base"):
            self.table.offer_when_empty(tr("Set the base inventory"), lambda: self.start("stock.base"))
        head = PageHeader("")
        head.set_title(tr("Movements"))
        head.add(self.kind)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.stock)
        column.addWidget(head)
        column.addWidget(self.table, 1)
        self.splitter = QSplitter()
        self.splitter.addWidget(left)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12, 16, 8)
        outer.setSpacing(12)
        outer.addWidget(self.header)
        outer.addWidget(self.splitter, 1)
        self._form: StockForm | None = None
        self._make_buttons()
        self.kind.activated.connect(self._filter)
        workspace.changed.connect(self._changed)

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        return self._form

    def new(self) -> None:
        """The page's primary action: set the base, or what the role may do."""
        allowed = [name for name in CHANGES if self._actions.may(name)]
        if allowed:
            self.start("stock.purchase" if "stock.purchase" in allowed else allowed[0])

    def start(self, name: str) -> None:
        """Open the form of a change, unless the one that is open would lose something."""
        if self._form is not None and self._form.dirty:
            self._form.leave()
            return
        self._close()
        form = StockForm(self._workspace, CHANGES[name], self.stock.rows)
        form.setMinimumWidth(384)
        form.saved.connect(lambda _answer: self._saved(form.told()))
        form.left.connect(self._close)
        self._form = form
        self.splitter.addWidget(form)
        form.settle()
        self.busy_with_form.emit(True)

    def reload(self) -> None:
        """Read what is shown again."""
        self.table.reload()
        self._read()

    def showEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        """The stock is read when the page is first seen."""
        super().showEvent(event)
        if not self._read_once:
            self._read_once = True
            self._read()

    def _make_buttons(self) -> None:
        allowed = [name for name in CHANGES if self._actions.may(name)]
        menu = QMenu(self)
        for name in allowed:
            menu.addAction(self._actions[name])
        if not allowed:
            return
        more = button(tr("Change the stock"), icon="boxes", kind="primary")
        more.setMenu(menu)
        self.header.add(more)

    def _filter(self, _index: int) -> None:
        self.table.ask(filters={"kind": self.kind.currentData()})

    def _read(self) -> None:
        self._workspace.read(stock, StockQuery(), owner=self, lane="stock", done=self._show_stock)

    def _show_stock(self, rows: tuple[StockRow, ...]) -> None:
        self.stock.show_rows(rows)
        if self._form is not None:
            self._form.show_stock(rows)

    def _saved(self, said: str) -> None:
        self._workspace.messages.success(said, owner=self)
        self._close()

    def _close(self) -> None:
        form, self._form = self._form, None
        if form is not None:
            self.table.view.setFocus()  # not to the first thing of the window
            form.setParent(None)
            form.deleteLater()
            self.busy_with_form.emit(False)

    def _changed(self, kinds: frozenset[str]) -> None:
        if "stock" in kinds and self._read_once:
            self._read()
