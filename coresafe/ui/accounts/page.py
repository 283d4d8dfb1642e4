"""The page of company accounts: the companies with what they have, the account of one; or what is overdue, by company."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import CoreSafeError
from coresafe.services.accounts import (
    AccountQuery,
    CompanyBalance,
    CompanyOverdue,
    Overdue,
    OverdueQuery,
    OverdueRow,
    list_overdue,
)
from coresafe.ui.accounts.account_panel import AccountPanel
from coresafe.ui.accounts.columns import COMPANIES
from coresafe.ui.accounts.overdue_list import OverdueList, trays_of
from coresafe.ui.accounts.overdue_pane import OverduePane
from coresafe.ui.accounts.saving import StatementSaver
from coresafe.ui.accounts.source import AccountsSource
from coresafe.ui.actions import Actions
from coresafe.ui.chasing import Chased, ChaseForm, ExtendForm
from coresafe.ui.forms import Form
from coresafe.ui.house import zone_of
from coresafe.ui.state import Memory
from coresafe.ui.tables import PagedTable
from coresafe.ui.widgets import ActionButton, PageHeader, Scaled, button
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.widgets.period import PeriodChooser
from coresafe.ui.widgets.search import clearable
from coresafe.ui.words import tr, trn
from coresafe.ui.workspace import Workspace

#: Wait this long after a key in the search before asking.
_SEARCH_MS = 250
_ALL, _LATE, _WORK = "all", "late", "work"
#: All sheds together, in the chooser and in what is remembered of it.
_EVERY = 0
#: What there is to do in a table, as the window enables it for a page that shows one.
_ON_TABLES = ("view.export", "view.columns", "view.named", "table.copy", "table.copy_headed")
_STATEMENTS = ("account.pdf", "account.excel")
_ON_OVERDUE = ("account.chase", "account.extend")


class AccountsPage(QWidget):
    """Who has how many trays, and who is late with them.

    Signals: ``busy_with_form(bool)`` a form was opened or left; ``dispatch_asked(id, number)`` a dispatch is to be shown.
    """

    busy_with_form = Signal(bool)
    dispatch_asked = Signal(int, str)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._actions, self._memory = workspace, actions, memory
        self._form: Form | None = None
        self._overdue_old = True
        self.header = PageHeader(tr("Company accounts"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Company"))
        self.search.setAccessibleName(tr("Search companies"))
        clearable(self.search)
        Scaled(self.search, self.search.setMinimumWidth, 220)
        self.view = QComboBox()
        self.view.setAccessibleName(tr("What is listed"))
        for words, key in (
            (tr("All companies"), _ALL),
            (tr("With overdue trays"), _LATE),
            (tr("Overdue, by company"), _WORK),
        ):
            self.view.addItem(words, key)
        self.shed = QComboBox()
        self.shed.setAccessibleName(tr("Shed"))
        self.shed.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.period = PeriodChooser(self._zone)
        self.source = AccountsSource(lambda: workspace.context)
        self.companies = self._make_table()
        self.panel = AccountPanel(workspace, memory)
        self.overdue = OverdueList(self._read_overdue, lambda: workspace.runner.cancel_all(self))
        self.pane = OverduePane(workspace)
        self._pause = QTimer(self, interval=_SEARCH_MS, singleShot=True)
        self._pause.timeout.connect(self._ask)
        self.saver = StatementSaver(self, workspace, memory)
        self.statement = button(tr("Statement"), icon="file-text", kind="primary")
        menu = QMenu(self)
        for name in _STATEMENTS:
            menu.addAction(actions[name])
        self.statement.setMenu(menu)
        self._lay_out()
        self._wire()
        self._offer_sheds()
        self._ask()

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        return self._form

    @property
    def splitter(self) -> QSplitter:
        """The two parts of what is shown."""
        return self._overdue_parts if self._at_work else self._account_parts

    @property
    def table(self) -> Any:
        """The table that is shown: the companies, or the overdue list, which cannot be exported as a table can."""
        return self.overdue if self._at_work else self.companies

    @property
    def account(self) -> AccountQuery | None:
        """The account that is shown."""
        return None if self._at_work else self.panel.query

    def new(self) -> None:
        """The page's primary action: the statement of the account that is shown, or a call about what is overdue."""
        name = "account.chase" if self._at_work else "account.pdf"
        if self._actions[name].isEnabled() and self._actions[name].isVisible():
            self._actions[name].trigger()

    def show_overdue(self) -> None:
        """Show what is overdue, by company."""
        self._choose_view(_WORK)

    def show_company(self, company_id: int) -> None:
        """Show the account of a company."""
        self.search.clear()
        self._choose_view(_ALL)
        self.companies.select_id(company_id)

    def reload(self) -> None:
        """Read what is shown again."""
        if self._at_work:
            self._read_overdue()
        else:
            self.companies.reload()
            if self.panel.behind is not None:
                self.panel.table.reload()

    def showEvent(self, event: QShowEvent) -> None:
        """What is overdue is read when it is looked at."""
        super().showEvent(event)
        if self._at_work and self._overdue_old:
            self._read_overdue()
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

    # -- putting it together --------------------------------------------------------------------------------------

    def _make_table(self) -> PagedTable:
        return PagedTable(
            COMPANIES,
            self.source,
            self._workspace.runner,
            name="accounts",
            memory=self._memory,
            title=tr("Company accounts"),
            messages=self._workspace.messages,
            kinds=("dispatches", "companies", "stock"),
            sort="company",
            empty=tr("No company yet."),
            empty_hint=tr("A supervisor adds the first one on the Drillholes page."),
            empty_icon="building-2",
            things=lambda count: trn("{count} company", "{count} companies", count),
        )

    def _lay_out(self) -> None:
        self.header.add(self.statement)
        asked = QHBoxLayout()
        asked.setSpacing(8)
        for part in (self.search, self.view, self.shed, self.period):
            asked.addWidget(part)
        asked.addStretch(1)
        # In a place of its own: the button itself shows and hides with what the role may do.
        self._call = QWidget()
        place = QVBoxLayout(self._call)
        place.setContentsMargins(0, 0, 0, 0)
        place.addWidget(ActionButton(self._actions["account.chase"], "primary", "bell"))
        self.header.add(self._call)
        show_if(self._call, False)
        self._side = QStackedWidget()
        Scaled(self._side, self._side.setMinimumWidth, 400)
        self._side.addWidget(self.pane)
        Scaled(self.companies, self.companies.setMinimumWidth, 424)
        self._account_parts = _halves(self.companies, self.panel)
        self._overdue_parts = _halves(self.overdue, self._side)
        self._whole = QStackedWidget()
        self._whole.addWidget(self._account_parts)
        self._whole.addWidget(self._overdue_parts)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(12)
        column.addWidget(self.header)
        column.addLayout(asked)
        column.addWidget(self._whole, 1)
        for name, parts, sizes in (
            ("accounts", self._account_parts, [432, 722]),
            ("overdue", self._overdue_parts, [768, 400]),
        ):
            if not self._memory.restore_splitter(name, parts):
                parts.setSizes(sizes)
            parts.splitterMoved.connect(lambda *_at, n=name, p=parts: self._memory.keep_splitter(n, p))

    def _wire(self) -> None:
        self.search.textEdited.connect(lambda _text: self._pause.start())
        self.search.textChanged.connect(lambda text: self._pause.start() if not text else None)
        self.view.activated.connect(lambda _index: self._choose_view(self.view.currentData()))
        self.shed.activated.connect(self._shed_chosen)
        self.period.changed.connect(self._ask)
        self.companies.selected.connect(lambda _rows: self._show_account())
        self.companies.as_of.connect(lambda _moment: self._accounts_came())
        self.panel.dispatch_asked.connect(self.dispatch_asked)
        self.overdue.chosen.connect(self._overdue_chosen)
        self.overdue.opened.connect(self._overdue_opened)
        self._actions.on("account.pdf", lambda: self.save_statement("pdf"))
        self._actions.on("account.excel", lambda: self.save_statement("xlsx"))
        self._actions.on("account.chase", self.chase)
        self._actions.on("account.extend", self.extend)
        self._actions.on("account.dispatch", self.show_dispatch)
        for table in (self.panel.standing, self.panel.entries):
            table.selected.connect(lambda _rows: self._offer())
        self._workspace.house.changed.connect(self._offer_sheds)
        self._workspace.changed.connect(self._changed)
        self._workspace.date(self.overdue, self.pane)
        self._offer()

    # -- what is listed -------------------------------------------------------------------------------------------

    @property
    def _at_work(self) -> bool:
        return bool(self.view.currentData() == _WORK)

    def _choose_view(self, key: str) -> None:
        self.view.setCurrentIndex(self.view.findData(key))
        self._whole.setCurrentIndex(int(self._at_work))
        for part in (self.period, self.statement):
            show_if(part, not self._at_work)
        show_if(self._call, self._at_work and self._actions.may("account.chase"))
        words = tr("Number, company, hole") if self._at_work else tr("Company")
        self.search.setPlaceholderText(words)
        self.search.setAccessibleName(tr("Search what is overdue") if self._at_work else tr("Search companies"))
        self._ask()
        self._offer()

    def _ask(self) -> None:
        """Ask for what is chosen."""
        if self._at_work:
            self._read_overdue()
            return
        since, until = self.period.days
        late = True if self.view.currentData() == _LATE else None
        filters = {"since": since, "until": until, "shed_id": self._shed_id, "overdue_only": late}
        wanted = {name: value for name, value in filters.items() if value is not None}
        own = {name: value for name, value in wanted.items() if name != "overdue_only"}
        more = {"overdue_only": True} if late else {}
        self.companies.show_of(
            own,
            empty=tr("No company yet."),
            empty_hint=tr("A supervisor adds the first one on the Drillholes page."),
            more=more,
        )
        self.companies.ask(q=self.search.text())

    @property
    def _shed_id(self) -> int | None:
        return self.shed.currentData() or None

    def _zone(self) -> ZoneInfo:
        house = self._workspace.house
        return zone_of(house.shed(self._shed_id) or next(iter(house.sheds), None))

    def _offer_sheds(self) -> None:
        house = self._workspace.house
        offered = [(tr("All sheds"), _EVERY), *((shed.name, shed.id) for shed in house.sheds)]
        if offered != [(self.shed.itemText(at), self.shed.itemData(at)) for at in range(self.shed.count())]:
            before = self.shed.currentData() if self.shed.count() else self._memory.recall("accounts/shed", _EVERY)
            self.shed.clear()
            for words, shed_id in offered:
                self.shed.addItem(words, shed_id)
            self.shed.setCurrentIndex(max(0, self.shed.findData(before)))
        show_if(self.shed, house.several)

    def _shed_chosen(self, _index: int) -> None:
        self._memory.remember("accounts/shed", self.shed.currentData())
        self._ask()

    # -- accounts -------------------------------------------------------------------------------------------------

    def _accounts_came(self) -> None:
        """The companies were read: the one that is selected is shown anew, at first the first one."""
        if not self.companies.selected_rows() and self.source.last is not None and self.source.last.items:
            self.companies.select_id(self.source.last.items[0].id)
        self._show_account()

    def _show_account(self) -> None:
        rows: list[CompanyBalance] = self.companies.selected_rows()
        if len(rows) != 1:
            self.panel.nothing()
        else:
            since, until = self.period.days
            query = AccountQuery(company_id=rows[0].id, since=since, until=until, shed_id=self._shed_id)
            shed = self.shed.currentText() if self._shed_id else ""
            where = f"{self.period.words}, {shed}" if shed else self.period.words
            self.panel.show_balance(rows[0], query, where)
        self._offer()

    def save_statement(self, kind: str) -> None:
        """Ask where to write the statement of the account that is shown."""
        balance, query = self.panel.balance, self.account
        if balance is not None and query is not None:
            self.saver.begin(query, balance.company, self.period.words, kind)

    # -- what is overdue ------------------------------------------------------------------------------------------

    def _read_overdue(self) -> None:
        self._overdue_old = False
        self.overdue.wait()
        query = OverdueQuery(shed_id=self._shed_id, q=self.search.text())
        self._workspace.read(
            list_overdue, query, owner=self, lane="overdue", done=self._overdue_came, failed=self._overdue_failed
        )

    def _overdue_came(self, found: Overdue) -> None:
        self.pane.know(found.companies)
        self.overdue.show_overdue(found, searched=bool(self.search.text()))

    def _overdue_failed(self, error: BaseException) -> bool:
        self._overdue_old = True
        self.overdue.show_error(error, self._workspace.last_told)
        return isinstance(error, CoreSafeError)

    def _overdue_chosen(self, row: OverdueRow | CompanyOverdue | None) -> None:
        self._offer()
        if isinstance(row, OverdueRow):
            self.pane.show_row(row, [self._actions[name] for name in (*_ON_OVERDUE, "account.dispatch")])
        elif row is not None:
            self.pane.show_company(row, [])
        else:
            self.pane.nothing()

    def _overdue_opened(self, _row: OverdueRow) -> None:
        if self._actions["account.chase"].isEnabled():
            self.chase()
        else:
            self.show_dispatch()

    def chase(self) -> None:
        """Open the form that notes a call about the selected dispatch."""
        row = self._late_row()
        if row is not None and self._may_leave():
            form = ChaseForm(self._workspace, _chased(row))
            self._open(form, lambda _answer: form.told())

    def extend(self) -> None:
        """Open the form of a later due date."""
        row = self._late_row()
        if row is not None and self._may_leave():
            form = ExtendForm(self._workspace, _chased(row))
            self._open(form, form.told)

    def show_dispatch(self) -> None:
        """Go to the dispatch that is selected here."""
        if not self._at_work:
            self.panel.open_dispatch()
            return
        row = self._late_row()
        if row is not None:
            self.dispatch_asked.emit(row.id, row.number)

    def _late_row(self) -> OverdueRow | None:
        row = self.overdue.current if self._at_work else None
        return row if isinstance(row, OverdueRow) else None

    def _changed(self, kinds: frozenset[str]) -> None:
        if not kinds & {"dispatches", "companies", "stock", "settings"}:
            return
        if self.isVisible() and self._at_work:
            self._read_overdue()
        else:
            self._overdue_old = True

    def _offer(self) -> None:
        """What can be done is offered where it is seen."""
        seen = self.isVisible()
        if seen:
            for name in _ON_TABLES:
                self._actions[name].setEnabled(not self._at_work)
        late = seen and self._late_row() is not None
        for name in _ON_OVERDUE:
            self._actions[name].setEnabled(late and self._actions.may(name))
        for name in _STATEMENTS:
            self._actions[name].setEnabled(seen and self.account is not None)
        self.statement.setEnabled(self.account is not None)
        behind = self.panel.behind is not None and len(self.panel.table.selected_rows()) == 1
        self._actions["account.dispatch"].setEnabled(late or (seen and not self._at_work and behind))

    # -- forms ----------------------------------------------------------------------------------------------------

    def _open(self, form: Form, told: Callable[[Any], str]) -> None:
        form.saved.connect(lambda answer: self._saved(told(answer)))
        form.left.connect(self._close)
        self._form = form
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        form.focus_first()
        self.busy_with_form.emit(True)

    def _saved(self, said: str) -> None:
        self._workspace.messages.success(said, owner=self)
        self._close()
        self._read_overdue()

    def _may_leave(self) -> bool:
        """Whether the open form holds nothing that would be lost; asks in the form where it does."""
        if self._form is None:
            return True
        if self._form.saving or self._form.dirty:
            self._form.leave()
            return False
        self._close()
        return True

    def _close(self) -> None:
        form, self._form = self._form, None
        if form is not None:
            self._side.setCurrentWidget(self.pane)
            self._side.removeWidget(form)
            self.overdue.view.setFocus()
            form.setParent(None)
            form.deleteLater()
            self.busy_with_form.emit(False)


def _chased(row: OverdueRow) -> Chased:
    return Chased(
        dispatch_id=row.id,
        version=row.version,
        number=row.number,
        company=row.company,
        driver=row.driver,
        out=trays_of(row.trays),
        due_at=row.due_at,
        time_zone=row.time_zone,
    )


def _halves(left: QWidget, right: QWidget) -> QSplitter:
    parts = QSplitter()
    parts.addWidget(left)
    parts.addWidget(right)
    parts.setStretchFactor(0, 1)
    parts.setStretchFactor(1, 1)
    parts.setChildrenCollapsible(False)
    return parts
