"""The view of a table as a file: what is seen is what is written, and nothing half written ever stands there."""

from __future__ import annotations

import csv
import os
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from coresafe.errors import DatabaseUnavailable
from coresafe.models.enums import Role
from coresafe.ui.admin.users_dialog import UsersDialog
from coresafe.ui.messages import Level, Message, Messages
from coresafe.ui.state import Memory
from coresafe.ui.tables import PagedTable, Phase
from coresafe.ui.tasks import TaskRunner
from tests.ui.conftest import MakeDesk
from tests.ui.desk import Desk
from tests.ui.rows import Shelf, tray
from tests.ui.test_table_view import COLUMNS, select

PATIENCE = 30_000
in_both_formats = pytest.mark.parametrize("suffix", ["csv", "xlsx"])


class Bench:
    """A table with a messages port, and what was said there."""

    def __init__(self, qtbot: Any, runner: TaskRunner, shelf: Shelf, memory: Memory) -> None:
        self.qtbot, self.runner, self.shelf = qtbot, runner, shelf
        self.said: list[Message] = []
        messages = Messages()
        messages.posted.connect(self.said.append)
        self.table = PagedTable(COLUMNS, shelf, runner, name="trays", memory=memory, title="Trays", messages=messages)
        self._messages = messages
        qtbot.addWidget(self.table)
        self.table.resize(900, 600)
        self.table.show()
        self.settle()

    @property
    def export(self) -> Any:
        return self.table.export

    def settle(self) -> None:
        phase = (Phase.LOADING, Phase.WAITING)
        self.qtbot.waitUntil(lambda: self.runner.idle and self.table.model.phase not in phase, timeout=PATIENCE)

    def write(self, path: Path, **more: Any) -> Message:
        self.export.write(path, **more)
        self.settle()
        return self.said[-1]

    def shows(self) -> list[list[str]]:
        """The words of the table as they stand, row by row, those that are not loaded left out."""
        head = self.table.view.head
        places = [head.logicalIndex(at) for at in range(head.count())]
        shown = [at for at in places if not head.isSectionHidden(at)]
        model = self.table.model
        return [[model.index(at, column).data() for column in shown] for at, _row in model.known()]


@pytest.fixture
def bench(qtbot, runner: TaskRunner, tmp_path: Path) -> Callable[[Shelf], Bench]:
    return lambda shelf: Bench(qtbot, runner, shelf, Memory(tmp_path / "own" / "layout.ini"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def sheet(path: Path) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()]


def as_words(value: Any) -> str:
    """A cell of a workbook as the table would say it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else str(value or "")


def test_a_workbook_holds_what_the_table_shows(bench, folder: Path) -> None:
    """Columns moved, hidden and chosen, a search and a sort: cell by cell what is seen, numbers and dates as such."""
    there = bench(Shelf(1_300))
    table = there.table
    table.view.head.show_column(1, False)
    table.view.head.show_column(4, True)
    table.view.head.moveSection(table.view.head.visualIndex(2), 0)
    table.ask(q="D-2026-0001", sort="-quantity")
    there.settle()
    said = there.write(folder / "trays.xlsx")
    assert said.level is Level.SUCCESS and said.text == "trays.xlsx is written: 100 rows."
    head, *rows = sheet(folder / "trays.xlsx")
    assert head == ["Trays", "Number", "Status", "Left"]
    assert [[as_words(value) for value in row] for row in rows] == [
        [("0" if words == "–" else words) for words in row] for row in there.shows()
    ]
    assert isinstance(rows[0][0], int) and isinstance(rows[0][3], datetime)


@in_both_formats
def test_a_list_longer_than_what_is_loaded_is_written_to_its_end(bench, folder: Path, suffix: str) -> None:
    there = bench(Shelf(1_700))
    assert len(there.table.model.known()) < 1_700
    said = there.write(folder / f"all.{suffix}")
    assert "1\u202f700 rows" in said.text
    if suffix == "csv":
        with (folder / "all.csv").open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    else:
        lines = sheet(folder / "all.xlsx")
    assert [line[0] for line in lines[1:]] == [f"D-2026-{at:06d}" for at in range(1, 1_701)]


@in_both_formats
def test_no_cell_runs_as_a_formula(bench, folder: Path, suffix: str) -> None:
    words = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "plain"]
    there = bench(Shelf([tray(at, company=word) for at, word in enumerate(words, 1)]))
    there.write(folder / f"t.{suffix}")
    if suffix == "csv":
        with (folder / "t.csv").open(encoding="utf-8-sig", newline="") as file:
            found = [line[1] for line in list(csv.reader(file))[1:]]
        assert found == [f"'{word}" for word in words[:-1]] + ["plain"]
    else:
        cells = openpyxl.load_workbook(folder / "t.xlsx").worksheets[0]["B"][1:]
        assert [(cell.value, cell.data_type) for cell in cells] == [(word, "s") for word in words]


def test_only_the_selected_rows(bench, folder: Path) -> None:
    there = bench(Shelf(50))
    select(there.table, 7, 3, 20)
    there.export.begin()
    question = there.said[-1]
    assert [choice.text for choice in question.choices] == ["All 50", "Only the 3 selected", "Cancel"]
    said = there.write(folder / "some.xlsx", only_selected=True)
    assert said.text == "some.xlsx is written: 3 rows."
    assert [row[0] for row in sheet(folder / "some.xlsx")[1:]] == ["D-2026-000004", "D-2026-000008", "D-2026-000021"]


def test_selected_rows_that_are_no_longer_loaded_are_found_again(bench, folder: Path) -> None:
    there = bench(Shelf(3_000))
    there.table.view._chosen = [5, 2_900]
    there.write(folder / "some.csv", only_selected=True)
    lines = (folder / "some.csv").read_text("utf-8-sig").splitlines()
    assert [line[:13] for line in lines[1:]] == ["D-2026-000005", "D-2026-002900"]


@in_both_formats
def test_a_cancelled_export_leaves_everything_as_it_was(bench, folder: Path, suffix: str) -> None:
    there = bench(Shelf(2_000))
    path = folder / f"old.{suffix}"
    path.write_text("old")
    there.shelf.gate = threading.Event()
    there.export.write(path)
    there.qtbot.waitUntil(lambda: any(part.name.endswith(".part") for part in folder.iterdir()))
    task = there.runner.busy[0]
    assert task.title == f"Exporting old.{suffix}"
    task.cancel()
    there.shelf.gate.set()
    there.settle()
    assert there.said[-1].text == "The export was cancelled."
    assert path.read_text() == "old" and list(folder.iterdir()) == [path]
    assert there.write(path).level is Level.SUCCESS


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@in_both_formats
def test_a_full_disk_is_said_and_leaves_no_half_file(bench, folder: Path, suffix: str) -> None:
    there = bench(Shelf(3_000))
    path = folder / f"old.{suffix}"
    path.write_text("old")
    (folder / f".{path.name}.{os.getpid()}.part").symlink_to("/dev/full")
    said = there.write(path)
    assert said.level is Level.ERROR
    assert said.text == f"old.{suffix} cannot be written: no space left on device. Choose another place."
    assert said.hint == "Nothing was written; a file that was there is as it was."
    assert path.read_text() == "old" and list(folder.iterdir()) == [path]


@in_both_formats
def test_a_place_that_cannot_be_written_is_said_before_anything_is_read(bench, folder: Path, suffix: str) -> None:
    there = bench(Shelf(10))
    asked = len(there.shelf.asked)
    said = there.write(folder / "gone" / f"t.{suffix}")
    assert said.text.startswith(f"t.{suffix} cannot be written: its folder is not there.")
    (folder / f"folder.{suffix}").mkdir()
    assert "cannot be written" in there.write(folder / f"folder.{suffix}").text
    if sys.platform == "linux":
        said = there.write(Path("/sys") / f"t.{suffix}")  # where even root may not write
        assert "it is open in another program, or you may not write there" in said.text
    assert len(there.shelf.asked) <= asked + 1


def test_a_database_that_goes_away_leaves_no_half_file(bench, folder: Path) -> None:
    there = bench(Shelf(2_000))
    fetch, calls = there.shelf.fetch, []

    def fails_later(query: Any) -> Any:
        calls.append(query)
        if len(calls) > 2:
            raise DatabaseUnavailable("The server does not answer.")
        return fetch(query)

    there.shelf.fetch = fails_later  # type: ignore[method-assign]
    said = there.write(folder / "t.xlsx")
    assert said.text == "The server does not answer."
    assert [choice.text for choice in said.choices] == ["Try again"]
    assert list(folder.iterdir()) == []
    there.shelf.fetch = fetch  # type: ignore[method-assign]
    said.choices[0].do()
    there.settle()
    assert there.said[-1].level is Level.SUCCESS and (folder / "t.xlsx").is_file()


def test_an_empty_table_is_not_exported(bench) -> None:
    there = bench(Shelf(0))
    there.export.begin()
    assert there.said[-1].text == "There is nothing to export: the table shows no rows."
    assert there.export.dialog is None


def test_the_file_and_its_folder_can_be_opened(bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []

    def opens(url: QUrl) -> bool:
        opened.append(url)
        return len(opened) == 1

    monkeypatch.setattr(QDesktopServices, "openUrl", opens)
    there = bench(Shelf(3))
    said = there.write(folder / "t.csv")
    for choice in said.choices:
        choice.do()
    assert [Path(url.toLocalFile()) for url in opened] == [folder / "t.csv", folder]
    assert there.said[-1].hint == f"It is at {folder}."


def named(dialog: QFileDialog | Any, path: Path) -> None:
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()


def test_the_dialog_proposes_a_name_and_remembers_place_and_kind(bench, folder: Path) -> None:
    there = bench(Shelf(3))
    there.export.begin()
    dialog = there.export.dialog
    assert Path(dialog.selectedFiles()[0]).name == f"Trays {datetime.now():%Y-%m-%d}.xlsx"  # noqa: DTZ005
    dialog.selectNameFilter("CSV, for any spreadsheet (*.csv)")
    dialog.filterSelected.emit("CSV, for any spreadsheet (*.csv)")
    assert Path(dialog.selectedFiles()[0]).suffix == ".csv"
    named(dialog, folder / "mine")
    there.settle()
    assert (folder / "mine.csv").is_file()
    there.qtbot.waitUntil(lambda: there.export.dialog is None)
    there.export.begin()
    proposed = Path(there.export.dialog.selectedFiles()[0])
    assert (proposed.parent, proposed.suffix) == (folder, ".csv")
    there.export.dialog.reject()


def test_a_name_that_ends_otherwise_gets_its_ending_and_asks_before_it_replaces(bench, folder: Path) -> None:
    there = bench(Shelf(3))
    (folder / "v1.2.xlsx").write_text("old")
    there.export.begin()
    named(there.export.dialog, folder / "v1.2")
    question = there.said[-1]
    assert question.text == "v1.2.xlsx is there already. Replace it?"
    assert (folder / "v1.2.xlsx").read_text() == "old"
    question.choices[0].do()
    there.settle()
    assert len(sheet(folder / "v1.2.xlsx")) == 4


def exported(desk: Desk, table: PagedTable, path: Path) -> list[list[Any]]:
    """Ctrl+E, a name, and what is in the file then."""
    desk.do("view.export")
    named(table.export.dialog, path)
    desk.until(lambda: path.exists() and desk.runner.idle)
    return sheet(path)


def _is_ready(desk: Desk, table: PagedTable) -> bool:
    return desk.runner.idle and table.model.phase is Phase.READY


def words_of(table: PagedTable, column: int) -> list[str]:
    return [table.model.index(at, column).data() for at in range(table.model.rowCount())]


def test_every_page_exports_what_it_shows(desk: Desk, folder: Path) -> None:
    first = desk.others_dispatch(hq=4, nq=2)
    desk.others_dispatch(hq=3, driver="=Kofi")
    desk.others_return(first, hq=1)
    for name, column in (
        ("go.dispatches", 0),
        ("go.returns", 0),
        ("go.drillholes", 0),
        ("go.inventory", 1),
    ):
        desk.window.go(name)
        page: Any = desk.window.page
        page.reload()
        desk.until(partial(_is_ready, desk, page.table))
        head, *rows = exported(desk, page.table, folder / f"{name}.xlsx")
        shown = page.table.view.shown_columns()
        assert head == [column.heading for column in shown]
        assert [row[column] for row in rows] == words_of(page.table, column), name
    sent = sheet(folder / "go.dispatches.xlsx")
    assert {row[sent[0].index("Driver")] for row in sent[1:]} == {"Yaw", "=Kofi"}
    assert all(isinstance(row[sent[0].index("Dispatched")], datetime) for row in sent[1:])
    out = sheet(folder / "go.returns.xlsx")
    assert isinstance(out[1][out[0].index("Due")], datetime)
    desk.window.go("go.samples")
    desk.do("view.export")
    assert desk.said[-1].text == "There is nothing to export: the table shows no rows."


def test_users_are_exported_from_their_dialog(make_desk: MakeDesk, folder: Path) -> None:
    desk = make_desk(role=Role.ADMIN)
    desk.do("app.users")
    dialog: Any = desk.window.findChild(UsersDialog)
    desk.until(lambda: dialog.table.model.phase is Phase.READY and desk.runner.idle)
    next(action for action in dialog.actions() if action.shortcut().toString() == "Ctrl+E").trigger()
    named(dialog.table.export.dialog, folder / "users.xlsx")
    desk.until(lambda: (folder / "users.xlsx").exists() and desk.runner.idle)
    rows = sheet(folder / "users.xlsx")
    assert [row[0] for row in rows[1:]] == words_of(dialog.table, 0)
    assert rows[0][:4] == ["User name", "Name", "E-mail", "Role"]
    assert any("is written" in button.parent().message.text for button in _choices(dialog))
    dialog.reject()


def _choices(window: QWidget) -> list[QPushButton]:
    return [button for banner in window.findChildren(QWidget) for button in getattr(banner, "choices", [])]


def test_the_menu_of_a_table_offers_it(bench) -> None:
    there = bench(Shelf(20))

    def offered() -> list[str]:
        return [action.text() for action in there.table.view.menu_for(there.table.model.index(2, 0)).actions()]

    assert "Export this view…" in offered()
    select(there.table, 1, 2, 3)
    assert "Export the 3 selected rows…" in offered()
