"""A new database's first administrator, and the stock the shed starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from coresafe.errors import ValidationFailed
from coresafe.ui.forms import Field, PasswordField, QuantityField, TextField
from coresafe.ui.start.page import Notice, StartPage
from coresafe.ui.words import tr

if TYPE_CHECKING:
    from coresafe.services.users import AddUser


@dataclass(frozen=True, slots=True)
class FirstSetup:
    """The first administrator and how many trays of each size are owned (sizes left blank are not set)."""

    admin: AddUser
    stock: dict[str, int]


class FirstAdminPage(StartPage):
    """Who looks after CoreSafe, and what is in the shed.

    Signals: ``finished(FirstSetup)``.
    """

    finished = Signal(object)

    def __init__(self) -> None:
        super().__init__(
            tr("Set up CoreSafe"),
            tr("You become the first administrator. Others are added afterwards, by you."),
            width=560,
        )
        self.full_name = TextField("full_name", tr("Your name"))
        self.username = TextField("username", tr("User name"), required=True)
        self.email = TextField("email", tr("E-mail"), required=True)
        self.password = PasswordField(
            "password", tr("Password"), note=tr("At least 10 characters: letters, and a digit or a sign.")
        )
        self.again = PasswordField("again", tr("Password again"))
        self.hq = QuantityField("hq", tr("HQ trays you own"), least=0)
        self.nq = QuantityField("nq", tr("NQ trays you own"), least=0)
        self._named: dict[str, Field] = {
            "full_name": self.full_name,
            "username": self.username,
            "email": self.email,
            "password": self.password,
        }
        for pair in ((self.full_name, self.username), (self.email,), (self.password, self.again), (self.hq, self.nq)):
            if pair[0] is self.hq:
                heading = QLabel(tr("What the shed starts with. Count now or later."))
                heading.setProperty("kind", "muted")
                self.column.addWidget(heading)
            row = QHBoxLayout()
            row.setSpacing(16)
            for field in pair:
                row.addWidget(field, 1)
            self.column.addLayout(row)
        self.notice = Notice()
        self.column.addWidget(self.notice)
        self.button = QPushButton(tr("Set up"))
        self.button.setProperty("kind", "primary")
        buttons = QHBoxLayout()
        buttons.addWidget(self.button)
        buttons.addStretch(1)
        self.column.addLayout(buttons)
        self.button.clicked.connect(self._finish)
        for field in (self.full_name, self.username, self.email, self.password, self.again, self.hq, self.nq):
            field.edit.returnPressed.connect(self.button.click)

    def show_failure(self, error: BaseException) -> bool:
        """Each error at its field; the rest above the button."""
        if isinstance(error, ValidationFailed):
            elsewhere = []
            for one in error.errors:
                field = self._named.get(one.field)
                if field is None:
                    elsewhere.append(one.message)
                else:
                    field.show_error(one.message)
            self.notice.say(" ".join(elsewhere))
            return True
        self.notice.say(str(getattr(error, "message", "")) or tr("That did not work. Nothing was changed."))
        return hasattr(error, "message")

    def _finish(self) -> None:
        self.notice.say("")
        fields = (self.full_name, self.username, self.email, self.password, self.again, self.hq, self.nq)
        wrong: list[Field] = [field for field in fields if field.check()]
        if not wrong and self.password.value() != self.again.value():
            self.again.show_error(tr("The two passwords are not the same."))
            wrong = [self.again]
        if wrong:
            wrong[0].setFocus()
            return
        # Only here: the sign-in window does not wait for the tables to be mapped.
        from coresafe.services.users import AddUser

        admin = AddUser(
            username=self.username.value() or "",
            email=self.email.value() or "",
            full_name=self.full_name.value(),
            password=self.password.value() or "",
            role="admin",
        )
        stock = {size: field.value() for size, field in (("HQ", self.hq), ("NQ", self.nq))}
        self.finished.emit(FirstSetup(admin, {size: count for size, count in stock.items() if count}))
