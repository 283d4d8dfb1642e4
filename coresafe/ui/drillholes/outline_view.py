"""How the tree of companies and projects looks and is walked through: rows of a target's height, paler where inactive."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from coresafe.services.registry import CompanyRow
from coresafe.ui.drillholes.outline import MORE_ROLE, ROW_ROLE, WORD_ROLE, Outline
from coresafe.ui.theme import GRID, ICON, TARGET, theme
from coresafe.ui.words import tr

_Index = QModelIndex | QPersistentModelIndex
#: Milliseconds of rest before what came into sight is asked for.
_REST = 30


class OutlineView(QTreeView):
    """A view of an ``Outline``.

    Signals: ``chosen(row or None)`` the person went to a company or project, or to all companies; ``opened(row)`` Enter
    or a double click on a project; ``sight(first, last)`` the indexes in sight after a scroll or a change.
    """

    chosen = Signal(object)
    opened = Signal(object)
    sight = Signal(object, object)

    def __init__(self, model: Outline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outline = model
        self.holding = False
        self._cells = _Delegate(self)
        self.setModel(model)
        self.setItemDelegate(self._cells)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(2 * GRID)
        self.setRootIsDecorated(True)
        self.setExpandsOnDoubleClick(False)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setAccessibleName(tr("Companies and projects"))
        self._resting = QTimer(self, interval=_REST, singleShot=True)
        self._resting.timeout.connect(self._tell_sight)
        self.verticalScrollBar().valueChanged.connect(lambda _at: self._resting.start())
        self.selectionModel().currentChanged.connect(self._went)
        self.doubleClicked.connect(self._open)
        theme().changed.connect(self.scheduleDelayedItemsLayout)

    def set_pale(self, pale: bool) -> None:
        """Greyed, for what is not of now."""
        self._cells.pale = pale
        self.viewport().update()

    def look_again(self) -> None:
        """What is in sight may have changed."""
        self._resting.start()

    def go_to(self, index: QModelIndex) -> None:
        """Put the keyboard's row there without saying that the person went there."""
        self.holding = True
        try:
            if index.isValid():
                self.setCurrentIndex(index)
                self.scrollTo(index)
            else:
                self.selectionModel().clear()
        finally:
            self.holding = False
        self.viewport().update()

    def _went(self, now: QModelIndex) -> None:
        if not self.holding and now.isValid():
            self.chosen.emit(now.data(ROW_ROLE))

    def _open(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        if isinstance(row, CompanyRow):
            self.setExpanded(index, not self.isExpanded(index))
        elif row is not None:
            self.opened.emit(row)

    def _tell_sight(self) -> None:
        first = self.indexAt(self.viewport().rect().topLeft())
        last = self.indexAt(self.viewport().rect().bottomLeft())
        if first.isValid():
            self.sight.emit(first, last)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if self.currentIndex().isValid():
                self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resting.start()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._cells.over = QPersistentModelIndex(self.indexAt(event.position().toPoint()))
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._cells.over = QPersistentModelIndex()
        self.viewport().update()

    def drawBranches(self, painter: QPainter, rect: QRect, index: _Index) -> None:
        """The ground of the row goes to the edge; an arrow where it can be opened."""
        painter.fillRect(rect, self._cells.ground(index, self.selectionModel().isSelected(index)))
        if self._outline.hasChildren(index):
            name = "chevron-down" if self.isExpanded(index) else "chevron-right"
            picture = theme().pixmap(name, "muted", ICON, self.devicePixelRatioF())
            painter.drawPixmap(rect.right() - ICON + 1, rect.center().y() - ICON // 2 + 1, ICON, ICON, picture)


class _Delegate(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.over = QPersistentModelIndex()
        self.pale = False

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(16 * GRID, max(TARGET, round(TARGET * theme().scale)))

    def ground(self, index: _Index, chosen: bool) -> QColor:
        """What a row is painted on."""
        tokens = theme().tokens
        over = self.over.isValid() and self.over == index
        return QColor(tokens.selected if chosen else tokens.hover if over else tokens.surface)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        look, area = theme(), option.rect
        tokens = look.tokens
        painter.fillRect(area, self.ground(index, bool(option.state & QStyle.StateFlag.State_Selected)))
        inner = area.adjusted(4, 0, -GRID, 0)
        word = str(index.data(WORD_ROLE) or "")
        quiet = QColor(tokens.muted)
        small = look.font(0.92)
        if word:
            width = QFontMetrics(small).horizontalAdvance(word) + 1
            painter.setFont(small)
            painter.setPen(quiet)
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), word)
            inner = inner.adjusted(0, 0, -width - GRID, 0)
        company = index.data(ROW_ROLE) is None or isinstance(index.data(ROW_ROLE), CompanyRow)
        font = look.font(1.0, QFont.Weight.Medium if company else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(quiet if word or self.pale else QColor(tokens.text))
        middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        metrics = QFontMetrics(font)
        name = metrics.elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, middle, name)
        more = str(index.data(MORE_ROLE) or "")
        rest = inner.adjusted(metrics.horizontalAdvance(name) + GRID, 0, 0, 0)
        if more and rest.width() > 4 * GRID:
            painter.setFont(look.font())
            painter.setPen(quiet)
            said = QFontMetrics(look.font()).elidedText(more, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, middle, said)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.focus), 1))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
