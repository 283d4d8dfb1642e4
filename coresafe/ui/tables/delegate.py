"""How a cell is painted: tokens for its ground and words, chips for states, figures of one width for numbers."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from coresafe.ui.tables.model import NOT_YET, STATUS_ROLE, PagedModel
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets.chip import chip_width, paint_chip

_Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints every cell of a ``TableView``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hovered = -1
        self._fonts = (theme().font(), theme().figures())
        theme().changed.connect(self._new_fonts)

    def _new_fonts(self) -> None:
        self._fonts = (theme().font(), theme().figures())

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        found = index.data(STATUS_ROLE)
        if found is not None:
            return QSize(chip_width(found) + 2 * GRID, 4 * GRID)
        return QSize(QFontMetrics(self._fonts[1]).horizontalAdvance(str(index.data() or "")) + 3 * GRID, 4 * GRID)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        look, area = theme(), option.rect
        tokens = look.tokens
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        ground = tokens.selected if chosen else tokens.hover if index.row() == self.hovered else tokens.surface
        painter.fillRect(area, QColor(ground))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())

        model = index.model()
        pale = isinstance(model, PagedModel) and model.pale
        words = index.data(Qt.ItemDataRole.DisplayRole) or ""
        found = index.data(STATUS_ROLE)
        inner = area.adjusted(GRID, 0, -GRID, -1)
        if found is not None:
            paint_chip(painter, QRectF(inner), found, ratio=_ratio(painter), pale=pale)
        else:
            quiet = pale or words in (NOT_YET, "–")
            painter.setPen(QColor(tokens.muted if quiet else tokens.text))
            align = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
            painter.setFont(self._fonts[1 if align & Qt.AlignmentFlag.AlignRight else 0])
            metrics = painter.fontMetrics()
            shown = metrics.elidedText(words.replace("\n", " "), Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, int(align), shown)
        if state & QStyle.StateFlag.State_HasFocus:
            self._ring(painter, area, tokens.focus)

    def _ring(self, painter: QPainter, area: QRect, colour: str) -> None:
        painter.setPen(QPen(QColor(colour), 1))
        painter.drawRect(area.adjusted(0, 0, -1, -2))


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return device.devicePixelRatioF() if device is not None else 1.0
