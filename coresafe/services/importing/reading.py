"""Reading a file of rows as it comes: CSV of any separator and encoding, or a sheet of an Excel workbook.

Nothing is interpreted here beyond what a cell holds; rows keep the number they have in the file.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from coresafe.errors import ValidationFailed

#: Bodies of imports (interfaces: Conventions).
MAX_BYTES = 50_000_000
MAX_ROWS = 200_000
_SEPARATORS = (",", ";", "\t", "|")
_EXCEL = (".xlsx", ".xlsm")

Cell = str | float | int | datetime | date | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows of one file or one sheet: (number in the file from 1, cells). Blank rows are left out.

    ``decimal_comma``: numbers may be written 12,5, for the cells are not separated by commas.
    """

    name: str
    digest: str
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    decimal_comma: bool = False


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """The sheets of a file: one for a CSV file, each of a workbook in its order.

    Raises ValidationFailed in one sentence where it cannot be read.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValidationFailed.of("file", f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB. Split it.")
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise ValidationFailed.of("file", f"{path.name} cannot be opened: {why.lower()}.") from error
    return sheets_of(path.name, content)


def sheets_of(name: str, content: bytes) -> tuple[Sheet, ...]:
    """Like ``read_sheets``, of what was read already."""
    digest = hashlib.sha256(content).hexdigest()
    suffix = Path(name).suffix.lower()
    if content[:4] == b"PK\x03\x04" or suffix in _EXCEL:
        return tuple(_workbook(name, content, digest))
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise ValidationFailed.of("file", f"{name} is an old Excel file or locked. Save it as .xlsx or as CSV.")
    text = decoded(content)
    separator = separator_of(text)
    rows = tuple(_csv_rows(name, text, separator))
    if not rows:
        raise ValidationFailed.of("file", f"{name} is empty.")
    return (Sheet(name=name, digest=digest, rows=rows, decimal_comma=separator != ","),)


def decoded(content: bytes) -> str:
    """The text of a file: by its byte order mark, as UTF-16 by its zero bytes, as UTF-8, or as Windows wrote it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        return content.decode("utf-8-sig", "replace")
    start = content[:4000]
    if start[1::2].count(0) > len(start) // 5:
        return content.decode("utf-16-le", "replace")
    if start[::2].count(0) > len(start) // 5:
        return content.decode("utf-16-be", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Of the one-byte encodings Windows-1252 is the usual one; Latin-1 takes the five bytes it leaves out.
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return content.decode("latin-1")


def separator_of(text: str) -> str:
    """The separator by which most of the first lines have the same number of cells, more than one."""
    lines = [line for line in text[:60_000].splitlines() if line.strip()][:30]
    best, best_score = ",", (0, 0)
    for separator in _SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        usual = max(set(widths), key=widths.count, default=1)
        score = (widths.count(usual), usual) if usual > 1 else (0, 0)
        if score > best_score:
            best, best_score = separator, score
    return best


def _csv_rows(name: str, text: str, separator: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = 0
    count = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                count += 1
                _check_count(name, count)
                yield number, tuple(cells)
    except csv.Error as error:
        raise ValidationFailed.of(
            "file", f"{name} cannot be read from row {before + 1} on: a quotation mark or a cell has no end."
        ) from error


def _check_count(name: str, count: int) -> None:
    if count > MAX_ROWS:
        raise ValidationFailed.of("file", f"{name} has more than {MAX_ROWS:,} rows. Split it.")


def _workbook(name: str, content: bytes, digest: str) -> Iterator[Sheet]:
    import warnings
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # What openpyxl leaves out (validation lists, styles) is not read here anyway.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ValidationFailed.of("file", f"{name} is not a workbook that can be read. Save it again.") from error
    try:
        for sheet in book.worksheets:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sheet.reset_dimensions()
                rows = tuple(_sheet_rows(name, sheet))
            if rows:
                yield Sheet(name=str(sheet.title), digest=digest, rows=rows)
    finally:
        book.close()


def _sheet_rows(name: str, sheet: Any) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    count = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None and str(cell).strip() for cell in cells):
            count += 1
            _check_count(name, count)
            yield number, tuple(cells)
