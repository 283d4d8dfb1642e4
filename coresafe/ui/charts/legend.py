"""Which colour and pattern is what: painted in the window and in saved pictures alike."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from coresafe.ui.charts.drawing import fill
from coresafe.ui.charts.picture import Series
from coresafe.ui.theme import GRID, theme

_SWATCH = QSize(20, 12)
_SMALL = 0.92


class Legend(QWidget):
    """The names of the series in a line, or in as many lines as they need."""

    def __init__(self) -> None:
        super().__init__()
        self._series: tuple[Series, ...] = ()
        self._pale = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._fit)

    def show_series(self, series: tuple[Series, ...]) -> None:
        """Name these; one alone needs no name, the title is its name."""
        self._series = series if len(series) > 1 else ()
        self.setVisible(bool(self._series))
        self._fit()
        self.update()

    def set_pale(self, pale: bool) -> None:
        """Without its colours, for what is not of now."""
        self._pale = pale
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its lines. Not by asking the layout: a page that scrolls would take it for as high as it likes."""
        places = self._places(max(self.width(), 20 * GRID))
        self.setFixedHeight(round(places[-1].bottom()) if places else 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_on(painter, QPointF(0, 0), self.width())
        painter.end()

    def paint_on(self, painter: QPainter, origin: QPointF, width: float) -> None:
        """Paint it with its upper left corner there."""
        painter.setFont(theme().font(_SMALL))
        for series, place in zip(self._series, self._places(width), strict=True):
            area = place.translated(origin)
            top = area.center().y() - _SWATCH.height() / 2
            swatch = QRectF(area.left(), top, _SWATCH.width(), _SWATCH.height())
            fill(painter, swatch, series.token, series.pattern, pale=self._pale)
            painter.setPen(QColor(theme().colour("muted" if self._pale else "text")))
            words = area.adjusted(_SWATCH.width() + 6, 0, 0, 0)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), series.name)

    def _line(self) -> float:
        return QFontMetricsF(theme().font(_SMALL)).height() + 4

    def _places(self, width: float) -> list[QRectF]:
        metrics, line = QFontMetricsF(theme().font(_SMALL)), self._line()
        places: list[QRectF] = []
        left = top = 0.0
        for series in self._series:
            wide = _SWATCH.width() + 6 + metrics.horizontalAdvance(series.name) + 2
            if left and left + wide > width:
                left, top = 0.0, top + line
            places.append(QRectF(left, top, wide, line))
            left += wide + 2 * GRID
        return places
