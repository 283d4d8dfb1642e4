"""Files of reports: whole or not there, and what a workbook looks like."""

from __future__ import annotations

import errno
import io
import os
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from coresafe.errors import Cancelled, ValidationFailed
from coresafe.services.exporting import REPORTS, ReportFilter, workbook, write_report
from coresafe.services.exporting.declaring import Columns, Kind
from tests.services.exporting.reading_back import from_xlsx, in_both_formats
from tests.services.kinds import on_every_database
from tests.worlds import World

MOVEMENTS = REPORTS["movements"]


@on_every_database
@in_both_formats
def test_a_file_that_is_there_stays_until_the_new_one_is_whole(world: World, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out.{suffix}"
    path.write_text("old")
    world.dispatch(hq=1)

    def stop(_rows: int) -> None:
        assert [each.name for each in tmp_path.glob(".*")]  # beside it, not yet in its place
        raise Cancelled

    with pytest.raises(Cancelled):
        write_report(world.operator, path, "dispatches", suffix, told=stop)
    with pytest.raises(ValidationFailed):
        write_report(world.database, path, "dispatches", suffix, ReportFilter(shed="Nowhere"))
    with pytest.raises(ValidationFailed, match="cannot be written"):
        write_report(world.database, tmp_path / "no folder" / "out", "dispatches", suffix)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_report(world.operator, path, "dispatches", suffix)
    assert path.read_bytes() != b"old"
    assert list(tmp_path.iterdir()) == [path]


@in_both_formats
def test_a_disk_that_fills_up_leaves_no_half_file(
    world: World, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.dispatch(hq=1)
    path = tmp_path / f"out.{suffix}"
    path.write_text("old")
    real = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if self.name.startswith(".out") and mode in ("r+b", "wb"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ValidationFailed, match="no space left"):
        write_report(world.operator, path, "dispatches", suffix)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_program_left_of_a_file_is_swept_away_a_day_later(world: World, tmp_path: Path) -> None:
    path = tmp_path / "out[1].csv"
    old, new, other = (tmp_path / name for name in (".out[1].csv.11.part", ".out[1].csv.12.part", ".out1.csv.11.part"))
    for left in (old, new, other):
        left.write_text("half")
    for left in (old, other):
        os.utime(left, (0, 0))
    write_report(world.operator, path, "dispatches", "csv")
    assert sorted(tmp_path.iterdir()) == sorted([new, other, path])


def test_standard_output_gets_the_whole_file(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    sent = world.dispatch(hq=1)
    outcome = write_report(world.database, None, "dispatches", "csv", ReportFilter(shed_id=world.shed_id))
    assert (outcome.file, outcome.rows) == ("-", 1)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("number,status,")
    assert told[1].startswith(sent.number)


def test_a_workbook_is_ready_to_work_with(world: World, tmp_path: Path) -> None:
    world.dispatch(hq=1, nq=2, notes="two\nlines", driver=" spaced  out")
    path = tmp_path / "r.xlsx"
    write_report(world.operator, path, "dispatches", "xlsx", ReportFilter(shed_id=world.shed_id))
    book = openpyxl.load_workbook(path)
    sheet: Any = book.worksheets[0]
    assert (sheet.title, book.properties.creator) == ("Dispatches", "CoreSafe")
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:AJ3"
    assert all(cell.font.bold for cell in sheet[1])
    assert [cell.value for cell in sheet[1]] == list(REPORTS["dispatches"].header)
    assert sheet.column_dimensions["A"].width == 14
    for column, cell in zip(REPORTS["dispatches"].columns, sheet[2], strict=True):
        if column.kind is Kind.MOMENT and cell.value is not None:
            assert isinstance(cell.value, datetime)
            assert cell.number_format == "yyyy-mm-dd hh:mm"
        if column.kind is Kind.COUNT and cell.value is not None:
            assert cell.data_type == "n"
            assert cell.number_format == "#,##0"


def test_every_part_of_a_workbook_is_well_formed_and_named_in_its_contents(tmp_path: Path) -> None:
    made = _workbook(tmp_path, [_batch(3)])
    with zipfile.ZipFile(made) as parts:
        names = parts.namelist()
        assert len(names) == len(set(names))
        assert all(part.compress_type == zipfile.ZIP_DEFLATED for part in parts.infolist())
        for name in names:
            ET.fromstring(parts.read(name))  # noqa: S314  # ours
        listed = {each.get("PartName") for each in ET.fromstring(parts.read("[Content_Types].xml"))}  # noqa: S314
        assert {f"/{name}" for name in names if name.startswith("xl/w")} <= listed | {"/xl/_rels/workbook.xml.rels"}


def test_more_rows_than_a_sheet_takes_go_on_in_further_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 250)
    made = _workbook(tmp_path, [_batch(200), _batch(200, 200), _batch(100, 400)])
    sheets = openpyxl.load_workbook(made).worksheets
    assert [sheet.title for sheet in sheets] == ["Movements", "Movements 2"]
    assert [sheet.max_row for sheet in sheets] == [251, 251]
    assert [sheet.auto_filter.ref for sheet in sheets] == ["A1:O251", "A1:O251"]
    assert [row["quantity"] for row in from_xlsx(made)] == list(range(500))


def test_nothing_in_a_text_breaks_a_workbook(tmp_path: Path) -> None:
    texts = ["<&>\"'", "a\tb\nc", "\x00\x1b\ufffe", "_x0041_", "  both ends  ", "é漢字🪨", "]]>", "#N/A", "#REF!"]
    made = _workbook(tmp_path, [_batch(len(texts), reasons=texts)])
    # The escapes of the format, which Excel reads back as what they stand for.
    kept = [*texts[:2], "_x0000__x001B__xFFFE_", "_x005F_x0041_", *texts[4:]]
    assert [row["reason"] for row in from_xlsx(made)] == kept


@pytest.mark.parametrize(
    "moment", ["2016-02-29 00:00:00.000000", "2026-10-31 23:59:59.999000", "1999-12-31 12:34:56.000000"]
)
def test_moments_are_dates_to_the_millisecond(tmp_path: Path, moment: str) -> None:
    batch = _batch(1)
    batch[0] = [moment]
    (row,) = from_xlsx(_workbook(tmp_path, [batch]))
    assert abs(row["at"].replace(tzinfo=None) - datetime.fromisoformat(moment)) < timedelta(milliseconds=2)


def _batch(count: int, start: int = 0, reasons: list[str] | None = None) -> Columns:
    """Rows of movements as the database sends them; their quantity counts them."""
    at = ["2026-10-31 07:15:00.000000"] * count
    words = ["purchase"] * count
    nothing: list[None] = [None] * count
    numbers = list(range(start, start + count))
    return [at, at, words, words, ["HQ"] * count, numbers, words, words, ["Main"] * count, ["Main"] * count, nothing,
            nothing, nothing, ["mary"] * count, reasons or nothing]  # fmt: skip


def _workbook(folder: Path, batches: list[Columns]) -> io.BytesIO:
    path = folder / "made.xlsx"
    rows = workbook.write_workbook(path, MOVEMENTS, batches, None)
    assert rows == sum(len(batch[0]) for batch in batches)
    return io.BytesIO(path.read_bytes())
