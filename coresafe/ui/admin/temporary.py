"""Temporary passwords: made or typed by an administrator, handed over once, replaced by their owner at the next sign-in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from coresafe.services import passwords
from coresafe.ui.forms import TextField
from coresafe.ui.forms.password import broken_rule, rules_in_words
from coresafe.ui.theme import GRID, ICON_EMPTY, theme
from coresafe.ui.widgets import button, icon_button, label
from coresafe.ui.words import tr


class TemporaryField(TextField):
    """A temporary password in plain sight: one is made, another can be made or typed."""

    def __init__(self, name: str, username: Callable[[], str], parent: QWidget | None = None) -> None:
        self._username = username
        super().__init__(
            name,
            tr("Temporary password"),
            required=True,
            note=tr("{rules} It must be changed at the next sign-in.", rules=rules_in_words()),
            parent=parent,
        )
        self.edit.setFont(theme().figures())
        self.renew()

    def renew(self) -> None:
        """Make another one."""
        self.set_value(passwords.temporary(self._username()))

    def value(self) -> str | None:
        """The password as it stands, its blanks kept."""
        return self.typed() or None

    def _furnish(self, control: QWidget, *beside: QWidget) -> None:
        self.another = icon_button("refresh-cw", tr("Make another password"), self.renew)
        super()._furnish(control, self.another, *beside)

    def _problem(self) -> str:
        return broken_rule(self.value(), self._username())


class HandOver(QFrame):
    """Shows a temporary password once, ready to be copied.

    Signals: ``left()`` it was handed over.
    """

    left = Signal()

    def __init__(self, title: str, username: str, password: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        mark = QLabel()
        theme().dress(mark, "key-round", "accent", ICON_EMPTY)
        self.password = QLineEdit(password)
        self.password.setReadOnly(True)
        self.password.setFont(theme().figures(1.3))
        self.password.setAccessibleName(tr("Temporary password"))
        self.copy_button = button(tr("Copy"), self._copy, icon="copy", kind="primary")
        self.done_button = button(tr("Done"), self.left.emit)
        self._copied = label("", "muted")
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self.password, 1)
        line.addWidget(self.copy_button)
        foot = QHBoxLayout()
        foot.setSpacing(2 * GRID)
        foot.addWidget(self.done_button)
        foot.addWidget(self._copied, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(mark)
        column.addWidget(label(title, "title", wrap=True))
        column.addWidget(
            label(
                tr(
                    "Hand this over to {username}. It is shown only here, and must be replaced at the next sign-in.",
                    username=username,
                ),
                wrap=True,
            )
        )
        column.addLayout(line)
        column.addLayout(foot)
        column.addStretch(1)
        self.setFocusProxy(self.copy_button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc is done, too."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.password.text())
        self._copied.setText(tr("Copied"))
