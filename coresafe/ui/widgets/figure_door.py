"""A figure that is a door: click it, or press Enter on it, and the rows behind it are shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from coresafe.ui.theme import theme
from coresafe.ui.words import number, tr

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class FigureDoor(QPushButton):
    """A number of trays. ``size`` "" is all sizes together; ``words``: what ``name`` is called, where that is another.

    Signals: ``stepped(down, right)`` an arrow key leads to the next figure.
    """

    stepped = Signal(int, int)

    def __init__(self, size: str, name: str, behind: str, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.size_name, self.name, self._called = size, name, words or name
        self.count = 0
        self.zero_matters = False
        self.setProperty("kind", "figure")
        self.setAutoDefault(False)
        self.setToolTip(behind)
        self.setAccessibleDescription(behind)
        self._dress()
        theme().changed.connect(self._dress)

    def show_count(self, count: int) -> None:
        """Another number; a zero is a dash, so that what matters stands out, unless it is the zero that matters."""
        self.count = count
        said = count or self.zero_matters
        self.setText(number(count) if said else "–")
        of = self.size_name or tr("All")
        self.setAccessibleName(
            tr("{size} {state}: {count}", size=of, state=self._called, count=number(count) if said else tr("– (none)"))
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.stepped.emit(*step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _dress(self) -> None:
        self.setFont(theme().figures())
