"""How a page is divided, changed by keys as the mouse does it at the handles."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from coresafe.ui.theme import GRID

#: How much wider a part gets with each press.
STEP = 4 * GRID


def widen(splitter: QSplitter | None, by: int) -> None:
    """Make the part that has the keyboard wider by so many pixels; its neighbour gives them, down to its least width."""
    focus = QApplication.focusWidget()
    if splitter is None or focus is None:
        return
    parts = [part for at in range(splitter.count()) if (part := splitter.widget(at)) is not None]
    shown = [at for at, part in enumerate(parts) if part.isVisible()]
    mine = next((at for at in shown if parts[at] is focus or parts[at].isAncestorOf(focus)), None)
    if mine is None or len(shown) < 2:
        return
    place = shown.index(mine)
    other = shown[place + 1] if place + 1 < len(shown) else shown[place - 1]
    sizes = splitter.sizes()
    grow, shrink = (mine, other) if by > 0 else (other, mine)
    least = max(parts[shrink].minimumWidth(), parts[shrink].minimumSizeHint().width())
    moved = min(abs(by), max(0, sizes[shrink] - least))
    sizes[grow] += moved
    sizes[shrink] -= moved
    splitter.setSizes(sizes)


def widen_by_keys(window: QWidget, splitter: QSplitter, keys: dict[str, int]) -> None:
    """In a window without menus: these keys make the part that has the keyboard wider by so many pixels."""
    for key, by in keys.items():
        shortcut = QShortcut(QKeySequence(key), window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(lambda by=by: widen(splitter, by))
