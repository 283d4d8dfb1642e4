"""Fields of words: one line, and notes of many."""

from __future__ import annotations

import unicodedata
from typing import Any

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from coresafe.ui.forms.field import Field
from coresafe.ui.theme import theme
from coresafe.ui.words import number, tr

#: Far more than any field takes, so that a mishap with the clipboard is told and not cut off in silence.
_ROOM = 2_000_000


def problem_of(words: str, longest: int, *, lines: bool = False) -> str:
    """What is wrong with words to be stored: too long, or signs that cannot be stored (NUL, lone surrogates, controls)."""
    if len(words) > longest:
        return tr(
            "At most {longest} characters; these are {there}. Shorten it.",
            longest=number(longest),
            there=number(len(words)),
        )
    allowed = "\n\t" if lines else ""
    for sign in words:
        if sign not in allowed and unicodedata.category(sign) in ("Cc", "Cs"):
            return tr("It holds a sign that cannot be stored ({sign}). Delete it.", sign=f"U+{ord(sign):04X}")
    return ""


class TextField(Field):
    """One line of words. ``value()``: the words without outer blanks, None when there are none."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        longest: int = 200,
        required: bool = False,
        note: str = "",
        secret: bool = False,
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self.longest = longest
        self.edit = QLineEdit()
        self.edit.setMaxLength(_ROOM)
        self.edit.setPlaceholderText(placeholder)
        if secret:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.textChanged.connect(self._touched)
        self._furnish(self.edit)

    def value(self) -> Any:
        return self.typed().strip() or None

    def typed(self) -> str:
        """The words as they stand there."""
        return self.edit.text()

    def set_value(self, value: Any) -> None:
        self.edit.setText("" if value is None else str(value))
        self.edit.setCursorPosition(0)

    def _problem(self) -> str:
        return problem_of(self.typed().strip(), self.longest)


class NotesField(Field):
    """Words on many lines; Tab leaves it, as it leaves every field."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        longest: int = 2000,
        lines: int = 3,
        required: bool = False,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self.longest = longest
        self.edit = QPlainTextEdit()
        self.edit.setTabChangesFocus(True)
        self._lines = lines
        self._set_height()
        theme().changed.connect(self._set_height)
        self.edit.textChanged.connect(self._touched)
        self._furnish(self.edit)

    def _set_height(self) -> None:
        self.edit.setFixedHeight(round(theme().font().pixelSize() * 1.45) * self._lines + 20)

    def value(self) -> Any:
        return self.typed().strip() or None

    def typed(self) -> str:
        """The words as they stand there."""
        return self.edit.toPlainText()

    def set_value(self, value: Any) -> None:
        self.edit.setPlainText("" if value is None else str(value))

    def _problem(self) -> str:
        return problem_of(self.typed().strip(), self.longest, lines=True)
