"""Buttons: plain, primary (one a page), quiet and danger; each with its words, its icon and its accessible name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from coresafe.ui.actions import plain
from coresafe.ui.theme import TARGET, theme
from coresafe.ui.widgets.labels import show_if

#: Between an icon and its words: Qt leaves four pixels, and no style can say more.
_AIR = "\N{THREE-PER-EM SPACE}"
_ICON_TOKENS = {"primary": "on_accent", "danger": "danger", "quiet": "link"}


def button(
    text: str, do: Callable[[], object] | None = None, *, icon: str = "", kind: str = "", parent: QWidget | None = None
) -> QPushButton:
    """A button with words. ``kind``: "", primary, quiet or danger."""
    made = QPushButton(_AIR + text if icon else text, parent)
    made.setAccessibleName(text)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    if icon:
        theme().dress(made, icon, _ICON_TOKENS.get(kind, "muted"))
    if do is not None:
        made.clicked.connect(lambda _checked=False: do())
    return made


def reword(made: QPushButton, text: str) -> None:
    """Other words on a button that ``button`` made."""
    made.setText(_AIR + text if not made.icon().isNull() else text)
    made.setAccessibleName(text)


def icon_button(
    icon: str, name: str, do: Callable[[], object] | None = None, *, kind: str = "quiet", parent: QWidget | None = None
) -> QToolButton:
    """A button with an icon alone; ``name`` is what a screen reader says and hovering shows."""
    made = QToolButton(parent)
    made.setProperty("kind", kind)
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setMinimumSize(TARGET, TARGET)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    theme().dress(made, icon, _ICON_TOKENS.get(kind, "muted") if kind != "quiet" else "muted")
    if do is not None:
        made.clicked.connect(lambda _checked=False: do())
    return made


class ActionButton(QPushButton):
    """A button that is an action: its words, its icon, whether it is there and whether it can be pressed."""

    def __init__(
        self, action: QAction, kind: str = "", icon: str = "", text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self._action = action
        self._text = text
        self._air = _AIR if icon else ""
        if icon:
            theme().dress(self, icon, _ICON_TOKENS.get(kind, "muted"))
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        action.destroyed.connect(self.hide)
        self._follow()

    def _follow(self) -> None:
        action = self._action
        words = self._text or plain(action.text())
        self.setText(self._air + words)
        self.setAccessibleName(words)
        self.setToolTip(action.toolTip())
        self.setEnabled(action.isEnabled())
        show_if(self, action.isVisible())
