"""The workbook of a reconciliation: six sheets, and a check cell that shows 0 where they fit together.

The sheets are filled in another order than they stand: the summary last, when it is known where everything is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Font, PatternFill

from coresafe.services.exporting.document import BOLD, DocumentSheet, Layout
from coresafe.services.exporting.reconciliation import sheets
from coresafe.services.exporting.reconciliation.contents import Contents
from coresafe.services.exporting.workbook import TELL_EVERY, throw_away

#: Days out (domain: 0-3 green, 4-7 amber, 8 and more red, by the installation's thresholds), dark on light.
_GREEN, _AMBER, _RED = (
    (PatternFill("solid", bgColor=fill), Font(color=ink))
    for fill, ink in (("FFDDF2E3", "FF14532D"), ("FFFDECC8", "FF6B3F00"), ("FFFADBD8", "FF7F1D1D"))
)
#: Columns of Excel that a chart is wide, and rows that it is high, about.
_CHART_CM = (17.0, 8.5)
_OWING_SHOWN = 10


def write_book(path: Path, contents: Contents, told: Callable[[int], None] | None) -> int:
    """Write the workbook; returns how many rows of data it holds. ``told`` hears of them from time to time."""
    book = Workbook(write_only=True)
    book.properties.creator = "CoreSafe"
    book.properties.title = "Reconciliation"
    with path.open("wb") as target:  # before the work begins: a place that cannot be written is told at once
        try:
            rows = _Book(book, contents, told).write()
            book.save(target)
        except BaseException:
            throw_away(book)
            raise
    return rows


class _Book:
    def __init__(self, book: Workbook, contents: Contents, told: Callable[[int], None] | None) -> None:
        self._book, self._contents, self._told = book, contents, told
        self._rows = 0
        about = about_lines(contents)
        self._summary = self._sheet(sheets.SUMMARY, about)
        short = about[:2]
        self._outstanding = self._sheet(sheets.OUTSTANDING, short)
        self._discrepancies = self._sheet(sheets.DISCREPANCIES, short)
        self._accounts = self._sheet(sheets.ACCOUNTS, short)
        self._ledger = [self._sheet(sheets.LEDGER, short)]
        self._short = short

    def write(self) -> int:
        """Everything; the number of rows of data."""
        for sheet, rows in (
            (self._outstanding, sheets.outstanding_rows),
            (self._discrepancies, sheets.discrepancy_rows),
            (self._accounts, sheets.account_rows),
        ):
            self._fill(sheet, rows(self._contents))
        self._write_ledger()
        stocktake = self._sheet(sheets.STOCKTAKE, self._short)  # the last, also after further sheets of the ledger
        self._fill(stocktake, sheets.stocktake_rows(self._contents))
        self._colour_days()
        self._fill(self._summary, sheets.summary_rows(self._contents))
        self._prove(stocktake)
        return self._rows

    def _sheet(self, layout: Layout, about: list[tuple[str, object]]) -> DocumentSheet:
        return DocumentSheet(self._book, layout, "Reconciliation", about)

    def _fill(self, sheet: DocumentSheet, rows: Any) -> None:
        for row in rows:
            self._add(sheet, row)
        sheet.finish()

    def _add(self, sheet: DocumentSheet, row: sheets.Row) -> None:
        sheet.add(row)
        self._rows += 1
        if self._told is not None and self._rows % TELL_EVERY == 1:
            self._told(self._rows)

    def _write_ledger(self) -> None:
        """The movements, on further sheets where one is full."""
        for row in sheets.movement_rows(self._contents):
            sheet = self._ledger[-1]
            if sheet.full:
                sheet.finish()
                number = len(self._ledger) + 1
                layout = Layout(
                    title=f"{sheets.LEDGER.title} {number}", columns=sheets.LEDGER.columns, totals=sheets.LEDGER.totals
                )
                sheet = self._sheet(layout, self._short)
                self._ledger.append(sheet)
            self._add(sheet, row)
        self._ledger[-1].finish()

    def _colour_days(self) -> None:
        """Green, amber and red by the days out, as a conditional format: it follows what somebody changes."""
        sheet, rules = self._outstanding, self._contents.rules
        letter = sheet.layout.letter("Days out")
        cells = f"{letter}{sheet.first}:{letter}{sheet.last}"
        given = f'{letter}{sheet.first}<>""'
        rows = sheet.sheet.conditional_formatting
        rows.add(cells, _where("greaterThanOrEqual", rules.red_days, _RED))
        rows.add(cells, _where("greaterThanOrEqual", rules.amber_days, _AMBER))
        rows.add(cells, FormulaRule([given], True, font=_GREEN[1], fill=_GREEN[0]))  # type: ignore[no-untyped-call]

    # -- the proof ----------------------------------------------------------------------------------------------------

    def _prove(self, stocktake: DocumentSheet) -> None:
        """What must be 0, each as a formula over the sheets, and one cell for all of it."""
        at = self._summary
        ages = self._ages()
        at.append([])
        at.append([at.styled("Checks: each must show 0", BOLD)])
        stated = f"SUM({at.range('Outstanding')})"
        changed = f"(SUM({at.range('Closing owned')})-SUM({at.range('Opening')}))"
        moved = "+".join(f"SUM({sheet.range(sheets.OWNED)})" for sheet in self._ledger)
        checks = (
            ("Ledger against what is there, size by size", f"=SUMPRODUCT(ABS({at.range('Difference')}))"),
            ("Sheet Outstanding against the totals", f"=SUM({self._outstanding.range('Still out')})-{stated}"),
            ("Company accounts against the totals", f"=SUM({self._accounts.range('Closing')})-{stated}"),
            ("Movements against the change of trays owned", f"={moved}-{changed}"),
            (
                "Stocktake variances against the totals",
                f"=SUM({stocktake.range('Variance')})-SUM({at.range('Stocktake')})",
            ),
        )
        first = 0
        for name, formula in checks:
            last = at.append([name, at.whole(formula)])
            first = first or last
        row = at.append([at.styled("Check", BOLD), at.whole(f"=SUMPRODUCT(ABS(B{first}:B{last}))", bold=True)])
        rules = at.sheet.conditional_formatting
        cells = f"B{first}:B{row}"
        rules.add(cells, _where("equal", 0, _GREEN))
        rules.add(cells, _where("notEqual", 0, _RED))
        self._draw(ages, row + 2)

    def _ages(self) -> tuple[int, int]:
        """A small table, counted by formulas: trays out by how long. The rows of its header and its last line."""
        at, rules, out = self._summary, self._contents.rules, self._outstanding
        days, trays = out.range("Days out"), out.range("Still out")
        amber, red = rules.amber_days, rules.red_days
        at.append([])
        header = at.append([at.styled("Days out", BOLD), at.styled("Trays out", BOLD)])
        for name, conditions in (
            (f"0 to {amber - 1}", (f'"<{amber}"',)),
            (f"{amber} to {red - 1}", (f'">={amber}"', f'"<{red}"')),
            (f"{red} and more", (f'">={red}"',)),
        ):
            criteria = ",".join(f"{days},{condition}" for condition in conditions)
            last = at.append([name, at.whole(f"=SUMIFS({trays},{criteria})")])
        return header, last

    def _draw(self, ages: tuple[int, int], row: int) -> None:
        """Native charts: they follow the cells."""
        at = self._summary
        if self._contents.found.totals:
            chart = _bars("Trays by state", "stacked")
            first, last = (sheets.SUMMARY.header.index(name) + 1 for name in ("Available", "Outstanding"))
            end = at.header_row + len(self._contents.found.totals)
            chart.add_data(
                Reference(at.sheet, min_col=first, max_col=last, min_row=at.header_row, max_row=end),
                titles_from_data=True,
            )
            chart.set_categories(Reference(at.sheet, min_col=1, min_row=at.first, max_row=end))
            at.sheet.add_chart(chart, f"A{row}")
        chart = _bars("Trays out by days", "clustered")
        chart.add_data(Reference(at.sheet, min_col=2, min_row=ages[0], max_row=ages[1]), titles_from_data=True)
        chart.set_categories(Reference(at.sheet, min_col=1, min_row=ages[0] + 1, max_row=ages[1]))
        chart.legend = None
        at.sheet.add_chart(chart, f"G{row}")


def _where(operator: str, number: int, look: tuple[PatternFill, Font]) -> Any:
    return CellIsRule(operator, [str(number)], True, font=look[1], fill=look[0])  # type: ignore[no-untyped-call]


def _bars(title: str, grouping: str) -> Any:
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.title = "col", grouping, title
    chart.overlap = 100 if grouping == "stacked" else None
    chart.y_axis.title = "Trays"
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.delete = chart.x_axis.delete = False  # or Excel leaves the axes out
    chart.width, chart.height = _CHART_CM
    return chart


def about_lines(contents: Contents) -> list[tuple[str, object]]:
    """The title block: whose, when, by whom, and what proves it."""
    found = contents.found
    since, until = contents.local(found.since), contents.local(found.until)
    period = f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}, {contents.zone.key} time"
    seal = contents.seal
    proof = "no entry of the audit trail is sealed yet"
    if seal is not None:
        proof = f"audit seal {seal.number} of {contents.local(seal.at):%Y-%m-%d %H:%M}, {seal.digest}"
    return [
        ("Shed", contents.shed or "All sheds together"),
        ("Period", period),
        ("Made by", contents.made_by or "command line"),
        ("Made at", f"{contents.local(found.as_of):%Y-%m-%d %H:%M}"),
        ("Ledger proof", proof),
    ]
