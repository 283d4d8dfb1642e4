"""Icons of one set (Lucide, ``resources/icons``), drawn in a token's colour, sharp at every scale, new with each theme."""

from __future__ import annotations

import atexit
import functools
from collections.abc import Callable
from weakref import ref

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from shiboken6 import isValid

from coresafe import paths


class UnknownIcon(LookupError):
    """There is no such icon in ``resources/icons``."""


@functools.cache
def _drawing(name: str) -> bytes:
    file = paths.resources() / "icons" / f"{name}.svg"
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise UnknownIcon(f"there is no icon {name!r} in {file.parent}") from error


@functools.lru_cache(maxsize=1024)
def pixmap(name: str, colour: str, side: int, ratio: float = 1.0) -> QPixmap:
    """The icon in a colour (``#rrggbb``), ``side`` logical pixels square, for a screen of this device pixel ratio."""
    pixels = round(side * ratio)
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    drawing = _drawing(name).replace(b"currentColor", colour.encode())
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@functools.lru_cache(maxsize=512)
def icon(name: str, colour: str, disabled: str, selected: str = "", side: int = 16, ratio: float = 1.0) -> QIcon:
    """The icon for a control: ``colour``, paler when disabled, ``selected`` where it lies on the accent or is checked.

    Drawn for one size and the sharpest screen only: a window has a hundred icons, and drawing is what they cost.
    """
    made = QIcon()
    modes = [(QIcon.Mode.Normal, colour), (QIcon.Mode.Active, colour), (QIcon.Mode.Disabled, disabled)]
    modes.append((QIcon.Mode.Selected, selected or colour))
    for mode, drawn in modes:
        made.addPixmap(pixmap(name, drawn, side, ratio), mode, QIcon.State.Off)
        if selected:
            made.addPixmap(pixmap(name, selected, side, ratio), mode, QIcon.State.On)
    return made


# Pictures must not outlive the application, which PySide6 takes down after this.
atexit.register(pixmap.cache_clear)
atexit.register(icon.cache_clear)


class Bound:
    """Things that carry an icon, given anew when the theme changes. Holds none of them alive."""

    def __init__(self) -> None:
        self._things: dict[int, tuple[ref[QObject], Callable[[QObject], None]]] = {}

    def add(self, thing: QObject, give: Callable[[QObject], None]) -> None:
        """Give ``thing`` its icon now and after every change."""
        give(thing)
        if len(self._things) > 256 and len(self._things) % 64 == 0:
            self._forget_the_dead()
        self._things[id(thing)] = (ref(thing), give)

    def give_all(self) -> None:
        """The theme has changed."""
        self._forget_the_dead()
        for weak, give in list(self._things.values()):
            thing = weak()
            if thing is not None:
                give(thing)

    def _forget_the_dead(self) -> None:
        for key, (weak, _give) in list(self._things.items()):
            thing = weak()
            if thing is None or not isValid(thing):
                del self._things[key]


def size(side: int) -> QSize:
    """A square."""
    return QSize(side, side)
