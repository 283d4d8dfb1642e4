"""The heads of the columns: words, the arrow of the sort, the chooser of columns."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from coresafe.ui.tables.columns import Align
from coresafe.ui.tables.model import PagedModel
from coresafe.ui.theme import GRID, theme
from coresafe.ui.words import tr

#: The columns that are shown, from left to right, each with its width in pixels at 100 %; 0 where it fits the window.
Arrangement = list[list[str | int]]

_ARROW = 14
_SIDES = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight,
    Align.CENTRE: Qt.AlignmentFlag.AlignHCenter,
}


class Header(QHeaderView):
    """Columns that nobody has sized fill the width there is.

    ``by_hand``: somebody has sized them, so that they stay as they are. Signals: ``sort_asked(column, Qt.SortOrder)`` a
    head was clicked; ``arranged()`` columns were moved, sized, chosen.
    """

    sort_asked = Signal(int, Qt.SortOrder)
    arranged = Signal()

    def __init__(self, model: PagedModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._model = model
        self._over = -1
        self.by_hand = False
        self.quiet = False  # what changes now is not a person's doing
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(6 * GRID)
        self.setFixedHeight(4 * GRID + 2)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda at: self.choose(self.mapToGlobal(at)))
        self.sectionClicked.connect(self._clicked)
        self.sectionMoved.connect(lambda *_which: None if self.quiet else self.arranged.emit())
        self.sectionResized.connect(lambda *_which: self._sized())
        self._scale = theme().scale
        theme().changed.connect(self._rescale)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), 4 * GRID + 2)

    def _rescale(self) -> None:
        """Text has another size: the columns keep their share of it, and one that is hidden comes back as declared."""
        grown, self._scale = theme().scale / self._scale, theme().scale
        if grown != 1:
            with self.quietly():
                for at, column in enumerate(self._model.columns):
                    now = column.width * theme().scale if self.isSectionHidden(at) else self.sectionSize(at) * grown
                    self.resizeSection(at, round(now))
            self.fit()

    def start(self) -> None:
        """The columns as they are declared."""
        self.by_hand = False
        with self.quietly():
            for at, column in enumerate(self._model.columns):
                self.resizeSection(at, round(column.width * theme().scale))
                self.setSectionHidden(at, not column.shown)

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """What changes in this block is not a person's doing: it is neither kept nor taken for a wish."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before

    def _sized(self) -> None:
        if not self.quiet:
            self.by_hand = True
            self.arranged.emit()

    def fit(self) -> None:
        """Give the columns of words the width that is left over, so that a table fills its place; unless sized by hand."""
        if self.by_hand or not self.count():
            return
        scale, columns = theme().scale, self._model.columns
        shown = [at for at in range(self.count()) if not self.isSectionHidden(at)]
        widths = {at: round(columns[at].width * scale) for at in shown}
        spare = self.viewport().width() - sum(widths.values())
        wide = [at for at in shown if columns[at].align is Align.LEFT and not columns[at].states]
        total = sum(columns[at].width for at in wide)
        if spare > 0 and total:
            for at in wide:
                widths[at] += spare * columns[at].width // total
        with self.quietly():
            for at, width in widths.items():
                self.resizeSection(at, width)

    def arrangement(self) -> Arrangement:
        """The columns as they stand, to be written down."""
        shown = [at for at in map(self.logicalIndex, range(self.count())) if not self.isSectionHidden(at)]
        return [
            [self._model.columns[at].key, round(self.sectionSize(at) / theme().scale) if self.by_hand else 0]
            for at in shown
        ]

    def arrange(self, wanted: Arrangement) -> None:
        """Columns as they were written down; those that are not declared any more are left out."""
        known = {column.key: at for at, column in enumerate(self._model.columns)}
        places = [(known[str(key)], int(width)) for key, width in wanted if str(key) in known]
        if not places or self.arrangement() == wanted:
            return
        self.by_hand = any(width for _at, width in places)
        with self.quietly():
            for visual, (at, width) in enumerate(places):
                self.setSectionHidden(at, False)
                self.moveSection(self.visualIndex(at), visual)
                self.resizeSection(at, round((width or self._model.columns[at].width) * theme().scale))
            shown = {at for at, _width in places}
            for at in range(self.count()):
                self.setSectionHidden(at, at not in shown)
        self.fit()
        self.arranged.emit()

    def menu(self) -> QMenu:
        """The columns to choose from; the last one shown cannot be taken away."""
        made = QMenu(tr("Columns"), self)
        shown = [at for at in range(self.count()) if not self.isSectionHidden(at)]
        for visual in range(self.count()):
            at = self.logicalIndex(visual)
            action = made.addAction(self._model.columns[at].heading)
            action.setCheckable(True)
            action.setChecked(at in shown)
            action.setEnabled(len(shown) > 1 or at not in shown)
            action.toggled.connect(lambda wanted, at=at: self.show_column(at, wanted))
        made.addSeparator()
        made.addAction(tr("As at the beginning")).triggered.connect(lambda _checked=False: self.as_declared())
        return made

    def choose(self, at: QPoint) -> None:
        """Let the person choose the columns."""
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def show_column(self, at: int, wanted: bool) -> None:
        """Show or hide a column."""
        with self.quietly():
            self.setSectionHidden(at, not wanted)
        self.fit()
        self.arranged.emit()

    def as_declared(self) -> None:
        """All columns as they were declared, in their own order."""
        for at in range(self.count()):
            self.moveSection(self.visualIndex(at), at)
        self.start()
        self.fit()
        self.arranged.emit()

    def _clicked(self, at: int) -> None:
        column = self._model.columns[at]
        if not column.sort:
            return
        up = self._model.query.sort == column.sort
        first_down = column.align is Align.RIGHT and self._model.query.sort.lstrip("-") != column.sort
        order = Qt.SortOrder.DescendingOrder if up or first_down else Qt.SortOrder.AscendingOrder
        self.sort_asked.emit(at, order)

    # -- by keys --------------------------------------------------------------------------------------------------

    def by_key(self, event: QKeyEvent, at: int) -> bool:
        """What the mouse does to a head, done by keys to column ``at``; False where it is none of these keys.

        Alt with Up and Down sorts, with Left and Right moves the column, and with Shift makes it narrower or wider.
        """
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if modifiers & ~Qt.KeyboardModifier.ShiftModifier != Qt.KeyboardModifier.AltModifier or at < 0:
            return False
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not shift:
            self.sort_by(at, down=key == Qt.Key.Key_Down)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = -1 if key == Qt.Key.Key_Left else 1
            if shift:
                self.resizeSection(at, max(self.minimumSectionSize(), self.sectionSize(at) + step * 2 * GRID))
            else:
                self._move(at, step)
        else:
            return False
        return True

    def sort_by(self, at: int, *, down: bool) -> None:
        """Sort by a column, if the rows can be sorted by it."""
        if self._model.columns[at].sort:
            self.sort_asked.emit(at, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)

    def _move(self, at: int, step: int) -> None:
        """Past the next column that is shown."""
        to = self.visualIndex(at) + step
        while 0 <= to < self.count() and self.isSectionHidden(self.logicalIndex(to)):
            to += step
        if 0 <= to < self.count():
            self.moveSection(self.visualIndex(at), to)

    # -- by mouse -------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.logicalIndexAt(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, at: int) -> None:
        if at != self._over:
            self._over = at
            self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        look = theme()
        tokens, column = look.tokens, self._model.columns[logical]
        sort = self._model.query.sort
        sorted_by = bool(column.sort) and sort.lstrip("-") == column.sort
        over = logical == self._over and bool(column.sort)
        painter.save()
        painter.fillRect(rect, QColor(tokens.hover if over else tokens.sunken))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight().x(), rect.top() + GRID, rect.topRight().x(), rect.bottom() - GRID)
        inner = rect.adjusted(GRID, 0, -GRID, -1)
        if sorted_by:
            picture = look.pixmap(
                "arrow-down" if sort.startswith("-") else "arrow-up", "accent", _ARROW, self.devicePixelRatioF()
            )
            left = inner.left() if column.align is Align.RIGHT else inner.right() - _ARROW
            painter.drawPixmap(
                QRectF(left, inner.center().y() - _ARROW / 2, _ARROW, _ARROW), picture, QRectF(picture.rect())
            )
            shift = _ARROW + 4
            inner = inner.adjusted(shift, 0, 0, 0) if column.align is Align.RIGHT else inner.adjusted(0, 0, -shift, 0)
        painter.setFont(look.font(0.92, QFont.Weight.DemiBold))
        painter.setPen(QColor(tokens.text if sorted_by or over else tokens.muted))
        said = painter.fontMetrics().elidedText(column.heading, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(_SIDES[column.align] | Qt.AlignmentFlag.AlignVCenter), said)
        painter.restore()
