"""What there is, size by size: one line a size, its states as figures, and a bar of where its trays are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from coresafe.services.inventory import StockRow
from coresafe.ui.theme import status, theme
from coresafe.ui.widgets import EmptyState, StatusChip, figures, label
from coresafe.ui.words import number, tr

#: State, the row's figure, and the token its part of the bar is painted in.
_STATES = (
    ("available", "available", "positive"),
    ("occupied", "occupied", "storage"),
    ("damaged", "damaged", "caution"),
    ("out", "outstanding", "info"),
    ("in_transit", "in_transit", "neutral"),
)


class Bar(QWidget):
    """Where the trays of a size are, in proportion. The figures stand beside it: colour says nothing alone."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[int, str]] = []
        self.setMinimumHeight(12)
        self.setMaximumHeight(12)
        theme().changed.connect(self.update)

    def show_row(self, row: StockRow) -> None:
        """Paint this size."""
        self._parts = [(getattr(row, figure), token) for _state, figure, token in _STATES]
        told = ", ".join(
            f"{getattr(row, figure)} {status(state).text}" for state, figure, _t in _STATES if getattr(row, figure)
        )
        self.setToolTip(told)
        self.setAccessibleName(tr("{size}: {states}", size=row.tray_size, states=told or tr("none")))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(48, 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The parts side by side, in the order of the columns."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = sum(count for count, _ in self._parts)
        area = QRectF(self.rect())
        painter.setBrush(QColor(theme().colour("sunken")))
        painter.drawRoundedRect(area, 3, 3)
        at = area.left()
        for count, token in self._parts:
            if not count or not whole:
                continue
            width = area.width() * count / whole
            painter.setBrush(QColor(theme().colour(token)))
            painter.drawRect(QRectF(at, area.top(), max(1.0, width - 1), area.height()))
            at += width
        painter.end()


class StockView(QFrame):
    """All sizes in use."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 12, 16, 12)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self.rows: tuple[StockRow, ...] = ()
        self._put(EmptyState(tr("Reading the stock …"), icon="boxes"))

    def show_rows(self, rows: Sequence[StockRow]) -> None:
        """The stock as it is now."""
        self.rows = tuple(rows)
        self._clear()
        # Trays between sheds are rare: the column is there when there are any.
        shown_states = [
            found for found in _STATES if found[0] != "in_transit" or any(row.in_transit for row in self.rows)
        ]
        last = len(shown_states) + 2
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(label(tr("Size"), "small"), 0, 0)
        self._grid.addWidget(label(tr("Owned"), "small"), 0, 1, right)
        for at, (state, _figure, _token) in enumerate(shown_states, start=2):
            self._grid.addWidget(_chip(state), 0, at, right)
        self._grid.addWidget(_chip("lost"), 0, last + 1, right)
        self._grid.setColumnStretch(last, 1)
        for down, row in enumerate(self.rows, start=1):
            self._grid.addWidget(label(row.tray_size, "strong"), down, 0)
            cells = [("base", row.base), *((state, getattr(row, figure)) for state, figure, _t in shown_states)]
            for at, (name, count) in enumerate(cells, start=1):
                shown = figures(number(count) if count else "–", "strong" if name in ("base", "available") else "")
                shown.setAccessibleName(
                    tr("{size} {state}: {count}", size=row.tray_size, state=name, count=number(count))
                )
                self._grid.addWidget(shown, down, at, right)
            bar = Bar()
            bar.show_row(row)
            self._grid.addWidget(bar, down, last)
            lost = figures(number(row.lost) if row.lost else "–")
            lost.setAccessibleName(tr("{size} lost: {count}", size=row.tray_size, count=number(row.lost)))
            self._grid.addWidget(lost, down, last + 1, right)

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    def _put(self, widget: QWidget) -> None:
        self._clear()
        self._grid.addWidget(widget, 0, 0)


def _chip(state: str) -> StatusChip:
    chip = StatusChip(state)
    chip.setMinimumWidth(chip.sizeHint().width())
    return chip
