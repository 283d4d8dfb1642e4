"""The tables of the page: what is out, what did not come back as it should, the accounts, stocktakes, months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coresafe.services.months import MonthRow, month_name
from coresafe.services.reconciliation import Age, DiscrepancyKind, DiscrepancyRow, OutstandingRow, Reconciliation
from coresafe.ui.state import Memory
from coresafe.ui.tables import Column, PagedTable, count, moment, state, text
from coresafe.ui.tables.held import Held, HeldSource
from coresafe.ui.theme import Status, status
from coresafe.ui.words import mark, number, tr, trn
from coresafe.ui.workspace import Workspace

KIND_WORDS = {
    DiscrepancyKind.SHORT: mark("short"),
    DiscrepancyKind.DAMAGED: mark("damaged"),
    DiscrepancyKind.SURPLUS: mark("surplus"),
    DiscrepancyKind.LOST: mark("lost"),
    DiscrepancyKind.RECOVERED: mark("recovered"),
}
_FIGURES = ("short", "damaged", "surplus", "lost", "recovered")


def _of(name: str) -> Callable[[Held], Any]:
    return lambda held: getattr(held.row, name)


def _sum(name: str) -> Callable[[Held], int]:
    return lambda held: sum(getattr(line, name) for line in held.row.lines)


def still_out(row: OutstandingRow) -> str:
    """'6 HQ, 2 NQ'."""
    return ", ".join(f"{number(line.outstanding)} {line.tray_size}" for line in row.lines if line.outstanding)


def kinds_of(row: DiscrepancyRow) -> str:
    """'short, damaged'."""
    return ", ".join(tr(KIND_WORDS[kind]) for kind in row.kinds)


#: Green, amber and red (domain: Days out), each with an icon.
_AGES = {
    Age.GREEN: ("circle-check", "positive"),
    Age.AMBER: ("clock", "caution"),
    Age.RED: ("triangle-alert", "danger"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _AgeColumn(Column):
    """The days as a chip of their own words."""

    def status(self, row: Any) -> Status:
        icon, tone = _AGES[row.row.age]
        return Status(row.row.age.value, self.words(row), icon, tone)

    def words(self, row: Any) -> str:
        return trn("{count} day", "{count} days", row.row.days_out)

    def cell(self, row: Any) -> int:
        return int(row.row.days_out)


_OUTSTANDING = (
    text("number", mark("Dispatch"), value=_of("number"), sort="number", width=128),
    text("company", mark("Company"), value=_of("company"), sort="company", width=176),
    text("project", mark("Project"), value=_of("project_code"), width=80),
    text("hole", mark("Hole"), value=_of("hole"), width=112),
    moment("dispatched_at", mark("Left"), value=_of("dispatched_at"), sort="dispatched_at"),
    _AgeColumn(key="days_out", title=mark("Days out"), value=_of("days_out"), sort="days_out", width=120, states=True),
    moment("due_at", mark("Due"), value=_of("due_at"), sort="due_at", shown=False),
    text("overdue", mark("Overdue"), value=lambda held: tr("yes") if held.row.overdue else "", width=80),
    text("trays", mark("Trays still out"), value=lambda held: still_out(held.row), width=160),
    count("outstanding", mark("Still out"), value=_of("outstanding"), sort="outstanding"),
    count("quantity", mark("Sent"), value=_of("quantity"), sort="quantity"),
)
_DISCREPANCIES = (
    text("number", mark("Dispatch"), value=_of("number"), sort="number", width=128),
    text("company", mark("Company"), value=_of("company"), sort="company", width=176),
    text("kinds", mark("What happened"), value=lambda held: kinds_of(held.row), width=176),
    moment("at", mark("Latest entry"), value=_of("at"), sort="at"),
    count("short", mark("Short"), value=_sum("short"), sort="short"),
    count("damaged", mark("Damaged"), value=_sum("damaged"), sort="damaged"),
    count("surplus", mark("Surplus"), value=_sum("surplus"), sort="surplus"),
    count("lost", mark("Lost"), value=_sum("lost"), sort="lost"),
    count("recovered", mark("Recovered"), value=_sum("recovered"), sort="recovered"),
)
_ACCOUNTS = (
    text("company", mark("Company"), value=_of("company"), sort="company", width=208),
    text("tray_size", mark("Size"), value=_of("tray_size"), sort="tray_size", width=72),
    count("opening", mark("Opening"), value=_of("opening"), sort="opening"),
    count("out", mark("Out"), value=_of("out"), sort="out"),
    count("returned", mark("Returned"), value=_of("returned"), sort="returned"),
    count("lost", mark("Lost"), value=_of("lost"), sort="lost"),
    count("adjusted", mark("Adjusted"), value=_of("adjusted"), sort="adjusted"),
    count("closing", mark("Closing"), value=_of("closing"), sort="closing"),
)
_STOCKTAKES = (
    text("number", mark("Stocktake"), value=_of("number"), sort="number", width=128),
    moment("at", mark("Counted"), value=_of("at"), sort="at"),
    text("tray_size", mark("Size"), value=_of("tray_size"), width=72),
    text("state", mark("State"), value=lambda held: status(held.row.state.value).text, width=120),
    count("expected", mark("Expected"), value=_of("expected"), format=number),
    count("counted", mark("Counted trays"), value=_of("counted"), format=number, width=112),
    count("variance", mark("Variance"), value=_of("variance"), format=lambda value: f"{value:+,}" if value else "0"),
    text("reason", mark("Reason"), value=_of("reason"), width=240),
)
_MONTHS = (
    text("month", mark("Month"), value=lambda held: month_name(held.row.month), sort="month", width=96),
    state("closed", mark("State"), value=lambda held: "closed" if held.row.closed else "open", width=120),
    moment("closed_at", mark("Closed"), value=_of("closed_at")),
    text("closed_by", mark("Closed by"), value=_of("closed_by"), width=112),
    moment("reopened_at", mark("Re-opened"), value=_of("reopened_at")),
    text("reopened_by", mark("Re-opened by"), value=_of("reopened_by"), width=112),
    text("reason", mark("Reason"), value=_of("reason"), width=280),
)


class Tables:
    """The five tables, each over rows that are held."""

    def __init__(self, workspace: Workspace, memory: Memory) -> None:
        self._workspace, self._memory = workspace, memory
        self._sources: dict[str, HeldSource] = {}
        self.outstanding = self._table(
            "reconciled_outstanding",
            tr("Outstanding"),
            _OUTSTANDING,
            ("number", "company", "project_code", "hole"),
            sort="dispatched_at",
            empty=tr("Nothing was out at the end of the period."),
            fits=lambda row, _name, size: any(line.tray_size == size and line.outstanding for line in row.lines),
            things=lambda n: trn("1 dispatch", "{count} dispatches", n),
        )
        self.discrepancies = self._table(
            "reconciled_discrepancies",
            tr("Discrepancies"),
            _DISCREPANCIES,
            ("number", "company"),
            sort="at",
            empty=tr("Everything came back good in this period."),
            sums=_FIGURES,
            things=lambda n: trn("1 discrepancy", "{count} discrepancies", n),
        )
        self.accounts = self._table(
            "reconciled_accounts",
            tr("Accounts"),
            _ACCOUNTS,
            ("company", "tray_size"),
            sort="company",
            empty=tr("No company had trays in this period."),
            things=lambda n: trn("1 account", "{count} accounts", n),
        )
        self.stocktakes = self._table(
            "reconciled_stocktakes",
            tr("Stocktakes"),
            _STOCKTAKES,
            ("number", "tray_size", "reason"),
            sort="at",
            empty=tr("No stocktake of this period varied from the ledger."),
            things=lambda n: trn("1 variance", "{count} variances", n),
        )
        self.months = self._table(
            "months",
            tr("Months"),
            _MONTHS,
            ("reason", "closed_by"),
            sort="-month",
            empty=tr("No month of this shed was closed yet."),
            things=lambda n: trn("1 month", "{count} months", n),
        )

    @property
    def all(self) -> tuple[PagedTable, ...]:
        """Every table."""
        return (self.outstanding, self.discrepancies, self.accounts, self.stocktakes, self.months)

    def show(self, found: Reconciliation) -> None:
        """Another reconciliation."""
        as_of = found.as_of
        self._hold(self.outstanding, [Held(row.dispatch_id, row) for row in found.outstanding], as_of)
        self._hold(self.discrepancies, [Held(row.dispatch_id, row) for row in found.discrepancies], as_of)
        self._hold(self.accounts, [Held((row.company_id, row.tray_size), row) for row in found.accounts], as_of)
        self._hold(
            self.stocktakes,
            [Held((row.stocktake_id, row.tray_size, row.state), row) for row in found.stocktakes],
            as_of,
        )

    def show_months(self, rows: Sequence[MonthRow], as_of: Any) -> None:
        """The months of the shed."""
        self._hold(self.months, [Held(row.month, row) for row in rows], as_of)

    def _hold(self, table: PagedTable, rows: list[Held], as_of: Any) -> None:
        self._sources[table.objectName()].hold(rows, as_of)
        table.reload()

    def _table(
        self,
        name: str,
        title: str,
        columns: Sequence[Column],
        words: Sequence[str],
        *,
        sort: str,
        empty: str,
        things: Callable[[int], str],
        fits: Callable[[Any, str, object], bool] = lambda _row, _name, _value: True,
        sums: Sequence[str] = (),
    ) -> PagedTable:
        sorts: dict[str, Callable[[Any], Any]] = {}
        for column in columns:
            if column.sort and column.sort not in sums:
                sorts[column.sort] = lambda row, name=column.sort: getattr(row, name)  # type: ignore[misc]
        for each in sums:
            sorts[each] = lambda row, name=each: sum(getattr(line, name) for line in row.lines)  # type: ignore[misc]
        source = HeldSource(lambda row: [getattr(row, word) for word in words], sorts, fits)
        table = PagedTable(
            columns,
            source,
            self._workspace.runner,
            name=name,
            memory=self._memory,
            title=title,
            messages=self._workspace.messages,
            sort=sort,
            empty=empty,
            empty_icon="scale",
            things=things,
        )
        table.setObjectName(name)
        self._sources[name] = source
        return table
