"""One chart as it stands in the window: axes and marks, what the mouse is over, and where the keyboard is."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from coresafe.ui.charts.axes import Names, Numbers
from coresafe.ui.charts.drawing import Mark, Marks
from coresafe.ui.charts.picture import Picture, Point, Shape
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import label
from coresafe.ui.words import tr

#: A point is met by the mouse within so many pixels; a bar too thin to be met is as thick.
_NEAR = 12.0
#: Above the highest value, for what is written over it.
_HEADROOM = 1.14
#: To the right of the longest bar, for the same.
_SIDE_ROOM = 1.2
#: Room for so many categories at least.
_FEWEST = 3
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Plot(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph ships no types
    """Shows a picture. Tab comes to it, the arrows go along its points, Enter opens one, and so does a click.

    Signals: ``opened(Point)``; ``menu_asked(QPoint)`` what can be done with the chart, at this point of the screen.
    """

    opened = Signal(object)
    menu_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.picture: Picture | None = None
        self._by_keys = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(20 * GRID, 12 * GRID)
        self.numbers, self.names = Numbers("left"), Names("bottom")
        self.box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.box.setMouseEnabled(False, False)
        self.marks = Marks(self._ticks)
        self.box.addItem(self.marks, ignoreBounds=True)
        self._layout = pg.GraphicsLayout()
        self._layout.layout.setContentsMargins(4, 2, 6, 4)
        self._layout.layout.setSpacing(0)
        self.setCentralItem(self._layout)
        self._layout.addItem(self.box, 0, 1)
        self.tip = label("", "tip", parent=self)
        self.tip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.tip.hide()
        self._shape: Shape | None = None
        theme().changed.connect(self._dress)
        self._dress()

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_picture(self, picture: Picture) -> None:
        """Draw it; the point that the keyboard is at stays, where there is one like it."""
        if picture == self.picture:
            return
        held = self.current
        self.picture = picture
        self._turn(picture.shape)
        self.numbers.percent, self.names.names = picture.percent, picture.categories
        across = picture.shape is Shape.ACROSS
        self.numbers.name(picture.across if across else picture.up)
        self.names.name(picture.up if across else picture.across)
        # A single bar is no thicker than one of a few.
        count = len(picture.categories)
        places = max(count, _FEWEST)
        self.names.places = places
        top = max(picture.top, 0.01 if picture.percent else 1.0)
        if across:
            room = QRectF(0, -0.5, top * _SIDE_ROOM, places)
        else:
            left = (count - places) / 2 - 0.5
            room = QRectF(left, 0, places, top * (1.06 if picture.percent else _HEADROOM))
        self.box.invertY(across)
        self.box.setRange(room, padding=0, disableAutoRange=True)
        self.marks.show(picture, room)
        for axis in (self.numbers, self.names):
            axis.picture = None  # the numbers may stand where they stood and say something else
            axis.update()
        self.setAccessibleName(f"{picture.title}, {picture.about}")
        self._hold(self._like(held) if held is not None and self.hasFocus() else None)

    def set_pale(self, pale: bool) -> None:
        """Without its colours, for what is not of now."""
        self.marks.pale = pale
        self.marks.update()

    @property
    def current(self) -> Mark | None:
        """The point that the mouse or the keyboard is at."""
        return self.marks.current

    def point(self, mark: Mark) -> Point:
        """What stands at a mark."""
        assert self.picture is not None  # it has marks
        return self.picture.series[mark.series].points[mark.at]

    def on_screen(self, mark: Mark) -> QRectF:
        """Where a mark is, in the widget's own pixels."""
        there = self.box.childGroup.mapRectToScene(mark.area)
        return QRectF(self.mapFromScene(there).boundingRect())

    def paint_into(self, painter: QPainter, area: QRectF) -> None:
        """Paint the chart without what only the screen shows."""
        held, self.marks.current = self.marks.current, None
        try:
            self.render(painter, area, self.viewport().rect(), Qt.AspectRatioMode.KeepAspectRatio)
        finally:
            self.marks.current = held

    def sizeHint(self) -> QSize:
        return QSize(48 * GRID, 28 * GRID)

    def _turn(self, shape: Shape) -> None:
        """The numbers stand at the left, or below where the bars lie."""
        across = shape is Shape.ACROSS
        if self._shape is not None and across == (self._shape is Shape.ACROSS):
            self._shape = shape
            return
        if self._shape is not None:
            for axis in (self.numbers, self.names):
                self._layout.removeItem(axis)
            self.numbers, self.names = Numbers("bottom" if across else "left"), Names("left" if across else "bottom")
        elif across:
            self.numbers, self.names = Numbers("bottom"), Names("left")
        self._shape = shape
        upright, level = (self.names, self.numbers) if across else (self.numbers, self.names)
        self._layout.addItem(upright, 0, 0)
        self._layout.addItem(level, 1, 1)
        for axis in (upright, level):
            axis.linkToView(self.box)

    def _ticks(self) -> list[float]:
        across = self._shape is Shape.ACROSS
        room = self.box.rect()
        top = self.marks.room.right() if across else self.marks.room.bottom()
        return self.numbers.values(top, room.width() / 1.6 if across else room.height())

    def _dress(self) -> None:
        self.setBackgroundBrush(QColor(theme().colour("surface")))
        for axis in (self.numbers, self.names):
            axis.dress()
        self.marks.update()
        self.viewport().update()

    # -- the mouse ------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        mark = self._met(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if mark is not None else Qt.CursorShape.ArrowCursor)
        if mark is not None or not self._by_keys:
            self._by_keys = False
            self._hold(mark)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        mark = self._met(event.position()) if event.button() is Qt.MouseButton.LeftButton else None
        if mark is not None:
            self._hold(mark)
            self.opened.emit(self.point(mark))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the window scrolls

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self._by_keys:
            self._hold(None)

    def contextMenuEvent(self, event: QEvent) -> None:
        self.menu_asked.emit(event.globalPos())  # type: ignore[attr-defined]  # it is a QContextMenuEvent

    def _met(self, place: QPointF) -> Mark | None:
        """The mark under the mouse; what has no value cannot be met."""
        if self.picture is None:
            return None
        line = self.picture.shape is Shape.LINE
        best: tuple[float, Mark] | None = None
        for mark in self.marks.marks:
            if not line and not self.point(mark).value:
                continue
            area = self.on_screen(mark)
            grown = area.adjusted(*_grown(area, _NEAR if line else 4.0))
            if grown.contains(place):
                away = (area.center() - place).manhattanLength()
                if best is None or away < best[0]:
                    best = away, mark
        return best[1] if best is not None else None

    # -- the keyboard ---------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self._by_keys = True
            self._hold(self.current or self._beginning())
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._by_keys = False
            self._hold(None)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in _STEPS and plain:
            self._step(*self._turned(*_STEPS[key]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and plain:
            self._end(last=key == Qt.Key.Key_End)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and plain:
            if self.current is not None:
                self.opened.emit(self.point(self.current))
        else:
            event.ignore()  # the window's own keys

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def _turned(self, along: int, series: int) -> tuple[int, int]:
        """Where the bars lie below each other, up and down go along them too."""
        if self.picture is not None and self.picture.shape is Shape.ACROSS:
            return along - series, 0
        return along, series

    def _stops(self) -> list[Mark]:
        """Where the keyboard stops: all that has a value."""
        line = self.picture is not None and self.picture.shape is Shape.LINE
        return [mark for mark in self.marks.marks if line or self.point(mark).value]

    def _beginning(self) -> Mark | None:
        stops = sorted(self._stops(), key=lambda mark: (mark.at, mark.series))
        if not stops or self.picture is None:
            return None
        at = stops[0].at if self.picture.first else stops[-1].at
        return next(mark for mark in stops if mark.at == at)

    def _step(self, along: int, series: int) -> None:
        here, stops = self.current, self._stops()
        self._by_keys = True
        if here is None:
            self._hold(self._beginning())
        elif along:
            ahead = [mark for mark in stops if (mark.at - here.at) * along > 0]
            if ahead:
                # The next category, and in it the same series, or else the one that comes nearest.
                self._hold(min(ahead, key=lambda mark: (abs(mark.at - here.at), abs(mark.series - here.series))))
        else:
            others = [mark for mark in stops if mark.at == here.at and (mark.series - here.series) * series > 0]
            if others:
                self._hold(min(others, key=lambda mark: abs(mark.series - here.series)))

    def _end(self, *, last: bool) -> None:
        stops = sorted(self._stops(), key=lambda mark: (mark.at, mark.series))
        if stops:
            self._by_keys = True
            self._hold(stops[-1] if last else stops[0])

    def _like(self, held: Mark) -> Mark | None:
        return next((mark for mark in self._stops() if (mark.series, mark.at) == (held.series, held.at)), None)

    # -- the value that is named ----------------------------------------------------------------------------------

    def _hold(self, mark: Mark | None) -> None:
        self.marks.current = mark
        self.marks.update()
        said = self.point(mark).said if mark is not None else ""
        hint = tr("Arrow keys go along the points, Enter opens the rows behind one.")
        self._describe(said or hint)
        self.tip.setVisible(mark is not None)
        if mark is not None:
            self.tip.setText(said)
            self.tip.adjustSize()
            self._place_tip(mark)

    def _describe(self, said: str) -> None:
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def _place_tip(self, mark: Mark) -> None:
        """Above the point, below it where there is no room, and never beyond the chart."""
        area, size = self.on_screen(mark), self.tip.size()
        left = round(min(max(0.0, area.center().x() - size.width() / 2), max(0, self.width() - size.width())))
        above = round(area.top()) - size.height() - 6
        self.tip.move(QPoint(left, above if above >= 0 else min(round(area.top()) + 10, self.height() - size.height())))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if getattr(self, "marks", None) is not None and self.current is not None:
            self._place_tip(self.current)

    def paintEvent(self, event: QEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(theme().colour("focus")), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            painter.end()


def _grown(area: QRectF, least: float) -> tuple[float, float, float, float]:
    """What is added at each side so that it is ``least`` pixels large at least."""
    wide, high = max(0.0, (2 * least - area.width()) / 2), max(0.0, (2 * least - area.height()) / 2)
    return -wide, -high, wide, high
