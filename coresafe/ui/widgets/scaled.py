"""Widths that grow with the size of the text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from coresafe.ui.theme import theme


class Scaled(QObject):
    """Keeps a width of ``owner`` at ``pixels`` times the size of the text: ``put`` sets it, now and at every change."""

    def __init__(self, owner: QObject, put: Callable[[int], None], pixels: int) -> None:
        super().__init__(owner)
        self._put, self._pixels = put, pixels
        theme().changed.connect(self._apply)
        self._apply()

    def _apply(self) -> None:
        self._put(round(self._pixels * max(1.0, theme().scale)))
