"""A small table of what is read at once and whole: a person's entries, the movements beside a variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from coresafe.ui.theme import TARGET, theme
from coresafe.ui.words import number


class SimpleTable(QTableWidget):
    """Rows of words and numbers. Each row has an id, by which the choice stays while the rows change.

    Signals: ``opened(id)`` Enter or a double click, ``taken(id)`` Delete.
    """

    opened = Signal(object)
    taken = Signal(object)

    def __init__(
        self, name: str, heads: Sequence[str], *, stretch: int = 0, height: int = TARGET, parent: QWidget | None = None
    ) -> None:
        super().__init__(0, len(heads), parent)
        self._rows: list[tuple[Any, Sequence[str | int]]] = []
        self.setAccessibleName(name)
        self.setHorizontalHeaderLabels(list(heads))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(height)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.cellDoubleClicked.connect(lambda at, _column: self.opened.emit(self._rows[at][0]))
        self.installEventFilter(self)

    def show_rows(self, rows: Sequence[tuple[Any, Sequence[str | int]]]) -> None:
        """These: (id, cells). Numbers stand right."""
        if list(rows) == self._rows:
            return
        chosen, at = self.chosen, self.verticalScrollBar().value()
        self._rows = list(rows)
        self.clearSelection()
        self.setRowCount(len(rows))
        for down, (_row_id, cells) in enumerate(rows):
            for across, cell in enumerate(cells):
                self.setItem(down, across, _item(cell))
        self._align(rows)
        if chosen is not None:
            self.choose(chosen)
        self.verticalScrollBar().setValue(at)

    @property
    def chosen(self) -> Any:
        """The id of the row that is chosen, None where none is."""
        found = self.selectionModel().selectedRows()
        return self._rows[found[0].row()][0] if found and found[0].row() < len(self._rows) else None

    def choose(self, row_id: Any) -> None:
        """Choose a row by its id."""
        at = next((at for at, row in enumerate(self._rows) if row[0] == row_id), None)
        if at is not None:
            self.selectRow(at)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter opens, Delete takes away."""
        if watched is self and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            chosen = self.chosen
            if chosen is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                    self.opened.emit(chosen)
                    return True
                if event.key() == Qt.Key.Key_Delete:
                    self.taken.emit(chosen)
                    return True
        return super().eventFilter(watched, event)

    def _align(self, rows: Sequence[tuple[Any, Sequence[str | int]]]) -> None:
        for across, cell in enumerate(rows[0][1] if rows else ()):
            side = Qt.AlignmentFlag.AlignRight if isinstance(cell, int) else Qt.AlignmentFlag.AlignLeft
            self.horizontalHeaderItem(across).setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)


def _item(cell: str | int) -> QTableWidgetItem:
    made = QTableWidgetItem(number(cell) if isinstance(cell, int) else cell)
    if isinstance(cell, int):
        made.setFont(theme().figures())
        made.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    elif cell:
        made.setToolTip(cell)
    return made
