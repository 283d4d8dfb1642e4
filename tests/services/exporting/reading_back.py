"""Reports read back as a spreadsheet reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from coresafe.services.context import Context
from coresafe.services.exporting import FORMATS, REPORTS, ReportFilter, write_report
from coresafe.services.exporting.csv_file import MARK
from coresafe.services.exporting.declaring import Kind

#: Run a test on both kinds of files.
in_both_formats = pytest.mark.parametrize("suffix", FORMATS)

Cells = dict[str, Any]


def read(
    context: Context, folder: Path, report: str, suffix: str = "csv", wanted: ReportFilter | None = None
) -> list[Cells]:
    """Write a report, and read it back: moments as moments, numbers as numbers, what is empty as None."""
    path = folder / f"{report}.{suffix}"
    outcome = write_report(context, path, report, suffix, wanted)
    rows = from_csv(report, path.read_bytes()) if suffix == "csv" else from_xlsx(path)
    assert outcome.rows == len(rows)
    return rows


def from_csv(report: str, content: bytes) -> list[Cells]:
    """The rows of a CSV file; its cells are taken for what the report says they are."""
    assert content.startswith(MARK)
    assert content.count(b"\n") == content.count(b"\r\n") or report != "plain"
    kinds = {column.name: column.kind for column in REPORTS[report].columns}
    rows = csv.DictReader(io.StringIO(content[len(MARK) :].decode(), newline=""))
    return [{name: _value(kinds[name], cell) for name, cell in row.items()} for row in rows]


def _value(kind: Kind, cell: str) -> Any:
    if not cell:
        return None
    if kind is Kind.MOMENT:
        assert cell.endswith("Z")
        return datetime.fromisoformat(cell)
    if kind in (Kind.COUNT, Kind.DEPTH):
        return float(cell) if "." in cell else int(cell)
    return cell


def from_xlsx(source: Path | io.BytesIO) -> list[Cells]:
    """The rows of all sheets of a workbook."""
    book = openpyxl.load_workbook(source)
    found: list[Cells] = []
    for sheet in book.worksheets:
        head, *rows = sheet.iter_rows()
        names = [str(cell.value) for cell in head]
        for row in rows:
            assert all(cell.data_type in ("s", "n", "d") for cell in row)
            found.append({name: _from_cell(cell.value) for name, cell in zip(names, row, strict=True)})
    return found


def _from_cell(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def near(found: Any, moment: datetime) -> bool:
    """Whether a cell tells a moment; a workbook keeps it to the millisecond."""
    return isinstance(found, datetime) and abs((found - moment).total_seconds()) < 0.002


def numbers(rows: Iterable[Cells]) -> list[str]:
    """The dispatches of rows, each once, in the order of the file."""
    return list(dict.fromkeys(row["number"] for row in rows))
