"""The order of reading, which is the order of Tab: from the top down, in a line from left to right, part by part.

Qt's own order is that in which widgets were made: a message, a comparison or a line that comes later would be last in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QMainWindow,
    QScrollBar,
    QSplitter,
    QSplitterHandle,
    QToolButton,
    QWidget,
)

#: What is one thing for a person, whatever parts Qt makes it of.
_WHOLE = (QComboBox, QLineEdit, QAbstractSpinBox)


class ReadingOrder:
    """Stands before Qt's class among the bases of a window, and lets Tab go through it as one reads."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go to the next place, or the one before; from the last to the first."""
        assert isinstance(self, QWidget)
        here = QApplication.focusWidget()
        there = beside(self, here, forward=forward)
        if there is None:
            return False
        there.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True


def beside(window: QWidget, here: QWidget | None, *, forward: bool = True) -> QWidget | None:
    """Where Tab goes on to from a widget (or from the beginning); None where there is nothing to go to."""
    parts = list(as_read(window))
    at = parts.index(here) if here in parts else -1 if forward else 0
    ahead = [*parts[at + 1 :], *parts[: at + 1]] if forward else [*parts[:at][::-1], *parts[at:][::-1]]
    return next((part for part in ahead if is_stop(part)), None)


def first_stop(within: QWidget) -> QWidget | None:
    """Where Tab comes to first in a part of a window."""
    return next((part for part in as_read(within) if is_stop(part)), None)


def is_stop(widget: QWidget) -> bool:
    """Whether Tab stops at it."""
    tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(tab) and widget.isEnabled() and widget.focusProxy() is None


def as_read(widget: QWidget) -> Iterator[QWidget]:
    """The visible parts of a widget in the order of reading, each before its own parts."""
    if isinstance(widget, _WHOLE):
        return
    for part in _parts(widget):
        if part.isVisible():
            yield part
            yield from as_read(part)


def _parts(widget: QWidget) -> list[QWidget]:
    """Its own parts: as they are laid out, then those that lie over it, from the top down."""
    laid: list[QWidget] = []
    if isinstance(widget, QMainWindow):
        laid = [part for part in (widget.centralWidget(), widget.statusBar()) if part is not None]
    elif isinstance(widget, QSplitter):
        laid = [part for at in range(widget.count()) if (part := widget.widget(at)) is not None]
    elif isinstance(widget, QAbstractScrollArea):
        laid = [widget.viewport()]
    elif (layout := widget.layout()) is not None:
        laid = list(_in_layout(layout))
    known = set(laid)
    over = [
        child
        for child in widget.children()
        if isinstance(child, QWidget) and child not in known and not child.isWindow() and not _is_furniture(child)
    ]
    return laid + sorted(over, key=lambda child: (child.y(), child.x()))


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    """What is laid out, in order.

    Its items are never taken in hand: what Python holds of a gap outlives it, and would be found again in the place of
    another layout.
    """
    owner = layout.parentWidget()
    parts = owner.children() if owner is not None else []
    places: list[tuple[int, QWidget | QLayout]]
    places = [(layout.indexOf(part), part) for part in parts if isinstance(part, QWidget)]
    places += [(layout.indexOf(inner), inner) for inner in layout.children() if isinstance(inner, QLayout)]
    if isinstance(layout, QGridLayout):
        order = {at: layout.getItemPosition(at)[:2] for at, _part in places if at >= 0}  # type: ignore[index]
        places.sort(key=lambda place: order.get(place[0], (0, 0)))
    else:
        places.sort(key=lambda place: place[0])
    for at, part in places:
        if isinstance(part, QLayout):
            yield from _in_layout(part)
        elif at >= 0:
            yield part


def _is_furniture(child: QWidget) -> bool:
    """What a view makes for itself and no key goes to."""
    scroll = isinstance(child, (QScrollBar, QSplitterHandle))
    return scroll or (isinstance(child, QToolButton) and isinstance(child.parent(), QLineEdit))
