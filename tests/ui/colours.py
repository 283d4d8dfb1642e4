"""What is drawn, looked at: the colour of words or of a picture, and of the ground on which it stands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QListView, QTableView, QTreeView, QWidget

from coresafe.ui.theme.tokens import Tokens, as_dict, contrast
from coresafe.ui.widgets import Banner, StatusChip

#: Pixels for each of the window's: strokes are wide enough then to show their colour unmixed.
SHARP = 2
_CELLS = 60
Pixels = np.ndarray


class Sight:
    """One picture of a window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        picture = QImage(window.size() * SHARP, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(SHARP)
        window.render(picture)
        raw = np.frombuffer(picture.constBits(), dtype=np.uint32)
        self._pixels = raw.reshape(picture.height(), picture.bytesPerLine() // 4)[:, : picture.width()] & 0xFFFFFF

    def of(self, widget: QWidget, area: QRect) -> Pixels:
        """The pixels of a part of a widget, as far as it is seen."""
        seen = in_sight(widget, area)
        at = widget.mapTo(self._window, seen.topLeft())
        left, top = at.x() * SHARP, at.y() * SHARP
        return self._pixels[top : top + seen.height() * SHARP, left : left + seen.width() * SHARP]


def shown_on(pixels: Pixels) -> tuple[str, str, float] | None:
    """The colour that stands out most, its ground (what most of it is), and their contrast; None for one colour alone."""
    found, counts = np.unique(pixels, return_counts=True)
    if len(found) < 2:
        return None
    ground = f"#{found[counts.argmax()]:06x}"
    # A colour that only a few pixels have is a mixture at an edge.
    solid = found[counts >= max(4, SHARP * SHARP)]
    ranked = [(contrast(f"#{colour:06x}", ground), f"#{colour:06x}") for colour in solid]
    most, colour = max(ranked)
    return (colour, ground, most) if colour != ground else None


def named(tokens: Tokens) -> dict[str, set[str]]:
    """The tokens that have a colour, by the colour."""
    names: dict[str, set[str]] = {}
    for name, colour in as_dict(tokens).items():
        names.setdefault(colour, set()).add(name)
    return names


def in_sight(widget: QWidget, area: QRect) -> QRect:
    """The part of an area of a widget that a person sees."""
    return widget.visibleRegion().boundingRect().intersected(area)


def likeness(widget: QWidget, words: str) -> tuple[object, ...]:
    """What makes two things look alike: kinds and states of the widget and of what it stands in; of cells, their words."""
    chain: list[object] = [type(widget).__name__, widget.isEnabled()]
    if isinstance(widget, QAbstractButton):
        chain += [widget.isChecked(), widget.underMouse()]
    if isinstance(widget, QLineEdit):
        chain += [bool(widget.text()), widget.isReadOnly(), widget.property("wrong")]
    if isinstance(widget.parentWidget(), (QTableView, QListView, QTreeView)) or isinstance(widget, StatusChip):
        chain.append(words)
    here: QWidget | None = widget
    while here is not None:
        chain += [type(here).__name__, here.property("kind")]
        if isinstance(here, Banner):
            chain.append(here.message.level)
        here = here.parentWidget()
    return tuple(chain)


def words_in(widget: QWidget) -> Iterator[tuple[str, QWidget, QRect]]:
    """Where a widget shows words: what they are, the widget drawn on, and the place."""
    inner = widget.rect().adjusted(4, 4, -4, -4)
    if isinstance(widget, QLabel):
        if widget.text():
            yield widget.text(), widget, widget.rect()
    elif isinstance(widget, QAbstractButton):
        if widget.text():
            yield widget.text(), widget, inner
    elif isinstance(widget, QLineEdit):
        if widget.text() or widget.placeholderText():
            yield widget.text() or widget.placeholderText(), widget, inner
    elif isinstance(widget, QComboBox):
        yield widget.currentText(), widget, inner.adjusted(0, 0, -28, 0)
    elif isinstance(widget, StatusChip):
        yield widget.accessibleName(), widget, widget.rect()
    elif isinstance(widget, (QTableView, QListView, QTreeView)):
        yield from _cells(widget)


def pictures_in(widget: QWidget) -> Iterator[tuple[str, QWidget, QRect]]:
    """Where a widget shows a picture and nothing else."""
    if isinstance(widget, QLabel) and not widget.pixmap().isNull():
        yield widget.accessibleName() or "picture", widget, widget.rect()
    elif isinstance(widget, QAbstractButton) and not widget.text() and not widget.icon().isNull():
        yield widget.accessibleName(), widget, widget.rect().adjusted(4, 4, -4, -4)


def _cells(view: QTableView | QListView | QTreeView) -> Iterator[tuple[str, QWidget, QRect]]:
    model, port = view.model(), view.viewport()
    columns = range(20 if isinstance(view, QTableView) else 1)
    count = 0
    at = view.indexAt(port.rect().topLeft())
    row = max(0, at.row()) if at.isValid() else 0
    while row < model.rowCount(QModelIndex()) and count < _CELLS:
        for column in columns:
            index = model.index(row, column)
            if not index.isValid():
                break
            place = view.visualRect(index).intersected(port.rect())
            words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
            if words and place.width() > 24 and place.height() > 12:
                count += 1
                yield words, port, place.adjusted(4, 3, -4, -3)
        row += 1
