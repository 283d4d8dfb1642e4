"""Sheets that are read by people and prove themselves: a title block, totals that are formulas, set up for paper.

Row by row into a write-only workbook of openpyxl, as ``workbook`` does. A text never runs: ``workbook.Cells`` sees to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from coresafe.services.exporting.declaring import Heading, Kind, Sheet
from coresafe.services.exporting.workbook import MOST_ROWS, Cells

#: ISO 216 A4, in the numbers of the format (ECMA-376, ST_PaperSize).
_A4 = 9
_HEAD = PatternFill("solid", fgColor="FF1F4E5F")
#: The font of every cell that says nothing else, named where it is bold: a font without a name is the program's choice.
_FONT = "Calibri"
_WHITE = Font(name=_FONT, size=11, bold=True, color="FFFFFFFF")
BOLD = Font(name=_FONT, size=11, bold=True)
_TITLE = Font(name=_FONT, bold=True, size=16)
#: Points: two lines of a header.
_HEADER_HEIGHT = 32
_ABOVE = Border(top=Side(style="thin"))
_WHOLE = "#,##0;[Red]-#,##0"
_TEXT_HEADING = Heading(name="", kind=Kind.TEXT, width=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Sheet):
    """A sheet as a document has it: which columns are added up below, and which are worked out by a formula."""

    totals: tuple[str, ...] = ()
    formulas: Mapping[str, str] = field(default_factory=dict)

    def letter(self, name: str) -> str:
        """The letter of a column."""
        return get_column_letter(self.header.index(name) + 1)


class DocumentSheet:
    """One sheet being written: its title block at once, then rows, then ``finish``.

    ``first`` is the row of the first data, ``last`` the row of the last one so far.
    """

    def __init__(self, book: Workbook, layout: Layout, title: str, about: Sequence[tuple[str, object]]) -> None:
        self.layout = layout
        self.sheet: Any = book.create_sheet(layout.title)
        self._row = self._end = 0
        for place, column in enumerate(layout.columns, start=1):
            self.sheet.column_dimensions[get_column_letter(place)].width = column.width
        self.header_row = len(about) + 3
        self.first = self.header_row + 1
        self.sheet.freeze_panes = f"A{self.first}"
        _set_up_for_paper(self.sheet, title)
        self.sheet.print_title_rows = f"{self.header_row}:{self.header_row}"
        self._append([self.styled(title, _TITLE)])
        for name, value in about:
            self._append([self.styled(name, BOLD), self.value(value)])
        self._append([])
        self.sheet.row_dimensions[self.header_row].height = _HEADER_HEIGHT
        self._append([self._heading(column) for column in layout.columns])
        self._cells = [Cells(self.sheet, column) for column in layout.columns]
        # A cell for each column, written at once and used again by the next row, as ``Cells`` does.
        self._formulas = {
            place: (layout.formulas[name], self.styled(None, pattern=_WHOLE))
            for place, name in enumerate(layout.header)
            if name in layout.formulas
        }
        self._letters = {name: layout.letter(name) for name in layout.header}

    # -- rows ---------------------------------------------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The row of the last data; the row of the first where there is none, so that a range always has a cell."""
        return max(self._end or self._row, self.first)

    @property
    def rows(self) -> int:
        """How many rows of data were written so far."""
        return (self._end or self._row) - self.header_row

    @property
    def full(self) -> bool:
        """Whether Excel takes no further row, with the totals below."""
        return self._row >= MOST_ROWS - 2

    def add(self, values: Sequence[Any]) -> None:
        """One row; the value of a column with a formula is not looked at."""
        row = [cells.of(value) for cells, value in zip(self._cells, values, strict=True)]
        if self._formulas:
            at = self._row + 1
            here = {name: f"{letter}{at}" for name, letter in self._letters.items()}
            for place, (text, cell) in self._formulas.items():
                cell.value = text.format(**here)
                row[place] = cell
        self._append(row)

    def range(self, name: str) -> str:
        """The cells of a column, as another sheet names them."""
        letter = self._letters[name]
        return f"'{self.sheet.title}'!${letter}${self.first}:${letter}${self.last}"

    def finish(self) -> None:
        """The totals below the data, and the filters over it."""
        end = self._end = self.last
        if self._row < end:
            self._append([])
        letters = [self._letters[name] for name in self.layout.header]
        self.sheet.auto_filter.ref = f"A{self.header_row}:{letters[-1]}{end}"
        if self.layout.totals:
            totals: list[Any] = []
            for name in self.layout.header:
                letter = self._letters[name]
                is_sum = name in self.layout.totals
                cell = self.styled(f"=SUBTOTAL(109,{letter}{self.first}:{letter}{end})" if is_sum else None, BOLD)
                cell.border = _ABOVE
                cell.number_format = _WHOLE if is_sum else "General"
                totals.append(cell)
            totals[0] = self.styled("Total of what is shown", BOLD)
            totals[0].border = _ABOVE
            self._append(totals)

    # -- cells --------------------------------------------------------------------------------------------------------

    def append(self, cells: Sequence[Any]) -> int:
        """A row of cells as they are; the number of the row."""
        self._append(list(cells))
        return self._row

    def _append(self, cells: list[Any]) -> None:
        self.sheet.append(cells)
        self._row += 1

    def styled(self, value: object, font: Font | None = None, pattern: str = "") -> Any:
        """A cell of our own words, a number or a formula."""
        cell: Any = WriteOnlyCell(self.sheet, value)  # type: ignore[arg-type]  # what a cell can hold
        if font is not None:
            cell.font = font
        if pattern:
            cell.number_format = pattern
        return cell

    def value(self, value: object) -> Any:
        """A cell of the title block: texts of people never run."""
        if isinstance(value, str):
            return Cells(self.sheet, _TEXT_HEADING).of(value)
        return value

    def whole(self, formula: str, *, bold: bool = False) -> Any:
        """A cell with a formula that gives trays."""
        return self.styled(formula, BOLD if bold else None, _WHOLE)

    def _heading(self, column: Heading) -> Any:
        cell = self.styled(column.name, _WHITE)
        cell.fill = _HEAD
        figures = column.kind in (Kind.COUNT, Kind.DEPTH)
        cell.alignment = Alignment(horizontal="right" if figures else None, vertical="center", wrap_text=True)
        return cell


def _set_up_for_paper(sheet: Any, title: str) -> None:
    """A4 landscape, as wide as a page, the header on each, numbered."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.6, 0.8, 0.4
    sheet.oddFooter.left.text = title.replace("&", "&&")
    sheet.oddFooter.center.text = "&A"
    sheet.oddFooter.right.text = "Page &P of &N"
