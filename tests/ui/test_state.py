"""The remembered layout: kept between two starts, and never worth an error."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QSplitter, QTableView, QWidget

from coresafe.ui.state import Memory


def again(memory: Memory, file: Path) -> Memory:
    memory.save()
    return Memory(file)


def test_values_are_there_at_the_next_start_in_their_own_type(qapp, tmp_path: Path) -> None:
    file = tmp_path / "own" / "layout.ini"
    memory = Memory(file)
    memory.remember("theme", "dark")
    memory.remember("scale", 1.25)
    memory.remember("detail", False)
    memory = again(memory, file)
    assert memory.recall("theme", "system") == "dark"
    assert memory.recall("scale", 1.0) == 1.25
    assert memory.recall("detail", True) is False
    assert memory.recall("nothing", 7) == 7


def test_what_cannot_be_read_is_forgotten(qapp, tmp_path: Path) -> None:
    file = tmp_path / "layout.ini"
    file.write_text("scale=large\nwindows\\main=rubbish\n")
    memory = Memory(file)
    assert memory.recall("scale", 1.0) == 1.0
    assert not memory.restore_window("main", QWidget())
    memory.remember("windows/main", QByteArray(b"rubbish"))
    assert not memory.restore_window("main", QWidget())


def test_columns_are_laid_out_as_they_were_left(qtbot, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "layout.ini")

    tables = [QTableView(), QTableView()]
    for table in tables:
        table.setModel(QStandardItemModel(2, 3, table))
        qtbot.addWidget(table)
    left, found = (table.horizontalHeader() for table in tables)
    left.resizeSection(0, 222)
    left.moveSection(0, 2)
    left.hideSection(1)
    memory.keep_header("trays", left, ["a", "b", "c"])
    memory = again(memory, tmp_path / "layout.ini")
    assert memory.restore_header("trays", found, ["a", "b", "c"])
    assert (found.sectionSize(0), found.visualIndex(0), found.isSectionHidden(1)) == (222, 2, True)
    assert not memory.restore_header("trays", found, ["a", "b", "d"])
    assert not memory.restore_header("others", found, ["a", "b", "c"])


def test_a_page_is_divided_as_it_was_left(qtbot, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "layout.ini")

    def splitter() -> QSplitter:
        made = QSplitter()
        made.addWidget(QWidget())
        made.addWidget(QWidget())
        made.resize(900, 100)
        qtbot.addWidget(made)
        made.show()
        return made

    left = splitter()
    left.setSizes([200, 699])
    memory.keep_splitter("page", left)
    found = splitter()
    assert memory.restore_splitter("page", found)
    assert found.sizes() == left.sizes()


def test_each_person_begins_with_what_the_computer_remembers_and_then_has_his_own(qapp, tmp_path: Path) -> None:
    file = tmp_path / "layout.ini"
    memory = Memory(file)
    memory.remember("splitters/page", 1)
    ama, kofi = memory.of("ama"), memory.of("kofi/2")
    assert ama.recall("splitters/page", 0) == 1
    ama.remember("splitters/page", 2)
    ama.remember("views/trays", "[]")
    assert [one.recall("splitters/page", 0) for one in (ama, kofi, memory)] == [2, 1, 1]
    assert kofi.recall("views/trays") is None
    memory = again(memory, file)
    assert memory.of("AMA").recall("splitters/page", 0) == 2
    memory.of("ama").forget("splitters/page")
    assert memory.of("ama").recall("splitters/page", 0) == 1
