"""Whether everything in a window has the room that its words need, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from coresafe.ui.forms.comparison import _Side
from coresafe.ui.tables.columns import Align
from coresafe.ui.tables.view import TableView
from coresafe.ui.theme import GRID, theme

#: What is added to text of a known width by frames and arrows.
_EDIT = 2 * GRID


def cut_off(widget: QWidget) -> Iterator[str]:
    """What is wrong with the room that a widget has."""
    yield from _words(widget)
    if isinstance(widget, (QAbstractButton, QLabel, QLineEdit, QComboBox, QAbstractSpinBox)):
        yield from _edges(widget)
    if isinstance(widget, TableView):
        yield from _columns(widget)


def _words(widget: QWidget) -> Iterator[str]:
    wide, high = widget.width(), widget.height()
    metrics = widget.fontMetrics()
    if isinstance(widget, QLabel) and widget.text():
        if widget.wordWrap():
            if widget.heightForWidth(wide) > high + 1:
                yield f"{widget.heightForWidth(wide)} high for its words, has {high}"
        elif widget.sizeHint().width() > wide + 1 or widget.minimumSizeHint().height() > high + 1:
            yield f"{widget.sizeHint().toTuple()} for its words, has {wide, high}"
    elif isinstance(widget, QAbstractButton) and widget.text() and not isinstance(widget, _Side):
        if widget.sizeHint().width() > wide + 1 or metrics.height() > high:
            yield f"{widget.sizeHint().width()} wide for its words, has {wide}"
    elif isinstance(widget, QLineEdit):
        room = wide - _EDIT - 28 * sum(part.isVisible() for part in widget.findChildren(QToolButton))
        if not widget.text() and metrics.horizontalAdvance(widget.placeholderText()) > room:
            yield f"{metrics.horizontalAdvance(widget.placeholderText())} wide for what it asks for, has {room}"
    elif isinstance(widget, QComboBox):
        need, room = metrics.horizontalAdvance(widget.currentText()), _room_in(widget)
        if need > room:
            yield f"{need} wide for its choice, has {room}"


def _room_in(box: QComboBox) -> int:
    """What the style leaves for the words."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box).width()


def _edges(widget: QWidget) -> Iterator[str]:
    """Whatever scrolls may stand below the edge; what does not must be seen whole."""
    scroll = _scrolled_in(widget)
    if scroll is None:
        empty = isinstance(widget, QLabel) and not widget.text() and widget.pixmap().isNull()
        if not empty and widget.visibleRegion().boundingRect() != widget.rect():
            yield f"seen in part only: {widget.visibleRegion().boundingRect().getRect()} of {widget.rect().getRect()}"
        return
    left = widget.mapTo(scroll.viewport(), QPoint(0, 0)).x()
    beyond = left < 0 or left + widget.width() > scroll.viewport().width()
    if beyond and scroll.horizontalScrollBar().maximum() == 0:
        yield f"from {left} to {left + widget.width()} in a pane of {scroll.viewport().width()}"


def _scrolled_in(widget: QWidget) -> QAbstractScrollArea | None:
    here = widget.parentWidget()
    while here is not None and not isinstance(here, QAbstractScrollArea):
        here = here.parentWidget()
    return here if here is not None and here.viewport().isAncestorOf(widget) else None


def _columns(view: TableView) -> Iterator[str]:
    """Headings whole; numbers and states whole. Names may be long: hovering and the detail tell all of them."""
    model, head = view._model, view.head
    bold = QWidget()
    bold.setFont(theme().font(0.92, QFont.Weight.DemiBold))
    for at, column in enumerate(model.columns):
        if view.isColumnHidden(at):
            continue
        wide = head.sectionSize(at)
        need = bold.fontMetrics().horizontalAdvance(column.heading) + 2 * GRID
        if need > wide:
            yield f"the heading {column.heading!r} needs {need}, has {wide}"
        if column.align is Align.LEFT and not column.states:
            continue
        rows = range(min(30, model.rowCount(QModelIndex())))
        words = max(
            (str(model.index(row, at).data(Qt.ItemDataRole.DisplayRole) or "") for row in rows), key=len, default=""
        )
        needs = max((view.sizeHintForIndex(model.index(row, at)).width() for row in rows), default=0) - GRID
        if needs > wide:
            yield f"the column {column.heading!r} needs {needs} for {words!r}, has {wide}"
