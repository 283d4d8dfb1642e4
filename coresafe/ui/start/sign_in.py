"""Signing in: user, password, and which database it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from coresafe.ui.forms import CheckField, Field, PasswordField, TextField
from coresafe.ui.start.page import Notice, StartPage
from coresafe.ui.widgets.buttons import button, reword
from coresafe.ui.words import tr


class SignInPage(StartPage):
    """User name and password.

    Signals: ``sign_in(str, str)``; ``other_database()`` to choose another one.
    """

    sign_in = Signal(str, str)
    other_database = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Sign in"), width=420)
        self.username = TextField("username", tr("User name"), required=True)
        self.password = PasswordField("password", tr("Password"))
        self.notice = Notice()
        self.button = QPushButton(tr("Sign in"))
        self.button.setProperty("kind", "primary")
        self.other = QPushButton(tr("Another database"))
        self.other.setProperty("kind", "quiet")
        self.where = QLabel()
        self.where.setProperty("kind", "small")
        self.where.setWordWrap(True)
        self.column.addWidget(self.username)
        self.column.addWidget(self.password)
        self.column.addWidget(self.notice)
        buttons = QHBoxLayout()
        buttons.addWidget(self.button)
        buttons.addStretch(1)
        buttons.addWidget(self.other)
        self.column.addLayout(buttons)
        self.column.addWidget(self.where)
        self.button.clicked.connect(self._go)
        self.other.clicked.connect(self.other_database)
        self.username.edit.returnPressed.connect(self._next)
        self.password.edit.returnPressed.connect(self.button.click)

    def greet(self, where: str, *, hint: str = "", username: str = "") -> None:
        """Say which database it is; fill in who signed in last."""
        self.where.setText(tr("Database: {where}", where=where))
        self.say(hint)
        if username:
            self.username.set_value(username)
        (self.password if self.username.value() else self.username).setFocus()

    def working(self, on: bool) -> None:
        """While the password is checked, which takes a moment by design."""
        self.button.setEnabled(not on)
        self.button.setText(tr("Signing in …") if on else tr("Sign in"))
        if on:
            self.notice.say("")

    def refused(self, message: str) -> None:
        """Say why not; the password is asked for anew."""
        self.working(False)
        self.notice.say(message)
        self.password.set_value(None)
        self.password.clear_error()  # that it is empty now is no mistake of the person's
        self.password.setFocus()

    def _next(self) -> None:
        if self.password.value():
            self.button.click()
        else:
            self.password.setFocus()

    def _go(self) -> None:
        wrong = [field for field in (self.username, self.password) if field.check()]
        if wrong:
            wrong[0].setFocus()
            return
        self.sign_in.emit(self.username.value() or "", self.password.value() or "")


class UpgradePage(StartPage):
    """The database is older than the program, or empty: an administrator decides.

    Signals: ``upgrade(str, str)`` with his user name and password; ``set_up()`` an empty one; ``leave()``.
    """

    upgrade = Signal(str, str)
    set_up = Signal()
    leave = Signal()

    def __init__(self) -> None:
        super().__init__(tr("The database has to be upgraded"))
        self.username = TextField("username", tr("Administrator"), required=True)
        self.password = PasswordField("password", tr("Password"))
        self.backed_up = CheckField("backed_up", tr("There is a backup of today"))
        self.button = button(tr("Upgrade now"), self._go, kind="primary")
        other = QPushButton(tr("Not now"))
        self.notice = Notice()
        self._empty = False
        self.column.addWidget(self.username)
        self.column.addWidget(self.password)
        self.column.addWidget(self.backed_up)
        self.column.addWidget(self.notice)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.button)
        buttons.addWidget(other)
        buttons.addStretch(1)
        self.column.addLayout(buttons)
        self.username.edit.returnPressed.connect(self.password.setFocus)
        self.password.edit.returnPressed.connect(self.button.click)
        other.clicked.connect(self.leave)

    def ask(self, message: str, *, possible: bool, on_server: bool = False) -> None:
        """Say what is the matter; ``possible``: this program can mend it. A server's backup is made at the server."""
        backup = ""
        if possible and on_server:
            backup = tr(
                "Make a backup at the server first (mysqldump --single-transaction): what an upgrade changes cannot be "
                "changed back. Everybody else closes CoreSafe meanwhile."
            )
        elif possible:
            backup = tr("CoreSafe first copies the database into the folder backups beside it.")
        self._show(
            tr("The database has to be upgraded") if possible else tr("This CoreSafe is too old"),
            f"{message} {backup}".strip(),
            tr("Upgrade now"),
        )
        self.button.setVisible(possible)
        for field in (self.username, self.password):
            field.setVisible(possible)
        self.backed_up.setVisible(possible and on_server)

    def offer_set_up(self, where: str) -> None:
        """The database is there and empty."""
        self._show(
            tr("The database is empty"),
            tr("There are no CoreSafe tables in {where} yet. Shall they be set up there?", where=where),
            tr("Set it up"),
        )
        self._empty = True
        self.button.setVisible(True)
        for field in (self.username, self.password, self.backed_up):
            field.setVisible(False)

    def _show(self, title: str, text: str, do: str) -> None:
        self._empty = False
        self.title.setText(title)
        self.say(text)
        self.notice.say("")
        self.backed_up.set_value(False)
        reword(self.button, do)

    def refused(self, message: str) -> None:
        """Say why not; the password is asked for anew."""
        self.notice.say(message)
        self.password.set_value(None)
        self.password.clear_error()  # that it is empty now is no mistake of the person's
        self.password.setFocus()

    def _go(self) -> None:
        if self._empty:
            self.set_up.emit()
            return
        wrong: list[Field] = [field for field in (self.username, self.password) if field.check()]
        if not self.backed_up.isHidden() and not self.backed_up.value():
            self.backed_up.show_error(tr("Make the backup first, then tick this."))
            wrong.append(self.backed_up)
        if wrong:
            wrong[0].setFocus()
            return
        self.upgrade.emit(self.username.value() or "", self.password.value() or "")


class TroublePage(StartPage):
    """The database cannot be reached.

    Signals: ``again()``, ``other_database()``.
    """

    again = Signal()
    other_database = Signal()

    def __init__(self) -> None:
        super().__init__(tr("The database cannot be reached"))
        button = QPushButton(tr("Try again"))
        button.setProperty("kind", "primary")
        other = QPushButton(tr("Another database"))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(button)
        buttons.addWidget(other)
        buttons.addStretch(1)
        self.column.addLayout(buttons)
        button.clicked.connect(self.again)
        other.clicked.connect(self.other_database)
