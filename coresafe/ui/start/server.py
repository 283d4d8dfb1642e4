"""The connection to a shared server: where it is, and a test that says exactly what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout

from coresafe.services.connecting import ServerAddress
from coresafe.ui.forms import Field, FileField, PasswordField, QuantityField, TextField
from coresafe.ui.start.page import Notice, StartPage
from coresafe.ui.start.scrolled import Scrolled
from coresafe.ui.widgets import FindingsView
from coresafe.ui.widgets.buttons import button, reword
from coresafe.ui.widgets.findings import words_of
from coresafe.ui.words import tr

if TYPE_CHECKING:
    from coresafe.services.diagnosis import Finding


class ServerPage(StartPage):
    """Host, port, database, user, password and the certificate authority; *Test* and *Connect*.

    Signals: ``test(ServerAddress)``, ``connect_to(ServerAddress)``, ``stop()`` looking, ``back()``.
    """

    test = Signal(object)
    connect_to = Signal(object)
    stop = Signal()
    back = Signal()

    def __init__(self) -> None:
        super().__init__(
            tr("Connect to our MySQL server"),
            tr("The database's own user and password, not your CoreSafe ones."),
            width=640,
        )
        self._offer = ""
        self.host = TextField("host", tr("Server"), required=True, placeholder="db.mine.example")
        self.port = QuantityField("port", tr("Port"), required=True, most=65535)
        self.port.set_value(3306)
        self.database = TextField("database", tr("Database"), required=True)
        self.database.set_value("coresafe")
        self.user = TextField("user", tr("Database user"), required=True)
        self.password = PasswordField("password", tr("Password"), required=False)
        self.ca = FileField(
            "ca",
            tr("Certificate authority"),
            kinds=(tr("Certificates (*.pem *.crt *.cer)"),),
            note=tr("A file, if you were given one: CoreSafe then makes sure that it is your server that answers."),
        )
        self.fields: tuple[Field, ...] = (
            self.host,
            self.port,
            self.database,
            self.user,
            self.password,
            self.ca,
        )
        where = QHBoxLayout()
        where.setSpacing(16)
        where.addWidget(self.host, 3)
        where.addWidget(self.port, 2)
        who = QHBoxLayout()
        who.setSpacing(16)
        who.addWidget(self.database, 1)
        who.addWidget(self.user, 1)
        who.addWidget(self.password, 1)
        self.column.addLayout(where)
        self.column.addLayout(who)
        self.column.addWidget(self.ca)
        self.findings = FindingsView()
        self.findings.setVisible(False)
        self._scrolled = Scrolled(self.findings)
        self.column.addWidget(self._scrolled)
        self.notice = Notice()
        self.column.addWidget(self.notice)
        self.connect_button = button(tr("Connect"), lambda: self._go(self.connect_to), kind="primary")
        self.connect_button.setDefault(True)
        self.test_button = button(tr("Test"), lambda: self._go(self.test))
        self.stop_button = button(tr("Cancel"), self.stop.emit)
        self.stop_button.setVisible(False)
        back = button(tr("Back"), self._leave, kind="quiet")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.connect_button)
        buttons.addWidget(self.test_button)
        buttons.addWidget(self.stop_button)
        buttons.addStretch(1)
        buttons.addWidget(back)
        self.column.addLayout(buttons)
        for field in self.fields:
            field.changed.connect(self._changed)
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
            ca=self.ca.value(),
        )

    def working(self, on: bool) -> None:
        """While the server is being looked at."""
        for each in (self.connect_button, self.test_button):
            each.setEnabled(not on)
        self.stop_button.setVisible(on)
        if on:
            self._forget_findings()
            self.stop_button.setFocus()

    def fill(self, address: ServerAddress) -> None:
        """Begin with what was used last; its password stays in the keyring."""
        for field in self.fields:
            field.set_value(getattr(address, field.name))
            field.clear_error()
        self._forget_findings()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """What the test found, a line each; what stands in the way is told at its field, with what to do about it."""
        from coresafe.services.diagnosis import usable

        fields = {field.name: field for field in self.fields}
        wrong = [finding for finding in findings if finding.stops and finding.field in fields]
        self.findings.show_findings([replace(each, todo="") if each in wrong else each for each in findings])
        self._scrolled.show_from(findings)
        for finding in wrong:
            fields[finding.field].show_error(words_of(finding))
        self._offer = next((finding.offer for finding in findings if finding.offer), "")
        reword(self.connect_button, tr("Set up and connect") if self._offer == "set_up" else tr("Connect"))
        if not usable(findings):
            self.notice.say(tr("It does not work yet. Nothing was changed."))
        elif self._offer == "set_up":
            self.notice.say(tr("You can connect. CoreSafe then sets its tables up in the empty database."), error=False)
        elif self._offer == "upgrade":
            self.notice.say(
                tr("You can connect. CoreSafe then offers to upgrade the database, after a backup."), error=False
            )
        else:
            self.notice.say(tr("You can connect."), error=False)
        (fields[wrong[0].field] if wrong else self.connect_button).setFocus()

    @property
    def may_set_up(self) -> bool:
        """Whether the button that was offered says that an empty database is set up."""
        return self._offer == "set_up"

    def stopped(self) -> None:
        """Looking was given up."""
        has_keyboard = self.stop_button.hasFocus()
        self.working(False)
        self.notice.say(tr("Stopped. Nothing was changed."), error=False)
        if has_keyboard:
            self.test_button.setFocus()

    def _forget_findings(self) -> None:
        self.findings.show_findings(())
        self._scrolled.show_from(())
        self.notice.say("")
        self._offer = ""
        reword(self.connect_button, tr("Connect"))

    def _changed(self) -> None:
        """What was found was found of something else; a look that is under way is for nothing."""
        for field in self.fields:
            field.clear_error()
        self._forget_findings()
        if not self.stop_button.isHidden():
            self.stop.emit()

    def _leave(self) -> None:
        if not self.stop_button.isHidden():
            self.stop.emit()
        self.back.emit()

    def _go(self, signal: SignalInstance) -> None:
        for field in self.fields:
            field.clear_error()  # what the server said before may have been put in order there
        wrong = [field for field in self.fields if field.check()]
        if wrong:
            wrong[0].setFocus()
            return
        signal.emit(self.address())
