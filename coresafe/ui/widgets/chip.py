"""A state as a chip: icon, word and colour. Painted the same in a page and in a table's cell."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from coresafe.ui.theme import GRID, ICON, Status, status, theme
from coresafe.ui.widgets.labels import show_if

_HEIGHT = 24
_FONT_SIZE = 0.95


def chip_font() -> QFont:
    """The font of a chip's word."""
    return theme().font(_FONT_SIZE, QFont.Weight.Medium)


def chip_width(found: Status) -> int:
    """How wide the chip of this status is."""
    return GRID + ICON + 6 + QFontMetrics(chip_font()).horizontalAdvance(found.text) + GRID + 2


def paint_chip(painter: QPainter, area: QRectF, found: Status, *, ratio: float = 1.0, pale: bool = False) -> None:
    """Paint a status at the left of ``area``, centred in height; ``pale`` when what it tells is not of now."""
    look = theme()
    tone = "neutral" if pale else found.tone
    height = min(float(_HEIGHT), area.height() - 2)
    width = min(float(chip_width(found)), area.width())
    box = QRectF(area.left(), area.center().y() - height / 2, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.colour(f"{tone}_fill")))
    painter.drawRoundedRect(box, height / 2, height / 2)
    picture = look.pixmap(found.icon, tone, ICON, ratio)
    painter.drawPixmap(
        QRectF(box.left() + GRID - 1, box.center().y() - ICON / 2, ICON, ICON), picture, QRectF(picture.rect())
    )
    painter.setPen(QColor(look.colour(tone)))
    painter.setFont(chip_font())
    left = box.left() + GRID - 1 + ICON + 6
    words = QRectF(left, box.top(), box.right() - left - 4, box.height())
    said = QFontMetrics(painter.font()).elidedText(found.text, Qt.TextElideMode.ElideRight, int(words.width()) + 1)
    painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), said)
    painter.restore()


class StatusChip(QWidget):
    """A status in a page."""

    def __init__(self, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._status: Status | None = None
        self._pale = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)
        self.set_key(key)

    def set_key(self, key: str) -> None:
        """Show another status; "" for none."""
        self._status = status(key) if key else None
        self.setAccessibleName(self._status.text if self._status else "")
        show_if(self, self._status is not None)
        self.updateGeometry()
        self.update()

    def set_pale(self, pale: bool) -> None:
        """Without its colour, for what is not of now."""
        self._pale = pale
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(chip_width(self._status) if self._status else 0, _HEIGHT + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._status is not None:
            painter = QPainter(self)
            area = QRectF(self.rect())
            paint_chip(painter, area, self._status, ratio=self.devicePixelRatioF(), pale=self._pale)
            painter.end()
