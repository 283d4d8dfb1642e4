"""The page of the reconciliation: both sides of the totals, what is out, what went wrong, the accounts, and the months."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from coresafe.errors import Cancelled, CoreSafeError
from coresafe.services.months import Hindrance, MonthQuery, MonthRow, hindrances, list_months, month_name
from coresafe.services.reconciliation import Reconciliation, ReconciliationQuery, reconcile
from coresafe.services.rules import month_of
from coresafe.services.sheds import ShedRow
from coresafe.ui.actions import Actions
from coresafe.ui.behind import Behind, given
from coresafe.ui.clock import exact
from coresafe.ui.forms import Form
from coresafe.ui.house import zone_of
from coresafe.ui.reconciliation.month_forms import CloseForm, ReopenForm
from coresafe.ui.reconciliation.statement import StatementView
from coresafe.ui.reconciliation.tables import Tables
from coresafe.ui.reconciliation.writing import Writer
from coresafe.ui.state import Memory
from coresafe.ui.tables import PagedTable
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import ActionButton, EmptyState, LoadingState, PageHeader, Scaled, label
from coresafe.ui.widgets.buttons import button, reword
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.widgets.period import PeriodChooser
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

CLOSE, REOPEN, EXPORT = "month.close", "month.reopen", "reconciliation.export"
#: What the window offers everywhere.
MONTH_END = (EXPORT, CLOSE, REOPEN)
RESOLVE = ("reconciliation.return", "reconciliation.lost", "reconciliation.dispatch")
_THEN = {"reconciliation.return": "dispatch.return", "reconciliation.lost": "dispatch.lost"}
#: All sheds together, in the chooser.
_ALL = 0
#: Fields of the totals that a kind of movement fills.
_KINDS = {
    "opened": "opening", "purchased": "purchase", "found": "found", "recovered": "recovery", "received": "transfer",
    "sent": "transfer", "lost": "loss", "scrapped": "scrap", "adjusted": "adjustment", "stocktake": "stocktake",
}  # fmt: skip
_KINDS_OF_THING = frozenset({"dispatches", "stock", "periods", "sheds", "stocktakes", "transfers"})


class ReconciliationPage(QWidget):
    """A shed or all of them, a period, and whether it all fits.

    Signals: ``busy_with_form(bool)``; ``asked(Behind)`` the rows behind a figure are on another page;
    ``dispatch_asked(id, number, action)`` a dispatch is wanted, and what is to be done with it ("" nothing yet).
    """

    busy_with_form = Signal(bool)
    asked = Signal(object)
    dispatch_asked = Signal(int, str, str)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._actions = workspace, actions
        self.found: Reconciliation | None = None
        self._months: tuple[MonthRow, ...] = ()
        self._hindrances: tuple[Hindrance, ...] = ()
        self._months_read, self._wanted = False, ""
        self._form: Form | None = None
        self._out_of_date = True
        self.header = PageHeader(tr("Reconciliation"))
        self.shed = QComboBox()
        self.shed.setAccessibleName(tr("Shed"))
        self.shed.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.period = PeriodChooser(self._zone)
        self.writer = Writer(workspace, memory, self)
        self.statement = StatementView()
        self.tables = Tables(workspace, memory)
        self.verdict = label("", "strong", wrap=True)
        self.month_line = label("", "muted", wrap=True)
        self._lay_out()
        self._wire()

    # -- what the window does with it ---------------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        return self._form

    @property
    def table(self) -> PagedTable | None:
        """The table that is shown, for what is done in tables; none on the first tab."""
        shown = self.tabs.currentWidget()
        return shown if isinstance(shown, PagedTable) else None

    @property
    def shed_id(self) -> int | None:
        """The shed that is shown; None for all of them together."""
        return self.shed.currentData() or None

    @property
    def query(self) -> ReconciliationQuery:
        """What is shown."""
        since, until = self.period.days
        return ReconciliationQuery(since=since, until=until, shed_id=self.shed_id)

    def new(self) -> None:
        """The page's primary action: the file."""
        self.export()

    def start(self, name: str) -> None:
        """Begin one of ``MONTH_END``, as soon as what it takes is read."""
        self._wanted = name
        self._begin_wanted()

    def _begin_wanted(self) -> None:
        name = self._wanted
        if not name or self.found is None or (name != EXPORT and not self._months_read):
            return
        self._wanted = ""
        {EXPORT: self.export, CLOSE: self._close_month, REOPEN: self._reopen_month}[name]()

    def export(self) -> None:
        """Ask where to write the file of what is shown."""
        shed = self._shed()
        where = shed.name if shed is not None else tr("all sheds")
        name = f"{tr('Reconciliation')} {where} {self.period.words}"
        self.writer.choose(self.query, "".join(sign for sign in name if sign not in '\\/:*?"<>|'))

    def reload(self) -> None:
        """Read what is shown again."""
        self._read()

    def showEvent(self, event: QShowEvent) -> None:
        """It is read when the page is seen, and when something changed while it was not."""
        super().showEvent(event)
        self._offer_sheds()
        if self._out_of_date:
            self._read()
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

    # -- putting it together ------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.header.add(self.shed)
        self.header.add(self.period)
        if self._actions.may(EXPORT):
            self.header.set_primary(self._actions[EXPORT], "file-down")
        self._sign = QLabel()
        proof = QHBoxLayout()
        proof.setSpacing(GRID)
        proof.addWidget(self._sign)
        proof.addWidget(self.verdict, 2)
        proof.addWidget(self.month_line, 1)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.statement, tr("Totals"))
        for table in self.tables.all:
            self.tabs.addTab(table, table.title)
        self._loading = LoadingState(tr("Reconciling …"), stop=self._stop)
        self.failed = EmptyState(icon="triangle-alert", tone="caution")
        self.again_button = self.failed.offer(tr("Try again"), self._read, kind="primary", icon="refresh-cw")
        self._instead = QStackedWidget()
        for part in (self._loading, self.failed, self.tabs):
            self._instead.addWidget(part)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(proof)
        column.addWidget(self._instead, 1)
        self._size = ""
        self.every_size = button("", lambda: self._only_size(""), kind="quiet", icon="x")
        self._resolve_bar, self._months_bar = self._bar(RESOLVE), self._bar((CLOSE, REOPEN))
        column.addWidget(self._resolve_bar)
        column.addWidget(self._months_bar)
        self._side = QStackedWidget()
        Scaled(self._side, self._side.setMinimumWidth, 368)
        self._side.hide()
        self.splitter = QSplitter()
        self.splitter.addWidget(left)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12, 16, 8)
        outer.setSpacing(12)
        outer.addWidget(self.header)
        outer.addWidget(self.splitter, 1)

    def _bar(self, names: tuple[str, ...]) -> QWidget:
        """What can be done with the selected row of a table, below it."""
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for name in names:
            if self._actions.may(name):
                row.addWidget(ActionButton(self._actions[name]))
        row.addStretch(1)
        if names is RESOLVE:
            row.addWidget(self.every_size)
        return bar

    def _wire(self) -> None:
        self.shed.activated.connect(lambda _at: self._read())
        self.period.changed.connect(self._read)
        self.statement.asked.connect(self.open_figure)
        self.tabs.currentChanged.connect(lambda _at: self._offer())
        for table in self.tables.all:
            table.selected.connect(lambda _rows: self._offer())
            self._workspace.date(table)
        self.tables.outstanding.opened.connect(lambda _row: self._go_to_dispatch(""))
        self.tables.discrepancies.opened.connect(lambda _row: self._go_to_dispatch(""))
        for table in (self.tables.outstanding, self.tables.discrepancies):
            table.menu_asked.connect(self._fill_menu)
        self.tables.accounts.opened.connect(self._open_account)
        for name in RESOLVE:
            self._actions.on(name, partial(self._go_to_dispatch, _THEN.get(name, "")))
        self._workspace.changed.connect(self._changed)
        self._workspace.house.changed.connect(self._offer_sheds)
        self._workspace.date(self.statement)
        self._offer()

    def _fill_menu(self, menu: QMenu, row: Any) -> None:
        for name in RESOLVE:
            if row is not None and self._actions[name].isVisible() and self._actions[name].isEnabled():
                menu.addAction(self._actions[name])

    # -- sheds --------------------------------------------------------------------------------------------------------

    def _offer_sheds(self) -> None:
        house = self._workspace.house
        offered = [(shed.name, shed.id) for shed in house.sheds]
        if len(offered) > 1:
            offered.append((tr("All sheds together"), _ALL))
        if [(self.shed.itemText(at), self.shed.itemData(at)) for at in range(self.shed.count())] == offered:
            return
        before = self.shed.currentData()
        here = house.chosen.id if house.chosen is not None else None
        self.shed.clear()
        for words, shed_id in offered:
            self.shed.addItem(words, shed_id)
        wanted = before if before is not None else here if here is not None else _ALL
        self.shed.setCurrentIndex(max(0, self.shed.findData(wanted)))
        self.shed.setVisible(len(offered) > 1)
        if self.isVisible() and self.shed.currentData() != before:
            self._read()

    def _shed(self) -> ShedRow | None:
        """The one shed that is shown, if it is one."""
        house = self._workspace.house
        only = house.sheds[0] if len(house.sheds) == 1 else None
        return house.shed(self.shed_id) if self.shed_id else only

    def _zone(self) -> ZoneInfo:
        """The one that the service takes days in: the shed's, for all of them together the first one's."""
        house = self._workspace.house
        return zone_of(self._shed() or next(iter(house.sheds), None))

    # -- reading ------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._out_of_date = False
        if self.found is None:
            self._instead.setCurrentWidget(self._loading)
            self._loading.start()
        self._workspace.read(
            reconcile, self.query, owner=self, lane="reconcile", done=self._came, failed=self._failed,
            title=tr("Reconciling"),
        )  # fmt: skip
        shed = self._shed()
        if shed is None:
            self._months, self._hindrances = (), ()
            return
        self._workspace.read(list_months, shed.id, owner=self, lane="months", done=self._months_came)
        month = self._latest_closable(shed)
        query = MonthQuery(shed_id=shed.id, month=month)
        self._workspace.read(hindrances, query, owner=self, lane="hindrances", done=self._hindrances_came)

    def _stop(self) -> None:
        self._workspace.runner.cancel_all(self)
        self._failed(Cancelled())

    def _failed(self, error: BaseException) -> bool:
        """The page says so itself; what is a mistake of ours is logged besides."""
        self._loading.stop()
        self._out_of_date = True
        stopped = tr("Reading the reconciliation was stopped.")
        broken = tr("The reconciliation cannot be shown: something went wrong in CoreSafe itself.")
        if self.found is None:
            self.failed.tell(error, stopped=stopped, broken=broken)
            self._instead.setCurrentWidget(self.failed)
        else:
            said = f"{error.message} {error.hint}".strip() if isinstance(error, CoreSafeError) else broken
            self.verdict.setText(stopped if isinstance(error, Cancelled) else said)
            self._sign_with("triangle-alert", "caution")
        return isinstance(error, CoreSafeError)

    def _came(self, found: Reconciliation) -> None:
        self._loading.stop()
        self.found = found
        self._instead.setCurrentWidget(self.tabs)
        self.statement.show_totals(found.totals)
        self.tables.show(found)
        for at, (table, count) in enumerate(
            zip(
                self.tables.all,
                (found.outstanding, found.discrepancies, found.accounts, found.stocktakes),
                strict=False,
            )
        ):
            self.tabs.setTabText(at + 1, tr("{title} ({count})", title=table.title, count=number(len(count))))
        self._judge(found)
        self._offer()
        self._begin_wanted()

    def _judge(self, found: Reconciliation) -> None:
        apart = sum(abs(total.difference) for total in found.totals) + found.accounts_difference
        when = tr("{since} to {until}", since=exact(found.since, self._zone()), until=exact(found.until, self._zone()))
        if apart:
            words = trn(
                "The ledger and what is there differ by 1 tray.",
                "The ledger and what is there differ by {count} trays.",
                apart,
            )
            words += " " + tr("Ask whoever looks after CoreSafe to run: coresafe db check")
        else:
            words = tr("The ledger and what is there agree: the difference is 0.")
        self._sign_with(*(("triangle-alert", "danger") if apart else ("circle-check", "positive")))
        self.verdict.setText(words)
        self.header.set_title(tr("Reconciliation"), when)

    def _sign_with(self, icon: str, tone: str) -> None:
        theme().dress(self._sign, icon, tone)

    def _months_came(self, rows: tuple[MonthRow, ...]) -> None:
        self._months, self._months_read = rows, True
        shed = self._shed()
        if self.found is not None:
            self.tables.show_months(rows, self.found.as_of)
        closed = max((row.month for row in rows if row.closed), default=0)
        self.month_line.setText(
            tr("{shed}: closed up to {month}.", shed=shed.name if shed else "", month=month_name(closed))
            if closed
            else tr("No month is closed.")
        )
        self._offer()
        self._begin_wanted()

    def _hindrances_came(self, rows: tuple[Hindrance, ...]) -> None:
        self._hindrances = rows

    def _changed(self, kinds: frozenset[str]) -> None:
        if not kinds & _KINDS_OF_THING:
            return
        if self.isVisible():
            self._read()
        else:
            self._out_of_date = True

    # -- from a figure to its rows ------------------------------------------------------------------------------------

    def open_figure(self, size: str, field: str) -> None:
        """Show the rows behind a figure of the totals."""
        if field == "outstanding":
            self._only_size(size)
            self.tabs.setCurrentWidget(self.tables.outstanding)
            self.tables.outstanding.view.setFocus()
            return
        if field == "stocktake" and self.found is not None and self.found.stocktakes:
            self.tabs.setCurrentWidget(self.tables.stocktakes)
            self.tables.stocktakes.view.setFocus()
            return
        first, last = self.period.days
        days = (first, last or self._today())
        state = field if field in ("available", "occupied", "damaged", "in_transit") else None
        kind = _KINDS.get(field)
        if kind is None and state is None:
            state = "base"
        # What is there at the end came about by every movement until then, not only by those of the period.
        wanted = given(
            size=size or None,
            state=state,
            kind=kind,
            shed_id=self.shed_id,
            days=days if state in (None, "base") else None,
        )
        self.asked.emit(Behind("go.inventory", filters=wanted))

    def _only_size(self, size: str) -> None:
        """What is out of one size, "" of all; a button says so, and takes it away."""
        self.tables.outstanding.ask(filters={"size": size} if size else {})
        reword(self.every_size, tr("Show every size, not only {size}", size=size))
        self._size = size
        self._offer()

    def _today(self) -> Any:
        assert self.found is not None
        return self.found.as_of.astimezone(self._zone()).date()

    def _open_account(self, held: Any) -> None:
        filters = given(company_id=held.row.company_id, company=held.row.company)
        if self._actions["go.accounts"].isVisible():
            self.asked.emit(Behind("go.accounts", filters=filters))

    def _go_to_dispatch(self, action: str) -> None:
        table = self.table
        row = table.current_row() if table is not None else None
        if row is not None and table in (self.tables.outstanding, self.tables.discrepancies):
            self.dispatch_asked.emit(row.row.dispatch_id, row.row.number, action)

    # -- months -------------------------------------------------------------------------------------------------------

    def _latest_closable(self, shed: ShedRow) -> int:
        """The month before the one that runs."""
        from datetime import UTC, datetime

        now = datetime.now(UTC) if self.found is None else self.found.as_of
        month = month_of(now, shed.time_zone)
        return month - 1 if month % 100 > 1 else month - 89

    def _close_month(self) -> None:
        shed = self._shed()
        if shed is None or not self._may_leave():
            return
        closed = max((row.month for row in self._months if row.closed), default=0)
        latest = self._latest_closable(shed)
        this = latest + 1 if latest % 100 < 12 else latest + 89
        months = [this, latest]
        while len(months) < 13:
            months.append(months[-1] - 1 if months[-1] % 100 > 1 else months[-1] - 89)
        form = CloseForm(self._workspace, shed, [month for month in months if month > closed], self._hindrances)
        if latest > closed:
            form.month.set_value(latest)
            form.settle()
        self._open(form)

    def _reopen_month(self) -> None:
        shed = self._shed()
        months = [row.month for row in self._months if row.closed]
        if shed is None or not months or not self._may_leave():
            return
        chosen = self.tables.months.current_row()
        self._open(ReopenForm(self._workspace, shed, months, chosen.row.month if chosen is not None else None))

    def _open(self, form: CloseForm | ReopenForm) -> None:
        self._form = form
        form.left.connect(self._back)
        form.saved.connect(partial(self._saved, form))
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        self._side.show()
        self.splitter.setSizes([self.splitter.width() - 400, 400])
        form.focus_first()
        self.busy_with_form.emit(True)

    def _saved(self, form: CloseForm | ReopenForm, row: MonthRow) -> None:
        self._workspace.messages.success(form.told(row), owner=self)
        self._back()

    def _back(self) -> None:
        form, self._form = self._form, None
        if form is None:
            return
        self._side.removeWidget(form)
        self._side.hide()
        form.deleteLater()
        self.busy_with_form.emit(False)
        table = self.table
        (table.view if table is not None else self.statement.stop).setFocus()

    def _may_leave(self) -> bool:
        form = self._form
        if form is None:
            return True
        if form.saving or form.dirty:
            form.leave()
            return False
        self._back()
        return True

    def _offer(self) -> None:
        """What can be done is offered where it is seen."""
        seen = self.isVisible()
        one = self._shed() is not None
        table = self.table
        row = table.current_row() if table in (self.tables.outstanding, self.tables.discrepancies) and table else None
        # From elsewhere they lead here first.
        self._actions[CLOSE].setEnabled(not seen or one)
        self._actions[REOPEN].setEnabled(not seen or (one and any(month.closed for month in self._months)))
        out = self._is_out(row)
        self._actions["reconciliation.return"].setEnabled(seen and out)
        self._actions["reconciliation.lost"].setEnabled(seen and out)
        self._actions["reconciliation.dispatch"].setEnabled(seen and row is not None)
        show_if(self.every_size, bool(self._size) and table is self.tables.outstanding)
        self._resolve_bar.setVisible(table in (self.tables.outstanding, self.tables.discrepancies))
        self._months_bar.setVisible(table is self.tables.months)

    def _is_out(self, row: Any) -> bool:
        if row is None or self.found is None:
            return False
        return any(each.dispatch_id == row.row.dispatch_id for each in self.found.outstanding)
