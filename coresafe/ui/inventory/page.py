"""The page of the inventory: the stock at the top, the ledger below, and beside them a movement or the form of a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import Cancelled, CoreSafeError
from coresafe.services.inventory import OWNED, MovementRow, count_movements, list_movements
from coresafe.services.shed_stock import ShedStock, StockBySheds, stock_by_shed
from coresafe.ui.actions import Actions
from coresafe.ui.forms import Form
from coresafe.ui.inventory.columns import columns_at, zone_in
from coresafe.ui.inventory.filters import MovementFilters
from coresafe.ui.inventory.movement_pane import MovementPane
from coresafe.ui.inventory.stock_form import CHANGES, StockForm
from coresafe.ui.inventory.turning_up import FOUND, RECOVER, FoundForm, RecoverForm
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, PagedTable, Source
from coresafe.ui.widgets import PageHeader, Scaled, button
from coresafe.ui.widgets.stock_view import StockView
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

#: What can be done to the stock, in the order of the menu.
STOCK_FORMS = (*CHANGES, RECOVER)
_DOCUMENT = "stock.document"
#: All sheds together, in the chooser and in what is remembered of it.
_ALL = 0
_REMEMBERED = "inventory/shed"


class InventoryPage(QWidget):
    """What there is and how it came about.

    Signals: ``busy_with_form(bool)`` a form was opened or left; ``out_asked(size, shed_id, shed)`` the dispatches on
    which trays of a size ("" all) are out of a shed (0 all); ``dispatch_asked(id, number)`` the document of a movement.
    """

    busy_with_form = Signal(bool)
    out_asked = Signal(str, int, str)
    dispatch_asked = Signal(int, str)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._actions = actions
        self._memory = memory
        self._known: StockBySheds | None = None
        self._out_of_date = True
        self.header = PageHeader(tr("Inventory"))
        self.shed = QComboBox()
        self.shed.setAccessibleName(tr("Shed"))
        self.shed.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.shed.hide()
        self.stock = StockView(self._read, self._stop_reading)
        self.filters = MovementFilters(self._zone)
        self.table = self._make_table(memory)
        self.views = NamedViews(self.table, self.filters.chosen, self.filters.choose)
        self.detail = MovementPane()
        self._form: Form | None = None
        self._lay_out()
        self._make_buttons()
        self._wire()
        self._begin()
        self.views.began()

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        return self._form

    @property
    def shed_id(self) -> int | None:
        """The shed that is shown; None for all of them."""
        return self.shed.currentData() or None

    def new(self) -> None:
        """The page's primary action: set the base, or what the role may do."""
        allowed = self._allowed()
        if allowed:
            self.start("stock.purchase" if "stock.purchase" in allowed else allowed[0])

    def start(self, name: str) -> None:
        """Open the form of a change, unless the one that is open would lose something."""
        if self._form is not None and (self._form.dirty or self._form.saving):
            self._form.leave()
            return
        self._close()
        shed_id = self.shed_id or self._own_id()
        if name == RECOVER:
            recover = RecoverForm(self._workspace, self.shed_id)
            self._open(recover, recover.told)
            return
        made: StockForm
        if name == FOUND:
            found = FoundForm(self._workspace, self._known, shed_id)
            found.recover_asked.connect(partial(self._recover_instead, found))
            made = found
        else:
            made = StockForm(self._workspace, CHANGES[name], self._known, shed_id)
        self._open(made, made.told)

    def reload(self) -> None:
        """Read what is shown again."""
        self.table.reload()
        self._read()

    def showEvent(self, event: QShowEvent) -> None:
        """The stock is read when the page is first seen, and when something changed while it was not."""
        super().showEvent(event)
        if self._out_of_date:
            self._read()
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.stock.fit(self.height())

    # -- putting it together --------------------------------------------------------------------------------------

    def _make_table(self, memory: Memory) -> PagedTable:
        context = self._workspace.context
        table = PagedTable(
            columns_at(self._workspace.house),
            Source(lambda query: list_movements(context, query), lambda query: count_movements(context, query)),
            self._workspace.runner,
            name="movements",
            memory=memory,
            title=tr("Movements"),
            messages=self._workspace.messages,
            kinds=("stock",),
            sort="-at",
            empty=tr("No movement yet."),
            empty_hint=tr("Set the base inventory: how many trays the shed owns."),
            empty_icon="boxes",
            things=lambda count: tr("1 movement") if count == 1 else tr("{count} movements", count=number(count)),
        )
        if self._actions.may("stock.base"):
            table.offer_when_empty(tr("Set the base inventory"), lambda: self.start("stock.base"))
        return table

    def _lay_out(self) -> None:
        head = PageHeader("")
        head.set_title(tr("Movements"))
        head.add(self.filters.clear_button)
        head.add(self.views)
        self.left = QWidget()
        column = QVBoxLayout(self.left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.stock)
        column.addWidget(head)
        column.addWidget(self.filters)
        column.addWidget(self.table, 1)
        self._side = QStackedWidget()
        Scaled(self._side, self._side.setMinimumWidth, 368)
        self._side.addWidget(self.detail)
        self.splitter = QSplitter()
        self.splitter.addWidget(self.left)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12, 16, 8)
        outer.setSpacing(12)
        outer.addWidget(self.header)
        outer.addWidget(self.splitter, 1)
        if not self._memory.restore_splitter("inventory", self.splitter):
            self.splitter.setSizes([798, 368])

    def _make_buttons(self) -> None:
        self.header.add(self.shed)
        allowed = self._allowed()
        if not allowed:
            return
        menu = QMenu(self)
        for name in allowed:
            menu.addAction(self._actions[name])
        more = button(tr("Change the stock"), icon="boxes", kind="primary")
        more.setMenu(menu)
        self.header.add(more)

    def _wire(self) -> None:
        self.shed.activated.connect(self._shed_chosen)
        self.filters.changed.connect(self._filter)
        self.stock.asked.connect(self.open_figure)
        self.table.selected.connect(self._selected)
        self.table.opened.connect(lambda _row: self.show_document())
        self.splitter.splitterMoved.connect(lambda *_at: self._memory.keep_splitter("inventory", self.splitter))
        self._actions.on(_DOCUMENT, self.show_document)
        self._workspace.house.changed.connect(self._house_changed)
        self._workspace.changed.connect(self._changed)
        self._workspace.date(self.stock, self.table, self.detail)
        self._offer()

    def _begin(self) -> None:
        """The movements are read along with the stock, of the shed that was shown last.

        Where this computer's own shed is to be shown and its id is not known yet, they wait for the stock, which tells it.
        """
        remembered, house = self._memory.recall(_REMEMBERED, -1), self._workspace.house
        if remembered > _ALL:
            self.table.ask(filters=self.filters.wanted(remembered))
        elif remembered < _ALL and house.several and house.chosen is not None:
            self.table.ask(filters=self.filters.wanted(house.chosen.id))
        elif remembered < _ALL and house.named and not house.known:
            self.table.hide()

    def _allowed(self) -> list[str]:
        return [name for name in STOCK_FORMS if self._actions.may(name)]

    # -- sheds ----------------------------------------------------------------------------------------------------

    def _own_id(self) -> int | None:
        """The shed this computer stands in, if it is told and there is such a one."""
        own = self._workspace.house.chosen
        return own.id if own is not None else None

    def _offer_sheds(self, known: StockBySheds) -> None:
        """The computer's own shed first, then the others, then all together; those no longer in use say so."""
        own = self._own_id()
        sheds = sorted(known.sheds, key=lambda shed: shed.shed_id != own)
        offered = [(_shed_words(shed), shed.shed_id) for shed in sheds]
        if len(offered) > 1:
            offered.append((tr("All sheds"), _ALL))
        now = [(self.shed.itemText(at), self.shed.itemData(at)) for at in range(self.shed.count())]
        if now == offered:
            return
        wanted = self._memory.recall(_REMEMBERED, own if own is not None else _ALL)
        self.shed.clear()
        for words, shed_id in offered:
            self.shed.addItem(words, shed_id)
        at = self.shed.findData(wanted)
        self.shed.setCurrentIndex(at if at >= 0 else max(0, self.shed.findData(_ALL)))
        self.shed.setVisible(len(offered) > 1)

    def _house_changed(self) -> None:
        """The sheds are others, or this computer stands in another."""
        if self._known is not None:
            self._show_stock(self._known)

    def _shed_chosen(self, _index: int) -> None:
        self._memory.remember(_REMEMBERED, self.shed.currentData())
        self._show_shed()
        self._filter()

    def _show_shed(self) -> None:
        if self._known is not None:
            rows = self._known.of(self.shed_id if len(self._known.sheds) > 1 else None)
            self.stock.show_rows(rows)
            self.filters.show_sizes([row.tray_size for row in rows])

    def _zone(self) -> str:
        """In whose time zone a day begins: the shed's, of several the first one's."""
        sheds = self._known.sheds if self._known is not None else ()
        shown = [shed for shed in sheds if shed.shed_id == self.shed_id] or list(sheds[:1])
        return shown[0].time_zone if shown else "UTC"

    def _shed_names(self) -> dict[int, str]:
        sheds = self._known.sheds if self._known is not None else ()
        return {shed.shed_id: shed.name for shed in sheds} if len(sheds) > 1 else {}

    # -- figures and movements ------------------------------------------------------------------------------------

    def open_figure(self, size: str, state: str) -> None:
        """Show the rows behind a figure: the dispatches that are out, or the movements that made it."""
        if state == "out":
            shed = self.shed_id or 0
            self.out_asked.emit(size, shed, self._shed_names().get(shed, ""))
            return
        self.filters.show_only(size=size, state=OWNED if state == "base" else state)

    def show_only(
        self,
        *,
        shed_id: int | None,
        size: str = "",
        state: str | None = None,
        kind: str | None = None,
        days: tuple[date, date] | None = None,
        company: tuple[int, str] | None = None,
    ) -> None:
        """Show the movements behind a figure of another page, in a shed or in all (None)."""
        self._memory.remember(_REMEMBERED, shed_id or _ALL)
        if self._known is not None:
            self.shed.setCurrentIndex(max(0, self.shed.findData(shed_id or _ALL)))
            self._show_shed()
        self.filters.show_only(
            size=size, state=OWNED if state == "base" else state, kind=kind, days=days, company=company
        )
        self.table.view.setFocus()

    def show_document(self) -> None:
        """Go to the dispatch behind the selected movement."""
        row = self.detail.row
        if row is not None and row.dispatch_id is not None:
            self.dispatch_asked.emit(row.dispatch_id, row.dispatch_number or "")

    def _filter(self) -> None:
        self.table.ask(filters=self.filters.wanted(self._wanted_shed()))

    def _wanted_shed(self) -> int | None:
        return self.shed_id if self._known is not None and len(self._known.sheds) > 1 else None

    def _selected(self, rows: list[MovementRow]) -> None:
        if len(rows) == 1:
            has_document = rows[0].dispatch_id is not None
            zone = zone_in(self._workspace.house, rows[0])
            actions = [self._actions[_DOCUMENT]] if has_document else []
            self.detail.show_row(rows[0], self._shed_names(), zone, actions)
        else:
            self.detail.nothing()
        self._offer()

    def _offer(self) -> None:
        """What can be done with the selected movement is offered where it is seen."""
        row = self.detail.row
        self._actions[_DOCUMENT].setEnabled(self.isVisible() and row is not None and row.dispatch_id is not None)

    # -- reading --------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._out_of_date = False
        self.stock.wait()
        self._workspace.read(stock_by_shed, owner=self, lane="stock", done=self._show_stock, failed=self._not_read)

    def _show_stock(self, known: StockBySheds) -> None:
        self._known = known
        self._offer_sheds(known)
        self._show_shed()
        wanted = self.filters.wanted(self._wanted_shed())
        if (
            dict(self.table.model.query.filters) != wanted
        ):  # the shed that was remembered is no more, or is known only now
            self.table.ask(filters=wanted)
        self.table.show()
        if isinstance(self._form, StockForm):
            self._form.show_stock(known)

    def _stop_reading(self) -> None:
        self._workspace.runner.cancel_all(self)
        self._not_read(Cancelled())

    def _not_read(self, error: BaseException) -> bool:
        """The stock says so in its own place; what is a mistake of ours is logged besides."""
        self._out_of_date = True
        self.stock.show_error(error, self._workspace.last_told)
        self.table.show()
        return isinstance(error, CoreSafeError)

    def _changed(self, kinds: frozenset[str]) -> None:
        if "stock" not in kinds:
            return
        if self.isVisible():
            self._read()
        else:
            self._out_of_date = True  # read when it is looked at again

    # -- forms ----------------------------------------------------------------------------------------------------

    def _open(self, form: Form, told: Callable[[], str]) -> None:
        form.saved.connect(lambda _answer: self._saved(told()))
        form.left.connect(self._close)
        self._form = form
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        form.settle()
        form.focus_first()
        self.busy_with_form.emit(True)

    def _recover_instead(self, found: FoundForm) -> None:
        """They are lost trays: the number and the reason that were typed go along."""
        quantity, reason = found.quantity.value(), found.reason.value()
        found.settle()
        self.start(RECOVER)
        form = self._form
        if isinstance(form, RecoverForm):
            if quantity is not None:
                form.quantity.set_value(quantity)
            if reason:
                form.reason.set_value(reason)

    def _saved(self, said: str) -> None:
        self._workspace.messages.success(said, owner=self)
        self._close()

    def _close(self) -> None:
        form, self._form = self._form, None
        if form is not None:
            self._side.setCurrentWidget(self.detail)
            self._side.removeWidget(form)
            self.table.view.setFocus()  # not to the first thing of the window
            form.setParent(None)
            form.deleteLater()
            self.busy_with_form.emit(False)


def _shed_words(shed: ShedStock) -> str:
    return shed.name if shed.is_active else tr("{shed} (no longer in use)", shed=shed.name)
