"""The account of the company that is chosen: its figures, and below them the entries behind the one that was opened."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from coresafe.services.accounts import (
    AccountQuery,
    Behind,
    CompanyBalance,
    Contribution,
    count_contributions,
    list_contributions,
)
from coresafe.services.listing import Page, Query
from coresafe.ui.accounts.account_grid import AccountGrid
from coresafe.ui.accounts.columns import ENTRIES, FIGURES, STANDING
from coresafe.ui.state import Memory
from coresafe.ui.tables import Column, PagedTable, Source
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import EmptyState, button, label
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace


class AccountPanel(QWidget):
    """Shows one company. Signals: ``dispatch_asked(id, number)`` the dispatch of an entry is to be shown."""

    dispatch_asked = Signal(int, str)

    def __init__(self, workspace: Workspace, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._memory = workspace, memory
        self.balance: CompanyBalance | None = None
        self.query: AccountQuery | None = None
        self.behind: Behind | None = None
        self.title = label("", "title", wrap=True)
        self.about = label("", "muted", wrap=True)
        self.grid = AccountGrid()
        self.heading = label("", "section")
        self.standing = self._table("account_standing", STANDING, tr("Dispatches out then"))
        self.entries = self._table("account_entries", ENTRIES, tr("Entries behind the figure"))
        self.door = button(tr("Show the dispatch"), self.open_dispatch, icon="truck", kind="quiet")
        self.door.setEnabled(False)
        self._hint = EmptyState(
            tr("Every figure is a door"),
            tr("Open one to see which entries made it."),
            icon="receipt-text",
        )
        self._below = QStackedWidget()
        for part in (_card(self._hint), self.standing, self.entries):
            self._below.addWidget(part)
        self._lay_out()
        self.grid.asked.connect(self.open_figure)
        workspace.date(self.grid)

    # -- what the page does with it -------------------------------------------------------------------------------

    def nothing(self) -> None:
        """No company is chosen."""
        self.balance = self.query = self.behind = None
        self._whole.setCurrentWidget(self._nobody)

    def show_balance(self, balance: CompanyBalance, query: AccountQuery, period: str) -> None:
        """The account as it was read along with the list; what is open below stays open."""
        other = self.query is None or self.query != query
        self.balance, self.query = balance, query
        self.title.setText(balance.company)
        contact = [part for part in (balance.contact_phone, balance.contact_email) if part]
        self.about.setText(" · ".join([period, *contact]))
        self.grid.show_account(balance.rows, balance.sums, balance.company)
        self._whole.setCurrentWidget(self._account)
        if self.behind is None:
            return
        if any(door.size_name == self.behind.tray_size for door in self.grid.doors):
            if other:
                self.open_figure(self.behind.tray_size, str(self.behind.figure))
        elif self.grid.doors and len(balance.rows) == 1 and not self.behind.tray_size:
            self.open_figure(balance.rows[0].tray_size, str(self.behind.figure))
        else:
            self._close_figure()

    def open_figure(self, size: str, figure: str) -> None:
        """Show the entries behind a figure."""
        if self.query is None:
            return
        self.behind = Behind(account=replace(self.query), figure=figure, tray_size=size)
        table = self.table
        table.show_of(
            {"behind": self.behind},
            empty=tr("Nothing stands behind this figure."),
            empty_hint=tr("It is zero because no tray moved so."),
            more={},
        )
        self.heading.setText(tr("{size}: {figure}", size=size or tr("All sizes"), figure=tr(FIGURES[figure]).lower()))
        self.door.show()
        self.door.setEnabled(False)
        self.grid.mark(size, figure)
        self._below.setCurrentWidget(table)

    def open_dispatch(self) -> None:
        """Show the dispatch of the entry that is selected."""
        rows = self.table.selected_rows() if self.behind is not None else []
        if len(rows) == 1:
            self._open(rows[0])

    @property
    def table(self) -> PagedTable:
        """The table of what is open."""
        is_standing = self.behind is not None and str(self.behind.figure) in ("opening", "closing")
        return self.standing if is_standing else self.entries

    # -- putting it together --------------------------------------------------------------------------------------

    def _close_figure(self) -> None:
        self.behind = None
        self.heading.setText("")
        self.door.hide()
        self.grid.mark("", "")
        self._below.setCurrentIndex(0)

    def _open(self, row: Contribution) -> None:
        self.dispatch_asked.emit(row.dispatch_id, row.number)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.door)
        self.door.hide()
        self._account = QWidget()
        column = QVBoxLayout(self._account)
        column.setContentsMargins(GRID, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.title)
        column.addWidget(self.about)
        column.addWidget(self.grid)
        column.addLayout(head)
        column.addWidget(self._below, 1)
        nobody = EmptyState(tr("No company selected"), tr("Select one to see its account."), icon="building-2")
        self._nobody = _card(nobody)
        self._whole = QStackedWidget()
        self._whole.addWidget(self._nobody)
        self._whole.addWidget(self._account)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._whole)

    def _table(self, name: str, columns: tuple[Column, ...], title: str) -> PagedTable:
        workspace = self._workspace

        def page(query: Query) -> Page[Contribution]:
            behind = query.filters["behind"]
            assert isinstance(behind, Behind)
            return list_contributions(workspace.context, behind, replace(query, filters={}))

        def count(query: Query) -> int:
            behind = query.filters["behind"]
            assert isinstance(behind, Behind)
            return count_contributions(workspace.context, behind)

        table = PagedTable(
            columns,
            Source(page, count),
            workspace.runner,
            name=name,
            memory=self._memory,
            title=title,
            messages=workspace.messages,
            kinds=("dispatches", "stock"),
            sort="at" if columns is STANDING else "-at",
            empty=tr("Nothing stands behind this figure."),
            empty_icon="receipt-text",
            things=(
                (lambda n: trn("{count} dispatch", "{count} dispatches", n))
                if columns is STANDING
                else (lambda n: tr("1 entry") if n == 1 else tr("{count} entries", count=number(n)))
            ),
        )
        table.opened.connect(self._open)
        table.selected.connect(lambda rows: self.door.setEnabled(len(rows) == 1))
        return table


def _card(inside: QWidget) -> QFrame:
    """Something in a frame, as a table would stand there."""
    card = QFrame()
    card.setProperty("kind", "card")
    QVBoxLayout(card).addWidget(inside)
    return card
