"""Every shortcut by menu, with a search."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from coresafe.ui.theme import GRID
from coresafe.ui.widgets import EmptyState, Entry, GroupedList, button
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.widgets.search import clearable, lead
from coresafe.ui.words import tr

_STEPS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class KeyboardDialog(ReadingOrder, QDialog):
    """``shortcuts``: menu, words and keys of each, as ``actions.keyboard_list`` gives them. Opened with ``open()``."""

    def __init__(self, shortcuts: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard"))
        self._all = [Entry(at, menu, words, keys=keys) for at, (menu, words, keys) in enumerate(shortcuts)]
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("What to do, or a key"))
        self.search.setAccessibleName(tr("Search the shortcuts"))
        clearable(self.search)
        lead(self.search, "search")
        self.list = GroupedList(tr("Shortcuts"))
        self.nothing = EmptyState(tr("No shortcut matches"), tr("Change the search."), icon="search-x")
        self.shown = QStackedWidget()
        self.shown.addWidget(self.list)
        self.shown.addWidget(self.nothing)
        frame = QFrame()
        frame.setProperty("kind", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, GRID // 2, 1, GRID // 2)
        inside.addWidget(self.shown)
        self.close_button = button(tr("Close"), self.accept)
        self.close_button.setToolTip(tr("Close (Esc)"))
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(12)
        column.addWidget(self.search)
        column.addWidget(frame, 1)
        column.addLayout(foot)
        self.setMinimumSize(48 * GRID, 48 * GRID)
        self.resize(70 * GRID, 76 * GRID)
        self.search.textChanged.connect(self._find)
        self.search.installEventFilter(self)
        self._find("")
        self.search.setFocus()

    def _find(self, text: str) -> None:
        words = text.casefold().split()
        kept = [
            entry
            for entry in self._all
            if all(word in f"{entry.group} {entry.text} {entry.keys}".casefold() for word in words)
        ]
        self.list.put(kept)
        self.shown.setCurrentWidget(self.list if kept else self.nothing)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search the arrows move through the list; Esc empties the search before it closes."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _STEPS:
                page = self.list.page if event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp) else 1
                self.list.step(page if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown) else -page)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)
