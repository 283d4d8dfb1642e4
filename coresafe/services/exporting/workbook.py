"""Workbooks for Excel: a bold header that stays in sight, filters, dates that are dates, and text that never runs.

openpyxl makes the workbook with its styles; the rows are written into it as XML here. Measured: cell by cell openpyxl
takes five times as long (docs/performance.md), and every cell of ours is one of a few kinds.

A text that begins as a formula does is written as text like every other (``inlineStr``) and carries *quote prefix*, so
that Excel leaves it a text when somebody edits the cell.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from itertools import repeat
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from coresafe.services.exporting.csv_file import RUNS
from coresafe.services.exporting.declaring import Column, Columns, Kind, Report

#: Rows of a sheet below its header: what Excel takes.
MOST_ROWS = 1_048_575
#: Bytes of a sheet's XML at most: below what makes a zip file one of 64 bits, which not every program opens.
MOST_BYTES = 1_900_000_000
#: Rows between two reports of how far it is.
TELL_EVERY = 5_000

_FORMATS = {
    Kind.TEXT: "General",
    Kind.WORD: "General",
    Kind.COUNT: "#,##0",
    Kind.DEPTH: "0.0##",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetViews><sheetView workbookViewId="0"{selected}><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
    '<sheetFormatPr baseColWidth="8" defaultRowHeight="15"/><cols>{widths}</cols><sheetData>'
)
_TAIL = (
    '</sheetData><autoFilter ref="{ref}"/><pageMargins left="0.4" right="0.4" top="0.4" bottom="0.4" header="0.3" '
    'footer="0.3"/><pageSetup orientation="landscape"/></worksheet>'
)
_BEFORE_1900 = date(1899, 12, 30).toordinal()
#: What XML cannot hold, or would read back as something else; and what would be read as the escape of such a thing.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(path: Path, report: Report, batches: Iterable[Columns], told: Callable[[int], None] | None) -> int:
    """Write a workbook; returns how many rows it holds. ``told`` hears of them from time to time."""
    shell = _Shell(report)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        source = _Source(batches, told)
        while not shell.sheets or source.more:
            name = f"xl/worksheets/sheet{len(shell.sheets) + 1}.xml"
            with archive.open(name, "w") as sheet:
                shell.sheets.append(_write_sheet(sheet, shell, source))
        shell.write_rest(archive)
    return source.rows


class _Source:
    """The batches, and whether there are more of them."""

    def __init__(self, batches: Iterable[Columns], told: Callable[[int], None] | None) -> None:
        self._batches = iter(batches)
        self._told = told
        self._next = next(self._batches, None)
        self.rows = 0
        self._tell_at = 0

    @property
    def more(self) -> bool:
        """Whether there is another row."""
        return self._next is not None

    def take(self, most: int) -> Columns | None:
        """The next batch, or as many rows of it as ``most``."""
        found = self._next
        if found is None or not most:
            return None
        if len(found[0]) > most:
            self._next = [column[most:] for column in found]
            found = [column[:most] for column in found]
        else:
            self._next = next(self._batches, None)
        self.rows += len(found[0])
        if self._told is not None and self.rows >= self._tell_at:
            self._told(self.rows)
            self._tell_at = self.rows + TELL_EVERY
        return found


class _Shell:
    """Everything of the workbook but the rows: made by openpyxl, with a style for each kind of cell."""

    def __init__(self, report: Report) -> None:
        self.report = report
        #: Of each sheet written, the number of its last row.
        self.sheets: list[int] = []
        self._book = Workbook()
        self._book.properties.creator = "CoreSafe"
        sheet = self._book.active
        assert sheet is not None  # noqa: S101  # a new workbook has one
        self._sheet: Any = sheet
        self.styles: dict[Kind, int] = {}
        for row, (kind, number_format) in enumerate(_FORMATS.items(), start=2):
            cell = self._sheet.cell(row, 1)
            cell.number_format = number_format
            self.styles[kind] = cell.style_id
        cell = self._sheet.cell(1, 1)
        cell.font = Font(bold=True)
        self.bold = cell.style_id
        cell = self._sheet.cell(1, 2)
        cell.quotePrefix = True
        self.quoted = cell.style_id

    def write_rest(self, archive: zipfile.ZipFile) -> None:
        """Write the other parts: names of the sheets, styles, the table of contents."""
        last = get_column_letter(len(self.report.columns))
        for number, rows in enumerate(self.sheets, start=1):
            sheet: Any = self._sheet if number == 1 else self._book.create_sheet()
            sheet.title = self.report.title if number == 1 else f"{self.report.title} {number}"
            sheet.auto_filter.ref = f"A1:{last}{rows}"  # its defined name is a matter of the workbook
        made = io.BytesIO()
        self._book.save(made)
        with zipfile.ZipFile(made) as parts:
            for part in parts.infolist():
                if not part.filename.startswith("xl/worksheets/"):
                    archive.writestr(part, parts.read(part), zipfile.ZIP_DEFLATED)


def _write_sheet(sheet: IO[bytes], shell: _Shell, source: _Source) -> int:
    """One sheet with as many rows as it takes; returns the number of its last row."""
    columns = shell.report.columns
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{column.width:g}" customWidth="1"/>'
        for number, column in enumerate(columns, start=1)
    )
    selected = "" if shell.sheets else ' tabSelected="1"'
    written = sheet.write(_HEAD.format(selected=selected, widths=widths).encode())
    writers = [_Cells(get_column_letter(number), column, shell) for number, column in enumerate(columns, start=1)]
    head = "".join(
        f'<c r="{cells.letter}1" s="{shell.bold}" t="inlineStr"><is><t>{_xml(cells.column.name)}</t></is></c>'
        for cells in writers
    )
    written += sheet.write(f'<row r="1">{head}</row>'.encode())
    row = 1
    while written < MOST_BYTES:
        found = source.take(MOST_ROWS + 1 - row)
        if found is None:
            break
        count = len(found[0])
        numbers = [str(number) for number in range(row + 1, row + count + 1)]
        made = [cells.of(values, numbers) for cells, values in zip(writers, found, strict=True)]
        starts = [f'<row r="{number}">' for number in numbers]
        parts = zip(starts, *made, repeat("</row>"), strict=False)
        written += sheet.write("".join(map("".join, parts)).encode())
        row += count
    sheet.write(_TAIL.format(ref=f"A1:{get_column_letter(len(columns))}{row}").encode())
    return row


class _Cells(dict[Any, str]):
    """The cells of one column: a value → what stands in the XML after the cell's address. Remembers the latest values."""

    #: Values remembered; most columns hold the same few over and over.
    MOST = 4096

    def __init__(self, letter: str, column: Column, shell: _Shell) -> None:
        super().__init__()
        self.letter = letter
        self.column = column
        self._start = f'<c r="{letter}'
        self._style = f'" s="{shell.styles[column.kind]}"'
        self._text = '" t="inlineStr"'
        self._quoted = f'" s="{shell.quoted}" t="inlineStr"'
        self._make = {Kind.TEXT: self._text_cell, Kind.WORD: self._text_cell, Kind.MOMENT: self._moment_cell}.get(
            column.kind, self._number_cell
        )

    def of(self, values: Iterable[Any], numbers: Iterable[str]) -> list[str]:
        """The cells of a batch, empty where there is nothing."""
        start = self._start
        return [
            "" if value is None or value == "" else start + number + self[value]
            for value, number in zip(values, numbers, strict=True)
        ]

    def __missing__(self, value: Any) -> str:
        made = self._make(value)
        if len(self) >= self.MOST:
            self.clear()
        self[value] = made
        return made

    def _text_cell(self, value: str) -> str:
        attributes = self._quoted if value[0] in RUNS else self._text
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        return f"{attributes}><is><t{space}>{_xml(value)}</t></is></c>"

    def _moment_cell(self, value: str) -> str:
        day = date.fromisoformat(value[:10]).toordinal() - _BEFORE_1900
        seconds = int(value[11:13]) * 3600 + int(value[14:16]) * 60 + float(value[17:])
        return f"{self._style}><v>{day + seconds / 86_400!r}</v></c>"

    def _number_cell(self, value: float) -> str:
        return f"{self._style}><v>{value!r}</v></c>"


def _xml(text: str) -> str:
    """Text as XML; what XML cannot hold in the escapes of the format (ECMA-376, ST_Xstring)."""
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
