"""The marks of a chart: bars, lines, their patterns and values, painted in the pixels of the screen or of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from coresafe.ui.charts.picture import Pattern, Picture, Shape
from coresafe.ui.theme import theme
from coresafe.ui.words import number

#: Of the place of a category, what its bars take.
_FILLED = 0.72
_RADIUS = 4.0
_HATCH = {
    Pattern.RISING: Qt.BrushStyle.BDiagPattern,
    Pattern.FALLING: Qt.BrushStyle.FDiagPattern,
    Pattern.CROSSED: Qt.BrushStyle.DiagCrossPattern,
    Pattern.LEVEL: Qt.BrushStyle.HorPattern,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One point as it is drawn: which series and category, and its bar in the units of the axes."""

    series: int
    at: int
    area: QRectF


def fill(painter: QPainter, area: QRectF, token: str, pattern: Pattern, *, pale: bool = False) -> None:
    """A bar, or the sample of one in a legend."""
    colour = QColor(theme().colour("border" if pale else token))
    painter.fillRect(area, colour)
    if pattern in _HATCH:
        over = QColor(theme().colour("surface"))
        over.setAlpha(190)
        painter.fillRect(area, QBrush(over, _HATCH[pattern]))


class Marks(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph ships no types
    """All marks of a picture. Everything is painted in pixels, so that patterns and words keep their size."""

    def __init__(self, ticks: Callable[[], list[float]]) -> None:
        super().__init__()
        self._ticks = ticks
        self._picture: Picture | None = None
        self.marks: list[Mark] = []
        self.current: Mark | None = None
        self.pale = False
        self.room = QRectF(0, 0, 1, 1)

    def show(self, picture: Picture, room: QRectF) -> None:
        """Draw this; ``room`` is what the axes span."""
        self.prepareGeometryChange()
        self._picture, self.room = picture, room
        self.marks = list(_marks(picture))
        self.current = None
        self.update()

    def boundingRect(self) -> QRectF:
        return self.room

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        picture = self._picture
        if picture is None:
            return
        scale = self.sceneTransform()
        painter.save()
        painter.scale(1 / scale.m11(), 1 / scale.m22())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

        def pixels(area: QRectF) -> QRectF:
            left, right = area.left() * scale.m11(), area.right() * scale.m11()
            top, bottom = area.top() * scale.m22(), area.bottom() * scale.m22()
            return QRectF(QPointF(min(left, right), min(top, bottom)), QPointF(max(left, right), max(top, bottom)))

        room = pixels(self.room)
        self._lines(painter, room, scale.m11(), scale.m22())
        if picture.shape is Shape.LINE:
            self._line(painter, pixels)
        else:
            for mark in self.marks:
                series = picture.series[mark.series]
                fill(painter, _gapped(pixels(mark.area), picture.shape), series.token, series.pattern, pale=self.pale)
        if picture.labelled:
            self._values(painter, room, pixels)
        if self.current is not None:
            self._ring(painter, pixels(self.current.area))
        painter.restore()

    def _lines(self, painter: QPainter, room: QRectF, across: float, up: float) -> None:
        """At each number of the axis, thin, behind everything."""
        painter.setPen(QPen(QColor(theme().colour("line")), 1))
        for value in self._ticks():
            if self._picture is not None and self._picture.shape is Shape.ACROSS:
                painter.drawLine(QPointF(value * across, room.top()), QPointF(value * across, room.bottom()))
            else:
                painter.drawLine(QPointF(room.left(), value * up), QPointF(room.right(), value * up))

    def _line(self, painter: QPainter, pixels: Callable[[QRectF], QRectF]) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        assert self._picture is not None  # it is being painted
        crowded = len(self._picture.categories) > 60
        for number_, series in enumerate(self._picture.series):
            colour = QColor(theme().colour("border" if self.pale else series.token))
            path = QPainterPath()
            before = None
            mine = [mark for mark in self.marks if mark.series == number_]
            for mark in mine:
                there = pixels(mark.area).center()
                # A month in which nothing was closed has no rate: the line does not run through it.
                if before is not None and mark.at == before + 1:
                    path.lineTo(there)
                else:
                    path.moveTo(there)
                before = mark.at
            plain = series.pattern is Pattern.PLAIN
            painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine if plain else Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)
            if crowded and not self._picture.percent:
                continue  # a line for each is enough
            painter.setBrush(colour)
            painter.setPen(QPen(QColor(theme().colour("surface")), 1.5))
            for mark in mine:
                painter.drawEllipse(pixels(mark.area).center(), *(2 * (2.0 if crowded else _RADIUS,)))

    def _values(self, painter: QPainter, room: QRectF, pixels: Callable[[QRectF], QRectF]) -> None:
        """What each bar comes to, at its end."""
        picture = self._picture
        assert picture is not None  # it is being painted
        painter.setFont(theme().figures(0.92))
        painter.setPen(QColor(theme().colour("muted" if self.pale else "text")))
        metrics = painter.fontMetrics()
        for at, total in enumerate(picture.totals()):
            if not total:
                continue
            words = number(int(total))
            width, height = metrics.horizontalAdvance(words) + 2.0, float(metrics.height())
            if picture.shape is Shape.ACROSS:
                end = pixels(QRectF(0, at - _FILLED / 2, total, _FILLED))
                place = QRectF(end.right() + 6, end.center().y() - height / 2, width, height)
            else:
                end = pixels(QRectF(at - _FILLED / 2, 0, _FILLED, total))
                place = QRectF(end.center().x() - width / 2, end.top() - height - 2, width, height)
                if width > room.width() / max(1, len(picture.categories)):
                    continue  # no room: hovering says it
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), words)

    def _ring(self, painter: QPainter, area: QRectF) -> None:
        """Around the point that the mouse or the keyboard is at."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme().colour("text")), 2))
        assert self._picture is not None  # it is being painted
        if self._picture.shape is Shape.LINE:
            painter.drawEllipse(area.center(), _RADIUS + 3, _RADIUS + 3)
        else:
            painter.drawRect(area.adjusted(-1, -1, 1, 1))


def _gapped(area: QRectF, shape: Shape) -> QRectF:
    """A hair apart from the next one, where there is room for it."""
    if shape is Shape.STACKED and area.height() > 3:
        return area.adjusted(0, 0.5, 0, -0.5)
    if shape in (Shape.BESIDE, Shape.ACROSS) and area.width() > 3:
        return area.adjusted(0.5, 0, -0.5, 0)
    return area


def _marks(picture: Picture) -> Iterator[Mark]:
    """Every point that has a value, from the first series to the last."""
    below = [0.0] * len(picture.categories)
    count = max(1, len(picture.series))
    for number_, series in enumerate(picture.series):
        for at, point in enumerate(series.points):
            value = point.value
            if value is None:
                continue
            if picture.shape is Shape.LINE:
                area = QRectF(at, value, 0, 0)
            elif picture.shape is Shape.ACROSS:
                area = QRectF(below[at], at - _FILLED / 2, value, _FILLED)
                below[at] += value
            elif picture.shape is Shape.BESIDE:
                width = _FILLED / count
                area = QRectF(at - _FILLED / 2 + number_ * width, 0, width, value)
            else:
                area = QRectF(at - _FILLED / 2, below[at], _FILLED, value)
                below[at] += value
            yield Mark(number_, at, area)
