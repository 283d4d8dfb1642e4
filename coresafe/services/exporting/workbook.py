"""Workbooks for Excel: a bold header that stays in sight, filters, dates that are dates, and text that never runs.

openpyxl writes them row by row in flat memory. A text that begins as a formula does is written as text like every other,
and carries *quote prefix*, so that Excel leaves it a text when somebody edits the cell.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from coresafe.services.exporting.csv_file import RUNS
from coresafe.services.exporting.declaring import Columns, Heading, Kind, Sheet

#: Rows of a sheet below its header: what Excel takes.
MOST_ROWS = 1_048_575
#: Rows between two reports of how far it is.
TELL_EVERY = 5_000

#: Texts that a spreadsheet takes for something else: formulas, and the names of errors.
_QUOTED = (*RUNS, "#", "_x000D_")
#: What XML cannot hold, or would read back as something else, and what would be read as the escape of such a thing: it
#: is written in the escapes of the format (ECMA-376, ST_Xstring).
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_FORMATS = {Kind.COUNT: "#,##0", Kind.DEPTH: "0.0##", Kind.MOMENT: "yyyy-mm-dd hh:mm"}
_PATTERNS = {
    int: _FORMATS[Kind.COUNT],
    float: _FORMATS[Kind.DEPTH],
    datetime: _FORMATS[Kind.MOMENT],
    date: "yyyy-mm-dd",
}
#: Excel knows no day before it.
_FIRST_YEAR = 1900


def write_workbook(path: Path, report: Sheet, batches: Iterable[Columns], told: Callable[[int], None] | None) -> int:
    """Write a workbook; returns how many rows it holds. ``told`` hears of them from time to time."""
    book = Workbook(write_only=True)
    book.properties.creator = "CoreSafe"
    with path.open("wb") as target:  # before the work begins: a place that cannot be written is told at once
        try:
            rows = _write(book, report, batches, told)
            book.save(target)
        except BaseException:
            throw_away(book)
            raise
    return rows


def _write(book: Workbook, report: Sheet, batches: Iterable[Columns], told: Callable[[int], None] | None) -> int:
    rows = 0
    sheet: Any = None
    writers: list[Cells] = []
    for row in _rows(batches):
        if rows % MOST_ROWS == 0:
            _finish(sheet, report, MOST_ROWS)
            sheet = _begin(book, report)
            writers = [Cells(sheet, column) for column in report.columns]
        sheet.append([cells.of(value) for cells, value in zip(writers, row, strict=True)])
        rows += 1
        if told is not None and rows % TELL_EVERY == 1:
            told(rows)
    if sheet is None:
        sheet = _begin(book, report)
    _finish(sheet, report, rows - MOST_ROWS * (len(book.worksheets) - 1))
    return rows


def throw_away(book: Workbook) -> None:
    """What openpyxl keeps on the disk of sheets that are not finished."""
    for sheet in book.worksheets:
        with contextlib.suppress(Exception):
            sheet.close()
            sheet._writer.cleanup()  # type: ignore[attr-defined]  # noqa: SLF001  # it offers no other way


def _rows(batches: Iterable[Columns]) -> Iterator[tuple[Any, ...]]:
    for columns in batches:
        yield from zip(*columns, strict=True)


def _begin(book: Workbook, report: Sheet) -> Any:
    """A new sheet with its header; the first bears the report's title, further ones a number too."""
    number = len(book.worksheets) + 1
    sheet: Any = book.create_sheet(report.title if number == 1 else f"{report.title} {number}")
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    header = []
    for place, column in enumerate(report.columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
        cell = WriteOnlyCell(sheet, column.name)
        cell.font = Font(bold=True)
        header.append(cell)
    sheet.append(header)
    return sheet


def _finish(sheet: Any, report: Sheet, rows: int) -> None:
    if sheet is not None:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(report.columns))}{rows + 1}"


class Cells:
    """The cells of one column, made once: a row is written at once, so the next one may use them again."""

    def __init__(self, sheet: Any, column: Heading) -> None:
        self._sheet, self._pattern = sheet, column.pattern
        self._plain = self._cell(_FORMATS.get(column.kind, ""))
        self._by_type: dict[type, Any] = {}
        self._quoted = self._cell("")
        self._quoted.quotePrefix = True
        by_kind: dict[Kind, Callable[[Any], Any]] = {
            Kind.TEXT: self._text,
            Kind.WORD: self._text,
            Kind.MOMENT: self._moment,
            Kind.SHOWN: self._shown,
        }
        self._set: Callable[[Any], Any] = by_kind.get(column.kind, self._number)

    def of(self, value: Any) -> Any:
        """The cell that holds a value, None where there is nothing."""
        return None if value is None or value == "" else self._set(value)

    def _cell(self, pattern: str) -> Any:
        made: Any = WriteOnlyCell(self._sheet)
        if pattern:
            made.number_format = pattern
        return made

    def _text(self, value: str) -> Any:
        if _ESCAPED.search(value):
            value = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
        if not value.startswith(_QUOTED):
            return value
        self._quoted.value = value
        self._quoted.data_type = "s"
        return self._quoted

    def _moment(self, value: str) -> Any:
        self._plain.value = datetime.fromisoformat(value)  # UTC, as the header's unit: a workbook knows no zones
        return self._plain

    def _number(self, value: float) -> Any:
        self._plain.value = value
        return self._plain

    def _shown(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, date) and value.year < _FIRST_YEAR:
            return value.isoformat()[:16].replace("T", " ")
        kind = type(value)
        cell = self._by_type.get(kind)
        if cell is None:
            own = self._pattern if not isinstance(value, date) else ""
            cell = self._by_type[kind] = self._cell(own or _PATTERNS.get(kind, ""))
        cell.value = value
        return cell
