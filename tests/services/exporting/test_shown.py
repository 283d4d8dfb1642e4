"""Workbooks of what a table shows: made in a child process, and whatever becomes of that."""

from __future__ import annotations

import multiprocessing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from coresafe.errors import Cancelled, Trouble, ValidationFailed
from coresafe.services.exporting.declaring import Sheet
from coresafe.services.exporting.shown import heading, sheet_of, write_shown


class Token:
    """Does something at the first word from the child."""

    def __init__(self, do: Any = None) -> None:
        self.cancelled = False
        self._do = do

    def progress(self, n: int, of: int = 0, text: str = "") -> None:
        do, self._do = self._do, None
        if do is not None:
            do()

    def cancel(self) -> None:
        self.cancelled = True


def _sheet(columns: int) -> Sheet:
    return sheet_of("Trays", [heading(f"c{at}", 12) for at in range(columns)])


def _pages(count: int) -> list[Any]:
    return [[[f"{page}.{row}" for row in range(500)], list(range(500))] for page in range(count)]


def test_every_value_is_what_it_is(tmp_path: Path) -> None:
    values = ["=1+1", 7, -2.5, Decimal("1.25"), datetime(2026, 3, 1, 6, 30), date(2026, 3, 1), None, date(1850, 1, 1)]  # noqa: DTZ001
    path = tmp_path / "t.xlsx"
    assert write_shown(path, _sheet(1), [[values]], Token()) == len(values)
    cells = [row[0] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=2)]
    assert [cell.value for cell in cells[:4]] == ["=1+1", 7, -2.5, 1.25]
    assert [cell.data_type for cell in cells[:3]] == ["s", "n", "n"]
    assert [cell.value for cell in cells[4:6]] == [values[4], datetime(2026, 3, 1)]  # noqa: DTZ001
    assert [cell.number_format for cell in cells[4:6]] == ["yyyy-mm-dd hh:mm", "yyyy-mm-dd"]
    assert cells[6].value is None and cells[7].value == "1850-01-01"


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "cancelled"])
def test_a_child_that_ends_early_leaves_nothing_behind(tmp_path: Path, *, kill: bool) -> None:
    path = tmp_path / "t.xlsx"
    path.write_text("old")
    token = Token()

    def end() -> None:
        assert len(list(tmp_path.iterdir())) == 2  # it is at work beside the old file
        if kill:
            for child in multiprocessing.active_children():
                child.kill()
        else:
            token.cancel()

    token._do = end
    with pytest.raises(Trouble if kill else Cancelled):
        write_shown(path, _sheet(2), _pages(60), token)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_name_that_ends_in_nothing_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationFailed, match="no such format"):
        write_shown(tmp_path / "t.pdf", _sheet(1), [], Token())
    assert list(tmp_path.iterdir()) == []
