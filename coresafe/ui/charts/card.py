"""A chart with its title, its legend and what can be done with it: saved as a picture, copied."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QImageWriter, QKeySequence, QPainter, QShortcut
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QStackedWidget, QVBoxLayout

from coresafe.ui.charts.legend import Legend
from coresafe.ui.charts.picture import Picture, Point
from coresafe.ui.charts.plot import Plot
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import icon_button, label
from coresafe.ui.words import tr

#: How much finer than on the screen a saved picture is.
_FINE = 2.0


class ChartCard(QFrame):
    """One chart of the window.

    Signals: ``opened(Point)`` the rows behind a point; ``save_asked(card, kind)`` as a file, *png* or *svg*;
    ``copied(str)`` a picture is on the clipboard, with its title.
    """

    opened = Signal(object)
    save_asked = Signal(object, str)
    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.title = label("", "section")
        self.about = label("", "small")
        self.menu_button = icon_button("ellipsis", tr("Save or copy this chart"))
        self.menu = QMenu(self)
        self.menu_button.clicked.connect(
            lambda: self._pop_up(self.menu_button.mapToGlobal(QPoint(0, self.menu_button.height())))
        )
        self.legend = Legend()
        self.plot = Plot()
        self.plot.opened.connect(self.opened)
        self.plot.menu_asked.connect(self._pop_up)
        self.nothing = _Still()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.nothing)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.about)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addLayout(words, 1)
        head.addWidget(self.menu_button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID + 2, GRID, GRID)
        column.setSpacing(GRID // 2)
        column.addLayout(head)
        column.addWidget(self.legend)
        column.addWidget(self._stack, 1)
        self._fill_menu()
        for keys, do in (
            (QKeySequence.StandardKey.Copy, self.copy),
            (QKeySequence.StandardKey.Save, partial(self._ask, "png")),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    def show_picture(self, picture: Picture) -> None:
        """Show this chart; what is as it was is not drawn again."""
        self.title.setText(picture.title)
        self.about.setText(picture.about)
        self.about.setToolTip(picture.about)
        self.legend.show_series(picture.series if not picture.is_empty else ())
        self.menu_button.setAccessibleName(tr("Save or copy “{title}”", title=picture.title))
        self.nothing.setText(picture.empty)
        self._stack.setCurrentWidget(self.nothing if picture.is_empty else self.plot)
        self.plot.show_picture(picture)

    @property
    def picture(self) -> Picture | None:
        """What is shown."""
        return self.plot.picture

    @property
    def is_empty(self) -> bool:
        """Whether it shows that there is nothing."""
        return self._stack.currentWidget() is self.nothing

    def point(self) -> Point | None:
        """The point that the mouse or the keyboard is at."""
        return self.plot.point(self.plot.current) if self.plot.current is not None else None

    # -- as a picture ---------------------------------------------------------------------------------------------

    def image(self) -> QImage:
        """The chart with its title and legend, twice as fine as on the screen."""
        made = QImage(self.size() * _FINE, QImage.Format.Format_RGB32)
        made.setDevicePixelRatio(_FINE)
        painter = QPainter(made)
        self._paint(painter)
        painter.end()
        return made

    def png(self) -> bytes:
        """The same as the bytes of a PNG file."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, b"png").write(self.image())
        return bytes(buffer.data().data())

    def svg(self) -> bytes:
        """The chart as the bytes of an SVG file: sharp at any size."""
        buffer = QBuffer()
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(self.size())
        generator.setViewBox(QRectF(QPointF(0, 0), self.size().toSizeF()))
        generator.setTitle(self.title.text())
        generator.setDescription(self.about.text())
        painter = QPainter(generator)
        self._paint(painter)
        painter.end()
        return bytes(buffer.data().data())

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self.image())
        self.copied.emit(self.title.text())

    def file_name(self) -> str:
        """What a file of it is called, without its ending."""
        return f"{self.title.text()} ({self.about.text()})".replace("/", "-").replace(":", "")

    def _paint(self, painter: QPainter) -> None:
        look = theme()
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(QRectF(QPointF(0, 0), self.size().toSizeF()), QColor(look.colour("surface")))
        for words, font, token in (
            (self.title, look.font(1.15, QFont.Weight.DemiBold), "text"),
            (self.about, look.font(0.92), "muted"),
        ):
            painter.setFont(font)
            painter.setPen(QColor(look.colour(token)))
            place = QRectF(QPointF(words.mapTo(self, QPoint(0, 0))), words.size().toSizeF())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words.text())
        if self.legend.isVisibleTo(self):
            self.legend.paint_on(painter, QPointF(self.legend.mapTo(self, QPoint(0, 0))), self.legend.width())
        shown = self._stack.currentWidget()
        place = QRectF(QPointF(shown.mapTo(self, QPoint(0, 0))), shown.size().toSizeF())
        if shown is self.plot:
            self.plot.paint_into(painter, place)
        else:
            painter.setFont(look.font())
            painter.setPen(QColor(look.colour("muted")))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), self.nothing.text())

    # -- the menu -------------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        entries: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("download", tr("Save as &PNG…\tCtrl+S"), partial(self._ask, "png")),
            ("download", tr("Save as &SVG…"), partial(self._ask, "svg")),
            ("copy", tr("&Copy the picture\tCtrl+C"), self.copy),
        )
        for icon, words, do in entries:
            action = self.menu.addAction(words)
            theme().dress(action, icon)
            action.triggered.connect(lambda _checked=False, do=do: do())

    def _ask(self, kind: str) -> None:
        self.save_asked.emit(self, kind)

    def _pop_up(self, at: QPoint) -> None:
        self.menu.popup(at)

    def sizeHint(self) -> QSize:
        return QSize(52 * GRID, 40 * GRID)


class _Still(QLabel):
    """A sentence in the middle of its place, which is as high as the layout says."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "muted")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def hasHeightForWidth(self) -> bool:
        return False


def write(content: bytes, path: Path) -> None:
    """Write a picture whole or not at all. Raises OSError."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
