"""The connection to a shared server: where it is, and a test that says exactly what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from coresafe.services.connecting import ServerAddress
from coresafe.ui.forms import Field, PasswordField, QuantityField, TextField
from coresafe.ui.start.page import Notice, StartPage
from coresafe.ui.widgets import FindingsView
from coresafe.ui.words import tr

if TYPE_CHECKING:
    from coresafe.services.diagnosis import Finding


class ServerPage(StartPage):
    """Host, port, database, user and password; *Test* and *Connect*.

    Signals: ``test(ServerAddress)``, ``connect_to(ServerAddress)``, ``back()``.
    """

    test = Signal(object)
    connect_to = Signal(object)
    back = Signal()

    def __init__(self) -> None:
        super().__init__(
            tr("Connect to our MySQL server"),
            tr("The database's own user and password, not your CoreSafe ones."),
            width=560,
        )
        self.host = TextField("host", tr("Server"), required=True, placeholder="db.mine.example")
        self.port = QuantityField("port", tr("Port"), required=True, most=65535)
        self.port.set_value(3306)
        self.database = TextField("database", tr("Database"), required=True)
        self.database.set_value("coresafe")
        self.user = TextField("user", tr("Database user"), required=True)
        self.password = PasswordField("password", tr("Password"), required=False)
        self.fields: tuple[Field, ...] = (self.host, self.port, self.database, self.user, self.password)
        where = QHBoxLayout()
        where.setSpacing(16)
        where.addWidget(self.host, 3)
        where.addWidget(self.port, 1)
        who = QHBoxLayout()
        who.setSpacing(16)
        who.addWidget(self.user, 1)
        who.addWidget(self.password, 1)
        self.column.addLayout(where)
        self.column.addWidget(self.database)
        self.column.addLayout(who)
        self.findings = FindingsView()
        self.findings.setVisible(False)
        self.column.addWidget(self.findings)
        self.notice = Notice()
        self.column.addWidget(self.notice)
        self.connect_button = QPushButton(tr("Connect"))
        self.connect_button.setProperty("kind", "primary")
        self.connect_button.setDefault(True)
        self.test_button = QPushButton(tr("Test"))
        back = QPushButton(tr("Back"))
        back.setProperty("kind", "quiet")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.connect_button)
        buttons.addWidget(self.test_button)
        buttons.addStretch(1)
        buttons.addWidget(back)
        self.column.addLayout(buttons)
        self.test_button.clicked.connect(lambda: self._go(self.test))
        self.connect_button.clicked.connect(lambda: self._go(self.connect_to))
        back.clicked.connect(self.back)
        for field in self.fields:
            field.changed.connect(self._forget_findings)
            if isinstance(field, (TextField, QuantityField)):
                field.edit.returnPressed.connect(self.connect_button.click)

    def address(self) -> ServerAddress:
        """What is typed."""
        return ServerAddress(
            host=self.host.value() or "",
            port=self.port.value() or 3306,
            database=self.database.value() or "",
            user=self.user.value() or "",
            password=self.password.value() or "",
        )

    def working(self, on: bool) -> None:
        """While the server is being looked at."""
        for button in (self.connect_button, self.test_button):
            button.setEnabled(not on)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """What the test found, a line each, and what to do about what is wrong."""
        self.findings.show_findings(findings)
        from coresafe.services.diagnosis import usable

        if usable(findings):
            self.notice.say(tr("You can connect."), error=False)
        else:
            self.notice.say(tr("It does not work yet. Nothing was changed."))

    def _forget_findings(self) -> None:
        self.findings.show_findings(())
        self.notice.say("")

    def _go(self, signal: SignalInstance) -> None:
        wrong = [field for field in self.fields if field.check()]
        if wrong:
            wrong[0].setFocus()
            return
        signal.emit(self.address())
