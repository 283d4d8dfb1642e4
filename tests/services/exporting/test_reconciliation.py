"""The reconciliation as a file: six tables, totals that are formulas, a check that shows 0, and text that never runs."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import signal
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from coresafe.errors import Cancelled, Forbidden, Trouble, Unauthenticated, ValidationFailed
from coresafe.models.enums import Role
from coresafe.services.exporting.reconciliation import make_reconciliation, write_reconciliation
from coresafe.services.reconciliation import Reconciliation, ReconciliationQuery, reconcile
from coresafe.services.users import ChangeUser, change_user
from tests.office import recalculated
from tests.services.kinds import on_every_database
from tests.worlds import World, a_user

SHEETS = ["Summary", "Outstanding", "Discrepancies", "Company accounts", "Movements", "Stocktake"]


class Still:
    """A token of somebody who waits."""

    cancelled = False

    def progress(self, n: int, of: int = 0, text: str = "") -> None:
        """Heard."""


@pytest.fixture
def busy(world: World) -> World:
    """A shed in which most happened: a return short, damaged and surplus, a loss, a purchase, scrap."""
    short = world.dispatch(hq=10, nq=4, notes="=1+1", destination="=HYPERLINK()")
    world.give_back(short, hq={"good": 5, "damaged": 2, "surplus": 1}, nq=3, final=True)
    lost = world.dispatch(hq=5)
    world.lose(lost, hq=2, reason="=cmd|' /C calc'!A0")
    world.dispatch(nq=7)
    world.move("purchase", 3)
    world.move("scrap", 1, from_state="available")
    return world


def query(world: World, **asked: Any) -> ReconciliationQuery:
    return ReconciliationQuery(**{"shed_id": world.shed_id, **asked})


def block(sheet: Any, first: str) -> list[dict[str, Any]]:
    """The rows of the table whose header begins so, its total left out."""
    rows = list(sheet.iter_rows(values_only=True))
    at = next(
        number for number, row in enumerate(rows) if row[0] == first and row[1] is not None and row[2] is not None
    )
    head = [name for name in rows[at] if name is not None]
    found = []
    for row in rows[at + 1 :]:
        if row[0] is None or row[0] == "Total of what is shown":
            break
        found.append(dict(zip(head, row, strict=False)))
    return found


def check_cell(sheet: Any) -> Any:
    return next(row[1] for row in sheet.iter_rows(values_only=True) if row[0] == "Check")


def same(book: Any, shown: Reconciliation) -> None:
    """Every figure of the workbook is the one of the reconciliation."""
    totals = block(book["Summary"], "Tray size")
    assert [row["Tray size"] for row in totals] == [row.tray_size for row in shown.totals]
    for row, total in zip(totals, shown.totals, strict=True):
        for name, value in row.items():
            if name != "Tray size":
                assert value == getattr(total, name.lower().replace(" ", "_")), name
    out = [(row.number, line.tray_size, line.outstanding) for row in shown.outstanding for line in row.lines]
    listed = [(row["Dispatch"], row["Tray size"], row["Still out"]) for row in block(book["Outstanding"], "Dispatch")]
    assert listed == [row for row in out if row[2]]
    accounts = block(book["Company accounts"], "Company")
    assert [(row["Tray size"], row["Closing"]) for row in accounts] == [
        (row.tray_size, row.closing) for row in shown.accounts
    ]
    assert len(block(book["Discrepancies"], "Dispatch")) == sum(len(row.lines) for row in shown.discrepancies)


@on_every_database
def test_the_workbook_holds_the_reconciliation_and_its_check_shows_0_when_worked_out_anew(
    busy: World, tmp_path: Path
) -> None:
    path = tmp_path / "month.xlsx"
    outcome = write_reconciliation(busy.manager, path, query(busy))
    shown = reconcile(busy.manager, query(busy))
    (book,) = recalculated(tmp_path, path)
    assert book.sheetnames == SHEETS
    same(book, shown)
    assert check_cell(book["Summary"]) == 0
    checks = [row for row in book["Summary"].iter_rows(values_only=True) if row[0] and "against" in str(row[0])]
    assert len(checks) == 5 and all(row[1] == 0 for row in checks)
    assert outcome.rows == sum(len(block(sheet, sheet_head)) for sheet, sheet_head in zip(
        (book[name] for name in SHEETS), ("Tray size", "Dispatch", "Dispatch", "Company", "At", "Stocktake"), strict=True
    ) if sheet.max_row > 6)  # fmt: skip


def test_a_figure_that_is_changed_shows_in_the_check(busy: World, tmp_path: Path) -> None:
    path = tmp_path / "month.xlsx"
    write_reconciliation(busy.manager, path, query(busy))
    changed = []
    for sheet, column in (
        ("Outstanding", "Still out"), ("Company accounts", "Out"), ("Movements", "Owned"), ("Summary", "Lost"),
    ):  # fmt: skip
        book: Any = openpyxl.load_workbook(path)
        header = next(row for row in book[sheet].iter_rows() if row[2].value is not None)
        cell = next(cell for cell in header if cell.value == column)
        below = book[sheet].cell(cell.row + 1, cell.column)
        below.value = int(below.value) + 1
        changed.append(tmp_path / f"{column}.xlsx")
        book.save(changed[-1])
    for path, book in zip(changed, recalculated(tmp_path, *changed), strict=True):
        assert check_cell(book["Summary"]) != 0, path.stem


def test_a_past_month_is_exported_as_it_was(busy: World, tmp_path: Path) -> None:
    old = datetime.now(UTC) - timedelta(days=40)
    busy.dispatch(hq=3, who=busy.manager, dispatched_at=old, reason="found the note")
    asked = query(busy, since=old - timedelta(days=1), until=old + timedelta(days=1))
    path = tmp_path / "then.xlsx"
    write_reconciliation(busy.manager, path, asked)
    (book,) = recalculated(tmp_path, path)
    same(book, reconcile(busy.manager, asked))
    assert check_cell(book["Summary"]) == 0
    assert len(block(book["Movements"], "At")) == 1


def test_it_is_set_up_for_reading_and_for_paper(busy: World, tmp_path: Path) -> None:
    path = tmp_path / "month.xlsx"
    write_reconciliation(busy.manager, path, query(busy))
    book: Any = openpyxl.load_workbook(path)
    about = {row[0].value: row[1].value for row in book["Summary"].iter_rows(max_row=6)}
    assert about["Made by"] == "mary" and "Africa/Accra" in about["Period"] and about["Ledger proof"]
    for sheet in book.worksheets:
        head = next(row[0].row for row in sheet.iter_rows() if row[2].value is not None)
        assert sheet.freeze_panes == f"A{head + 1}" and sheet.auto_filter.ref.startswith(f"A{head}:")
        assert sheet.page_setup.orientation == "landscape" and int(sheet.page_setup.paperSize) == 9
        assert sheet.print_title_rows == f"${head}:${head}"
        assert "&P" in sheet.oddFooter.right.text and "&N" in sheet.oddFooter.right.text
        assert all(dimension.width for dimension in sheet.column_dimensions.values())
    assert len(book["Summary"]._charts) == 2
    days = book["Outstanding"].conditional_formatting
    assert sum(len(each.rules) for each in days) == 3
    left = next(row for row in book["Outstanding"].iter_rows(min_row=6) if row[0].value)[5]
    assert isinstance(left.value, datetime) and "yyyy" in left.number_format


def test_no_text_runs(busy: World, tmp_path: Path) -> None:
    path = tmp_path / "month.xlsx"
    write_reconciliation(busy.manager, path, query(busy))
    book: Any = openpyxl.load_workbook(path)
    reasons = [cell for row in book["Movements"].iter_rows() for cell in row if str(cell.value).startswith("=cmd")]
    assert reasons and all(cell.data_type == "s" and cell.quotePrefix for cell in reasons)
    write_reconciliation(busy.manager, tmp_path / "month.csv", query(busy))
    for line in csv.reader(io.StringIO((tmp_path / "month.csv").read_text("utf-8-sig"), newline="")):
        assert not any(cell.startswith(("=", "@", "+")) for cell in line)


def test_the_same_data_as_csv_in_one_file_and_in_six(busy: World, tmp_path: Path) -> None:
    one, six = tmp_path / "month.csv", tmp_path / "month.zip"
    assert (
        write_reconciliation(busy.manager, one, query(busy)).rows
        == write_reconciliation(busy.manager, six, query(busy)).rows
    )
    lines = one.read_text("utf-8-sig").splitlines()
    assert [line for line in lines if line in SHEETS] == SHEETS
    with zipfile.ZipFile(six) as archive:
        assert archive.namelist() == [f"{name}.csv" for name in SHEETS]
        totals = list(csv.DictReader(io.TextIOWrapper(archive.open("Summary.csv"), "utf-8-sig")))
    shown = reconcile(busy.manager, query(busy))
    assert [(row["Tray size"], int(row["Closing owned"]), int(row["Difference"])) for row in totals] == [
        (row.tray_size, row.closing_owned, 0) for row in shown.totals
    ]


def test_what_cannot_be_is_refused_at_its_field_and_the_old_file_stays(busy: World, tmp_path: Path) -> None:
    path = tmp_path / "month.xlsx"
    path.write_text("old")
    now = datetime.now(UTC)
    for asked, field in (
        ({"since": now, "until": now - timedelta(days=1)}, "to"),
        ({"until": now + timedelta(days=2)}, "to"),
        ({"shed_id": 2**62}, "shed_id"),
    ):
        with pytest.raises(ValidationFailed) as refused:
            write_reconciliation(busy.manager, path, query(busy, **asked))
        assert [error.field for error in refused.value.errors] == [field]
    for wrong in (tmp_path / "none" / "month.xlsx", tmp_path / "month.doc"):
        with pytest.raises(ValidationFailed):
            make_reconciliation(busy.manager, wrong, query(busy), Still())
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_who_may_not_look_is_refused(busy: World, tmp_path: Path) -> None:
    gone = a_user(busy.admin)
    change_user(busy.admin, ChangeUser(user_id=gone.actor.user_id, version=1, is_active=False))
    with pytest.raises((Unauthenticated, Forbidden)):
        write_reconciliation(gone, tmp_path / "month.xlsx", query(busy))
    assert gone.actor.role is Role.OPERATOR and not list(tmp_path.iterdir())


def test_a_child_makes_it_and_leaves_nothing_when_it_is_cancelled_or_killed(busy: World, tmp_path: Path) -> None:
    path = tmp_path / "month.xlsx"
    path.write_text("old")

    class Impatient(Still):
        cancelled = True

    with pytest.raises(Cancelled):
        make_reconciliation(busy.manager, path, query(busy), Impatient())
    killer = threading.Thread(target=_kill_first_child)
    killer.start()
    with pytest.raises(Trouble):
        make_reconciliation(busy.manager, path, query(busy), Still())
    killer.join()
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    assert make_reconciliation(busy.manager, path, query(busy), Still()).rows > 0
    assert path.read_bytes()[:2] == b"PK" and list(tmp_path.iterdir()) == [path]


def _kill_first_child() -> None:
    """End the child as the system would, as soon as there is one."""
    looked = threading.Event()
    while not (children := multiprocessing.active_children()):
        looked.wait(0.01)
    os.kill(children[0].pid or 0, signal.SIGKILL)
