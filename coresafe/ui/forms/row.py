"""Fields side by side, and one below the other where there is no room: a narrow pane, or large text."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from coresafe.ui.theme import GRID


class FieldRow(QWidget):
    """A row that becomes a column when it is narrower than its fields."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: list[QWidget] = []
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(2 * GRID)

    def add(self, field: QWidget, stretch: int = 1) -> None:
        """One more field, in the order of reading."""
        self._fields.append(field)
        self._box.addWidget(field, stretch, Qt.AlignmentFlag.AlignTop)

    def minimumSizeHint(self) -> QSize:
        width = max((self._least(field) for field in self._fields), default=0)
        return QSize(width, self._box.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = sum(self._least(field) for field in self._fields) + 2 * GRID * (len(self._fields) - 1)
        side_by_side = event.size().width() >= needed
        wanted = QBoxLayout.Direction.LeftToRight if side_by_side else QBoxLayout.Direction.TopToBottom
        if self._box.direction() != wanted:
            self._box.setDirection(wanted)
            # Without this a field keeps to the width of its words when it stands alone on its line.
            for field in self._fields:
                self._box.setAlignment(field, Qt.AlignmentFlag.AlignTop if side_by_side else Qt.AlignmentFlag(0))
            self.updateGeometry()

    @staticmethod
    def _least(field: QWidget) -> int:
        return max(field.minimumSizeHint().width(), field.minimumWidth())
