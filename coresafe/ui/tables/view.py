"""The view of a table: tells the model what is in sight, keeps selection and scroll by row, copies cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QMenu, QTableView, QWidget

from coresafe.ui.state import Memory
from coresafe.ui.tables.clipboard import mime
from coresafe.ui.tables.columns import Column
from coresafe.ui.tables.delegate import CellDelegate
from coresafe.ui.tables.header import Header
from coresafe.ui.tables.model import ROW_ROLE, PagedModel, Phase
from coresafe.ui.theme import GRID, TARGET, TARGET_GLOVES, theme
from coresafe.ui.words import number, tr

#: Rows that "select all" takes at most; more than anybody pastes, and the rest is what exports are for.
SELECT_AT_MOST = 10_000
#: Milliseconds of rest before what came into sight is asked for, so that a dragged scroll bar does not ask on its way.
_REST = 30


class TableView(QTableView):
    """A view of a ``PagedModel``.

    Signals: ``selection_changed()`` the selected rows, or what they hold, are others; ``opened(row)`` a row was double
    clicked or Enter pressed on it; ``menu_asked(QMenu, row)`` a context menu is about to be shown and may be added to;
    ``export_asked(bool)`` the view is to be exported, or only what is selected, offered where ``exportable``.
    """

    selection_changed = Signal()
    opened = Signal(object)
    menu_asked = Signal(object, object)
    export_asked = Signal(bool)

    def __init__(
        self, model: PagedModel, name: str = "", memory: Memory | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._name, self._memory = name, memory
        self._chosen: list[Any] = []  # ids, in the order of the rows
        self._current_id: Any = None
        self._awaited: Any = None  # the id that ``select_id`` has named and that has not been seen yet
        self._looked_for: tuple[int, list[Any]] = (0, [])
        self._all = self._taking_all = False
        self._restoring = False
        self._anchor: tuple[Any, int] | None = None
        self._laid_out = False
        self.exportable = False
        self._row_height = TARGET
        self._columns_before = QByteArray()
        self._cells = CellDelegate(self)
        self._head = Header(model, self)
        self.setModel(model)
        self.setHorizontalHeader(self._head)
        self.setItemDelegate(self._cells)
        self._head.start()
        self._head.show()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self._set_heights()
        self._resting = QTimer(self, interval=_REST, singleShot=True)
        self._resting.timeout.connect(self._tell_sight)
        self._keeping = QTimer(self, interval=500, singleShot=True)
        self._keeping.timeout.connect(self._keep)
        self._wire()

    def _wire(self) -> None:
        model = self._model
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._head.sort_asked.connect(model.sort)
        self._head.arranged.connect(self._keeping.start)
        self.customContextMenuRequested.connect(self._context_menu)
        self.doubleClicked.connect(self._open)
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.selectionModel().currentChanged.connect(self._current_changed)
        model.about_to_move.connect(self._hold)
        model.moved.connect(self._let_go)
        model.modelAboutToBeReset.connect(self._start_restoring)
        model.modelReset.connect(self._columns_again)
        model.restarted.connect(self._restarted)
        model.rows_came.connect(self._rows_came)
        model.gathered.connect(self._gathered)
        model.gone.connect(self._are_gone)
        model.phase_changed.connect(self._phase_changed)
        theme().changed.connect(self._set_heights)

    # -- what is selected -----------------------------------------------------------------------------------------

    def selected_rows(self) -> list[Any]:
        """The rows that are selected and there, from the top."""
        found = ((self._model.index_of(row_id), row_id) for row_id in self._chosen)
        rows = [self._model.row(at) for at, _row_id in sorted((at, i) for at, i in found if at is not None)]
        return [row for row in rows if row is not None]

    def selected_ids(self) -> list[Any]:
        """The ids of the selected rows, those among them whose rows are not there too."""
        return list(self._chosen)

    def current_row(self) -> Any | None:
        """The row the keyboard is on, None if there is none."""
        at = self._model.index_of(self._current_id) if self._current_id is not None else None
        return self._model.row(at) if at is not None else None

    def select_id(self, row_id: Any) -> bool:
        """Select the row with this id and show it; False if it is not among the known rows (yet: it will be, then)."""
        self._chosen, self._current_id, self._all = [row_id], row_id, False
        there = self._restore()
        self._awaited = None if there else row_id
        at = self._model.index_of(row_id)
        if at is not None:
            self.scrollTo(self._model.index(at, self._first_column()))
        self.selection_changed.emit()
        return there

    def selectAll(self) -> None:
        """Select all rows, at most ``SELECT_AT_MOST``; those that are not there yet are asked for and follow."""
        self._all = True
        self._take_all()
        total = self._model.total
        if self._model.exact and self._model.gather(min(total, SELECT_AT_MOST)):
            self._all = False
        self.selection_changed.emit()

    @property
    def selecting_all(self) -> int:
        """How many rows will be selected as soon as they have come, 0 where none are waited for."""
        return min(self._model.total, SELECT_AT_MOST) if self._all and self._model.exact else 0

    def _take_all(self) -> None:
        self._taking_all = True
        try:
            places = [at for at, _row in self._model.known() if at < SELECT_AT_MOST]
            self.selectionModel().select(self._ranges(places), QItemSelectionModel.SelectionFlag.ClearAndSelect)
        finally:
            self._taking_all = False

    def _gathered(self) -> None:
        if self._all:
            self._all = False
            self._take_all()
            self.selection_changed.emit()

    def _ranges(self, places: Sequence[int]) -> QItemSelection:
        """These rows, in ascending order, in as few pieces as can be."""
        made = QItemSelection()
        first = last = -2
        for at in (*places, -2):
            if at != last + 1 or at < 0:
                if first >= 0:
                    made.select(self._model.index(first, 0), self._model.index(last, len(self._model.columns) - 1))
                first = at
            last = at
        return made

    def _selection_changed(self) -> None:
        if self._restoring:
            return
        chosen: list[Any] = []
        for part in list(self.selectionModel().selection()):  # type: ignore[call-overload]
            for at in range(part.top(), part.bottom() + 1):
                row = self._model.row(at)
                if row is not None:
                    chosen.append(row.id)
        self._chosen, self._awaited = list(dict.fromkeys(chosen)), None
        if not self._taking_all:
            self._all = False  # the person has selected something else meanwhile
            self.selection_changed.emit()

    def _current_changed(self, now: QModelIndex) -> None:
        if not self._restoring:
            row = now.data(ROW_ROLE) if now.isValid() else None
            self._current_id = row.id if row is not None else None

    def _restore(self) -> bool:
        """Select by id what is selected, after rows have come or changed place. True if all of it is there."""
        places = [self._model.index_of(row_id) for row_id in self._chosen]
        there = sorted({at for at in places if at is not None})
        chosen = self._ranges(there)
        self._restoring = True
        try:
            current = self._model.index_of(self._current_id) if self._current_id is not None else None
            if current is not None:
                now = self.currentIndex()
                column = now.column() if now.isValid() else self._first_column()
                self.selectionModel().setCurrentIndex(
                    self._model.index(current, column), QItemSelectionModel.SelectionFlag.NoUpdate
                )
            if chosen != self.selectionModel().selection():
                self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        finally:
            self._restoring = False
        return len(there) == len(places)

    def _first_column(self) -> int:
        shown = (self._head.logicalIndex(v) for v in range(self._head.count()))
        return next((at for at in shown if not self._head.isSectionHidden(at)), 0)

    # -- rows come and move ---------------------------------------------------------------------------------------

    def _hold(self) -> None:
        """Rows are about to change place: remember which one is at the top of what is seen."""
        self._restoring = True
        top = self.rowAt(0)
        row = self._model.row(top) if top >= 0 and self.verticalScrollBar().value() > 0 else None
        self._anchor = (row.id, self.rowViewportPosition(top)) if row is not None else None

    def _let_go(self) -> None:
        self._restoring = False
        if self._anchor is not None:
            at = self._model.index_of(self._anchor[0])
            if at is not None:
                moved = self.rowViewportPosition(at) - self._anchor[1]
                self.verticalScrollBar().setValue(self.verticalScrollBar().value() + moved)
        self._anchor = None
        self._restore()

    def _start_restoring(self) -> None:
        self._restoring = True
        self._head.quiet = True
        self._columns_before = self._head.saveState()

    def _columns_again(self) -> None:
        # A header forgets at a reset of its model what restoreState had told it.
        self._head.restoreState(self._columns_before)
        self._head.quiet = False

    def _restarted(self) -> None:
        """Another filter or sort: from the top, with what is selected if it is there; a first row if nothing was."""
        self._restoring = False
        self.scrollToTop()
        kept = [row_id for row_id in self._chosen if self._model.index_of(row_id) is not None]
        if kept != self._chosen:
            self._chosen = kept
        if self._model.index_of(self._current_id) is None:
            self._current_id = None
        self._restore()
        self.selection_changed.emit()

    def _rows_came(self, first: int, last: int) -> None:
        places = [(row_id, self._model.index_of(row_id)) for row_id in self._chosen]
        if any(at is not None and first <= at <= last for _row_id, at in places):
            self._restore()
            if self._awaited is not None and self._model.index_of(self._awaited) is not None:
                self._awaited = None
            self.selection_changed.emit()  # what the selected rows hold may be new
        missing = [row_id for row_id, at in places if at is None]
        if not missing:
            return
        if self._model.exact and self._model.total <= last + 1 and first == 0:
            self._are_gone(missing)
        elif self._looked_for != (self._model.readings, missing):
            # Elsewhere in a long list, or gone: only the source knows. Asked once after each reading.
            self._looked_for = (self._model.readings, missing)
            self._model.look_for(missing)

    def _are_gone(self, ids: list[Any]) -> None:
        """These rows are not in the list any more: they cannot stay selected."""
        gone = {row_id for row_id in ids if self._model.index_of(row_id) is None}
        left = [row_id for row_id in self._chosen if row_id not in gone]
        if len(left) == len(self._chosen):
            return
        # What was to be selected and never was here is not missed: whoever asked for it goes on showing it.
        missed = self._chosen != [self._awaited]
        self._chosen, self._awaited = left, None
        if self._current_id in gone:
            self._current_id = None
        self._restore()
        if missed:
            self.selection_changed.emit()

    def _phase_changed(self) -> None:
        if self._all and self._model.exact and not self._model.settling and self._model.phase is Phase.READY:
            self._count_came()
        if self._model.phase is Phase.EMPTY and self._chosen:
            self._chosen, self._current_id = [], None
            self.selection_changed.emit()
        self.viewport().update()
        self._head.viewport().update()

    def _count_came(self) -> None:
        """Now that it is known how many rows there are, all of them can be waited for."""
        if self._model.gather(min(self._model.total, SELECT_AT_MOST)):
            self._gathered()

    # -- what is in sight -----------------------------------------------------------------------------------------

    def _scrolled(self) -> None:
        if not self._resting.isActive():
            self._resting.start()

    def _tell_sight(self) -> None:
        first = self.rowAt(0)
        if first < 0:
            return
        last = self.rowAt(self.viewport().height() - 1)
        self._model.look_at(first, last if last >= 0 else self._model.rowCount() - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._laid_out:
            self._head.fit()
        self._scrolled()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._laid_out:
            self._laid_out = True
            self._recall()
            self._head.fit()
            self._keeping.stop()
        self._scrolled()

    def _set_heights(self) -> None:
        height = max(self._row_height, round(self._row_height * theme().scale))
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalScrollBar().setSingleStep(height)

    def wear_gloves(self) -> None:
        """Rows as high as a hand in a glove needs them."""
        self._row_height = TARGET_GLOVES
        self._set_heights()

    # -- columns --------------------------------------------------------------------------------------------------

    def choose_columns(self) -> None:
        """Let the person choose the columns."""
        self._head.choose(self._head.mapToGlobal(QPoint(GRID, self._head.height())))

    @property
    def head(self) -> Header:
        """The heads of the columns."""
        return self._head

    def shown_columns(self) -> list[Column]:
        """The columns that are shown, from left to right."""
        visual = (self._head.logicalIndex(v) for v in range(self._head.count()))
        return [self._model.columns[at] for at in visual if not self._head.isSectionHidden(at)]

    def _keys(self) -> list[str]:
        return [column.key for column in self._model.columns]

    def _recall(self) -> None:
        if self._memory is not None and self._name:
            with self._head.quietly():
                known = self._memory.restore_header(self._name, self._head, self._keys())
            # Those that were kept before it was asked who had sized them stay as they are.

            self._head.by_hand = known and self._memory.recall(f"tables/{self._name}/by_hand", True)

    def _keep(self) -> None:
        if self._memory is not None and self._name and self._laid_out:
            self._memory.keep_header(self._name, self._head, self._keys())
            self._memory.remember(f"tables/{self._name}/by_hand", self._head.by_hand)

    # -- copying, opening -----------------------------------------------------------------------------------------

    def copy(self, *, headed: bool = False) -> None:
        """The selected rows, in the columns shown, to the clipboard."""
        rows = self.selected_rows()
        if rows:
            QGuiApplication.clipboard().setMimeData(mime(self.shown_columns(), rows, headed=headed))

    def copy_cell(self) -> None:
        """The cell the keyboard is on, to the clipboard."""
        now, row = self.currentIndex(), self.current_row()
        if now.isValid() and row is not None:
            QGuiApplication.clipboard().setMimeData(mime([self._model.columns[now.column()]], [row]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selectAll()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open(self.currentIndex())
        elif event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._menu_by_key()  # the key Menu is told by every system, this one not
        elif event.key() == Qt.Key.Key_Home and not event.modifiers():
            self.setCurrentIndex(self._model.index(0, max(0, self.currentIndex().column())))
        elif event.key() == Qt.Key.Key_End and not event.modifiers():
            self.setCurrentIndex(self._model.index(self._model.rowCount() - 1, max(0, self.currentIndex().column())))
        elif not self._head.by_key(event, self.currentIndex().column()):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # A click goes to its own row: to begin at the first would scroll the list away from under the mouse.
        clicked = event.reason() is Qt.FocusReason.MouseFocusReason
        if not clicked and not self.currentIndex().isValid() and self._model.rowCount():
            self._restoring = True
            self.selectionModel().setCurrentIndex(
                self._model.index(0, self._first_column()), QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self._restoring = False

    def _open(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE) if index.isValid() else None
        if row is not None:
            self.opened.emit(row)

    def event(self, event: QEvent) -> bool:
        """The menu's key asks for the menu of the cell that the keyboard is in; Qt counts the heads into its place."""
        asked = isinstance(event, QContextMenuEvent) and event.reason() == QContextMenuEvent.Reason.Keyboard
        if asked and self.currentIndex().isValid():
            self._menu_by_key()
            return True
        return super().event(event)

    def _menu_by_key(self) -> None:
        here = self.currentIndex()
        if here.isValid():
            self.scrollTo(here)
            self._context_menu(self.visualRect(here).center())

    def _context_menu(self, at: QPoint) -> None:
        self.menu_for(self.indexAt(at)).popup(self.viewport().mapToGlobal(at))

    def menu_for(self, index: QModelIndex) -> QMenu:
        """The context menu of a cell, or of the table where there is none."""
        row = index.data(ROW_ROLE) if index.isValid() else None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_asked.emit(menu, row)
        if not menu.isEmpty():
            menu.addSeparator()
        if row is not None:
            self._add(menu, tr("Copy rows"), "copy", self.copy)
            self._add(menu, tr("Copy rows with headings"), "copy", lambda: self.copy(headed=True))
            self._add(menu, tr("Copy this cell"), "copy", self.copy_cell)
            menu.addSeparator()
        column = index.column()
        if row is not None and self._model.columns[column].sort:
            named = self._model.columns[column].heading
            words = tr("Sort by {column}", column=named)
            self._add(menu, words, "arrow-up", lambda: self._head.sort_by(column, down=False))
            words = tr("Sort by {column}, the last first", column=named)
            self._add(menu, words, "arrow-down", lambda: self._head.sort_by(column, down=True))
        self._add(menu, tr("Columns…"), "columns-3", self.choose_columns)
        menu.addSeparator()
        if self.exportable:
            self._add(menu, tr("Export this view…"), "file-down", lambda: self.export_asked.emit(False))
            count = len(self._chosen)
            if count > 1:
                words = tr("Export the {count} selected rows…", count=number(count))
                self._add(menu, words, "file-down", lambda: self.export_asked.emit(True))
        self._add(menu, tr("Reload"), "refresh-cw", self._model.reload)
        return menu

    @staticmethod
    def _add(menu: QMenu, text: str, icon: str, do: Any) -> None:
        menu.addAction(theme().icon(icon), text).triggered.connect(lambda _checked=False: do())

    # -- hovering -------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(round(event.position().y())))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self._cells.hovered:
            self._cells.hovered = row
            self.viewport().update()
