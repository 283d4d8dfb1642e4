"""The head of a page: its title, a word about it, and its one primary action at the right."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from coresafe.ui.theme import GRID
from coresafe.ui.widgets.buttons import ActionButton
from coresafe.ui.widgets.labels import label, show_if


class PageHeader(QWidget):
    """Title and actions. ``add`` puts further controls (search, filters) between them."""

    def __init__(self, title: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label(title, "title")
        self._hint = label(hint, "muted")
        show_if(self._hint, bool(hint))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        self._row.addLayout(words, 1)
        self.setMinimumHeight(5 * GRID)
        self.primary: ActionButton | None = None

    def set_title(self, title: str, hint: str = "") -> None:
        """Another title."""
        self._title.setText(title)
        self._hint.setText(hint)
        show_if(self._hint, bool(hint))

    def add(self, widget: QWidget) -> None:
        """A control before the primary action."""
        at = self._row.count() - (1 if self.primary is not None else 0)
        self._row.insertWidget(at, widget)

    def set_primary(self, action: QAction, icon: str = "plus", text: str = "") -> ActionButton:
        """The one thing most people come to this page for."""
        if self.primary is not None:
            self.primary.setParent(None)  # gone at once, not when Qt comes round to it
            self.primary.deleteLater()
        self.primary = ActionButton(action, "primary", icon, text)
        self._row.addWidget(self.primary)
        return self.primary
