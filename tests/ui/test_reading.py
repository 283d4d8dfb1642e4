"""Tab goes as one reads, whatever was made when."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from coresafe.ui.widgets.dividing import widen_by_keys
from coresafe.ui.widgets.reading import ReadingOrder


class _Window(ReadingOrder, QDialog):
    pass


@pytest.fixture
def window(qtbot):
    window = _Window()
    qtbot.addWidget(window)
    return window


def _way(qtbot, window: QWidget, presses: int, key: Qt.Key = Qt.Key.Key_Tab) -> list[str]:
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    way = []
    for _ in range(presses):
        qtbot.keyClick(QApplication.focusWidget() or window, key)
        way.append(QApplication.focusWidget().objectName())
    return way


def _named(name: str, made: QWidget | None = None) -> QWidget:
    made = made or QPushButton(name)
    made.setObjectName(name)
    return made


def test_what_was_made_last_and_stands_first_comes_first(qtbot, window) -> None:
    column = QVBoxLayout(window)
    for name in ("second", "third"):
        column.addWidget(_named(name))
    column.insertWidget(0, _named("first", QComboBox()))
    window.show()
    window.findChild(QPushButton, "third").setFocus()
    assert _way(qtbot, window, 3) == ["first", "second", "third"]


def test_backwards_is_the_same_way_back(qtbot, window) -> None:
    row = QHBoxLayout(window)
    for name in ("a", "b", "c"):
        row.insertWidget(0, _named(name, QLineEdit()))
    forth = _way(qtbot, window, 3)
    assert _way(qtbot, window, 3, Qt.Key.Key_Backtab) == [*forth[-2::-1], forth[-1]]


def test_columns_are_read_one_after_the_other_and_grids_line_by_line(qtbot, window) -> None:
    column = QVBoxLayout(window)
    splitter = QSplitter()
    left, right = QWidget(), QWidget()
    grid, below = QGridLayout(left), QVBoxLayout(right)
    for name, row, at in (("d", 1, 1), ("c", 1, 0), ("b", 0, 1), ("a", 0, 0)):
        grid.addWidget(_named(name), row, at)
    for name in ("e", "f"):
        below.addWidget(_named(name))
    splitter.addWidget(left)
    splitter.addWidget(right)
    column.addWidget(splitter)
    window.show()
    window.findChild(QPushButton, "f").setFocus()
    assert _way(qtbot, window, 6) == ["a", "b", "c", "d", "e", "f"]


def test_what_is_hidden_or_cannot_be_used_is_passed_over(qtbot, window) -> None:
    column = QVBoxLayout(window)
    for name in ("a", "b", "c"):
        column.addWidget(_named(name))
    window.findChild(QPushButton, "b").setEnabled(False)
    window.show()
    window.findChild(QPushButton, "a").setFocus()
    assert _way(qtbot, window, 2) == ["c", "a"]
    window.findChild(QPushButton, "c").hide()
    assert _way(qtbot, window, 1) == ["a"]


def test_a_part_of_a_page_is_made_wider_by_keys_down_to_the_least_width_of_its_neighbour(qtbot, window) -> None:
    column = QVBoxLayout(window)
    splitter = QSplitter()
    splitter.setChildrenCollapsible(False)
    for name in ("list", "detail"):
        part = _named(name, QLineEdit())
        part.setMinimumWidth(120)
        splitter.addWidget(part)
    column.addWidget(splitter)
    widen_by_keys(window, splitter, {"Ctrl+F8": 32, "Shift+F8": -32})
    window.resize(500, 100)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    splitter.setSizes([300, 160])
    detail = window.findChild(QLineEdit, "detail")
    detail.setFocus()
    before = splitter.sizes()
    qtbot.keyClick(detail, Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    assert splitter.sizes() == [before[0] - 32, before[1] + 32]
    qtbot.keyClick(detail, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert splitter.sizes() == before
    for _ in range(20):
        qtbot.keyClick(detail, Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    assert splitter.sizes()[0] == 120
