"""How many trays: a whole number from 1 to 1,000,000."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from coresafe.ui.forms.field import Field
from coresafe.ui.theme import GRID, theme
from coresafe.ui.words import number, tr

LEAST, MOST = 1, 1_000_000
#: Blanks that people and spreadsheets put between thousands.
_BLANKS = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009](?=\d{3}(?!\d))")


class QuantityField(Field):
    """A number of trays. ``least`` may be 0 where none is an answer.

    ``set_limit`` gives what there is: going beyond turns the field red while it is typed, before anything is saved.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        required: bool = False,
        least: int = LEAST,
        most: int = MOST,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self.least, self.most = least, most
        self._limit: int | None = None
        self._beyond = ""
        self.edit = QLineEdit()
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.edit.setMaxLength(1000)
        self.edit.setMinimumWidth(10 * GRID)
        self._set_figures()
        theme().changed.connect(self._set_figures)
        self.edit.textChanged.connect(self._touched)
        self._furnish(self.edit)

    def _set_figures(self) -> None:
        self.edit.setFont(theme().figures())

    def set_limit(self, limit: int | None, beyond: str = "") -> None:
        """At most so many are there; ``beyond`` says so ("Only 12 HQ are available."). None: no limit is known."""
        self._limit = limit
        self._beyond = beyond
        if self._limit is not None:
            self._judge_limit()
        elif self._judged:
            self._show_error(self.problem())

    def value(self) -> int | None:
        """The number, None when the field is empty or holds no whole number."""
        words = _BLANKS.sub("", self.typed().strip())
        return int(words) if re.fullmatch(r"[0-9]{1,18}", words) else None

    def typed(self) -> str:
        """The signs as they stand there."""
        return self.edit.text()

    def set_value(self, value: Any) -> None:
        self.edit.setText("" if value is None else str(value))

    def step(self, by: int) -> None:
        """One more, one less, within what is allowed."""
        now = self.value()
        wanted = self.least if now is None else now + by
        highest = self.most if self._limit is None else max(self.least, min(self.most, self._limit))
        self.edit.setText(str(min(highest, max(self.least, wanted))))
        self.edit.selectAll()

    def _is_empty(self) -> bool:
        return not self.typed().strip()

    def _problem(self) -> str:
        words = self.typed().strip()
        found = self.value()
        if found is None:
            if re.fullmatch(r"[-−]\s*[0-9]+", words):
                return tr("A number of trays cannot be below zero.")
            if re.fullmatch(r"[0-9]*[.,][0-9]+", words):
                return tr("Trays come whole: {words} is a fraction.", words=words[:20])
            if re.fullmatch(r"[0-9]+", words):
                return self._range()
            return tr("Enter a whole number, such as 12.")
        if not self.least <= found <= self.most:
            return self._range()
        if self._limit is not None and found > self._limit:
            return self._beyond or tr("At most {limit}.", limit=number(self._limit))
        return ""

    def _range(self) -> str:
        return tr("Enter a number from {least} to {most}.", least=number(self.least), most=number(self.most))

    def _touched(self) -> None:
        if self._limit is not None:
            self._told = ""
            self._judge_limit()
        super()._touched()

    def _judge_limit(self) -> None:
        found = self.value()
        if found is not None and self._limit is not None and found > self._limit:
            self._judged = True
        if self._judged:
            self._show_error(self.problem())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.edit and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
            by = steps.get(Qt.Key(event.key()))
            if by is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                self.step(by)
                return True
        return super().eventFilter(watched, event)
