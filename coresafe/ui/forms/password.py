"""Fields of passwords: one that is known, with a word about caps lock, and a new one, judged by the rules while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from coresafe.ui.forms.texts import TextField
from coresafe.ui.words import tr


class PasswordField(TextField):
    """A password, its blanks kept, with a word about caps lock."""

    def __init__(
        self, name: str, title: str, *, required: bool = True, note: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(name, title, required=required, note=note, secret=True, parent=parent)
        self._said = note

    def value(self) -> str | None:
        """The password as typed, or None."""
        return self.typed() or None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Caps lock is told by what a key gives: no system tells it the same way."""
        if watched is self.edit and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = event.text()
            if len(text) == 1 and text.isalpha():
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.set_note(tr("Caps lock seems to be on.") if text.isupper() != shift else self._said)
        return super().eventFilter(watched, event)


class NewPasswordField(PasswordField):
    """A new password: the rules stand below it, and what breaks them is said when the field is left, before saving.

    ``username``: whose it will be, for the rule that it must not hold his name.
    """

    def __init__(
        self, name: str, title: str, username: Callable[[], str] = lambda: "", *, parent: QWidget | None = None
    ) -> None:
        self._username = username
        super().__init__(name, title, note=rules_in_words(), parent=parent)

    def _problem(self) -> str:
        return broken_rule(self.value(), self._username())


def rules_in_words() -> str:
    """The rules of passwords in a sentence."""
    return tr("At least 10 characters: letters, and a digit or a sign.")


def broken_rule(password: Any, username: str = "") -> str:
    """The rule that a password breaks, as the service will say it, or ""."""
    from coresafe.services.passwords import check_password
    from coresafe.services.rules import Checks

    checks = Checks()
    check_password(checks, "password", password, username=username)
    return checks.errors[0].message if checks.errors else ""
