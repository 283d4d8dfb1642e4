"""After signing in with a temporary password: a new one is chosen before anything else."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from coresafe.errors import UserError, ValidationFailed
from coresafe.ui.forms import NewPasswordField, PasswordField
from coresafe.ui.start.page import Notice, StartPage
from coresafe.ui.words import tr


class NewPasswordPage(StartPage):
    """The new password, twice; the temporary one was typed a moment ago.

    Signals: ``chosen(str)``; ``leave()`` back to signing in, with nothing changed.
    """

    chosen = Signal(str)
    leave = Signal()

    def __init__(self) -> None:
        super().__init__(
            tr("Choose your own password"),
            tr("The one you signed in with was temporary. From now on only the new one counts."),
            width=420,
        )
        self._username = ""
        self.password = NewPasswordField("new_password", tr("New password"), lambda: self._username)
        self.again = PasswordField("again", tr("New password again"))
        self.notice = Notice()
        self.button = QPushButton(tr("Go on"))
        self.button.setProperty("kind", "primary")
        self.other = QPushButton(tr("Not now"))
        self.other.setProperty("kind", "quiet")
        self.column.addWidget(self.password)
        self.column.addWidget(self.again)
        self.column.addWidget(self.notice)
        buttons = QHBoxLayout()
        buttons.addWidget(self.button)
        buttons.addStretch(1)
        buttons.addWidget(self.other)
        self.column.addLayout(buttons)
        self.button.clicked.connect(self._go)
        self.other.clicked.connect(self.leave)
        self.password.edit.returnPressed.connect(self.again.setFocus)
        self.again.edit.returnPressed.connect(self.button.click)

    def begin(self, username: str) -> None:
        """Ask this person."""
        self._username = username
        self.forget()
        self.working(False)

    def forget(self) -> None:
        """Keep nothing that was typed."""
        for field in (self.password, self.again):
            field.set_value(None)
            field.clear_error()
        self.notice.say("")

    def working(self, on: bool) -> None:
        """While it is saved, which takes a moment by design."""
        self.button.setEnabled(not on)
        self.other.setEnabled(not on)

    def refused(self, error: BaseException) -> bool:
        """Say why not, at the field where it belongs to it."""
        self.working(False)
        told = error.errors if isinstance(error, ValidationFailed) else ()
        own = [one.message for one in told if one.field == "new_password"]
        if own:
            self.password.show_error(own[0])
            self.password.setFocus()
        elsewhere = [one.message for one in told if one.field != "new_password"]
        if not told:
            text = getattr(error, "message", "") or tr("That did not work. Nothing was changed.")
            elsewhere = [f"{text} {getattr(error, 'hint', '')}".strip()]
        self.notice.say(" ".join(elsewhere))
        return isinstance(error, UserError) or hasattr(error, "message")

    def _go(self) -> None:
        self.notice.say("")
        wrong: list[PasswordField] = [field for field in (self.password, self.again) if field.check()]
        if not wrong and self.password.value() != self.again.value():
            self.again.show_error(tr("The two passwords are not the same."))
            wrong = [self.again]
        if wrong:
            wrong[0].setFocus()
            return
        self.working(True)
        self.chosen.emit(self.password.value() or "")
