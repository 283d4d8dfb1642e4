"""The administrator's and everybody's own desk, side by side on one database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coresafe.models.enums import Door, Role
from coresafe.services.context import Context
from coresafe.services.listing import Query
from coresafe.services.signing_in import sign_in
from coresafe.services.users import AddUser, ChangeUser, UserRow, add_user, change_user, list_users
from coresafe.ui.admin.person_form import PersonForm
from coresafe.ui.admin.users_dialog import UsersDialog
from tests.ui.desk import Desk
from tests.worlds import PASSWORD

MakeDesk = Callable[..., Desk]


@pytest.fixture
def admin(make_desk: MakeDesk) -> Desk:
    """An administrator at a main window."""
    return make_desk(role=Role.ADMIN)


@pytest.fixture
def users(admin: Desk) -> Users:
    """He has opened the dialog of users."""
    return Users(admin)


class Users:
    """The dialog of users, with hands on it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.do("app.users")
        self.dialog = desk.window.findChild(UsersDialog)
        assert isinstance(self.dialog, UsersDialog)
        desk.qtbot.waitUntil(self.dialog.isActiveWindow, timeout=20_000)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way and the rows are there."""
        self.desk.until(lambda: self.desk.runner.idle and self.dialog.table.model.rowCount() > 0)

    def names(self) -> list[str]:
        """The user names in the table."""
        return [row.username for _at, row in self.dialog.table.model.known()]

    def cell(self, username: str, column: str) -> str:
        """What a column says of somebody."""
        model = self.dialog.table.model
        row = next(row for _at, row in model.known() if row.username == username)
        return next(each for each in model.columns if each.key == column).words(row)

    def select(self, username: str) -> UserRow:
        """Select somebody and wait for his history."""
        table = self.dialog.table
        self.desk.until(lambda: username in self.names())
        row = next(row for _at, row in table.model.known() if row.username == username)
        table.select_id(row.id)
        self.desk.until(lambda: self.dialog._entries is not None and self.desk.runner.idle)
        assert self.dialog.shown is not None and self.dialog.shown.username == username
        return self.dialog.shown

    def press(self, words: str) -> None:
        """Click a button of the detail by its words."""
        found = [b for b in self.dialog.pane.buttons.values() if b.accessibleName() == words and b.isVisible()]
        assert len(found) == 1, f"{words} is not offered"
        found[0].click()

    @property
    def offered(self) -> set[str]:
        return {b.accessibleName() for b in self.dialog.pane.buttons.values() if b.isVisible() and b.isEnabled()}

    @property
    def form(self) -> Any:
        assert self.dialog.form is not None
        return self.dialog.form

    @property
    def person(self) -> PersonForm:
        assert isinstance(self.dialog.form, PersonForm)
        return self.dialog.form

    def save(self) -> None:
        """Ctrl+Enter, and wait for the answer."""
        form = self.form
        self.desk.save_by_keys()
        self.desk.until(lambda: not form.saving)
        self.settle()

    @property
    def said(self) -> str:
        """What the dialog says at its head."""
        return " ".join(banner.accessibleName() for banner in self.dialog.host.banners)

    @property
    def shown(self) -> str:
        """All words of the detail."""
        from PySide6.QtWidgets import QLabel

        return "\n".join(each.text() for each in self.dialog.pane.detail.findChildren(QLabel) if each.isVisible())


def elsewhere(desk: Desk, username: str, **changes: Any) -> UserRow:
    """Another administrator, at another computer, changes somebody."""

    def do() -> UserRow:
        row = next(row for row in list_users(desk.admin, Query(q=username)).items if row.username == username)
        return change_user(desk.admin, ChangeUser(user_id=row.id, version=row.version, **changes))

    return desk.aside(do)


def person(desk: Desk, username: str) -> UserRow:
    """Somebody as he is in the database."""
    rows = desk.aside(lambda: list_users(desk.admin, Query(q=username)).items)
    return next(row for row in rows if row.username == username)


def another_admin(desk: Desk, username: str = "ruth") -> Context:
    """A second administrator, signed in elsewhere: from then on the first one is not the last."""

    def do() -> Context:
        command = AddUser(username=username, email=f"{username}@example.com", password=PASSWORD, role=Role.ADMIN)
        add_user(desk.admin, command)
        return sign_in(desk.elsewhere, username, PASSWORD, door=Door.WINDOW, machine="elsewhere")

    return desk.aside(do)


def can_sign_in(desk: Desk, username: str, password: str = PASSWORD) -> Context:
    """Sign somebody in elsewhere; raises as the sign-in page would say."""
    return desk.aside(lambda: sign_in(desk.elsewhere, username, password, door=Door.WINDOW, machine="elsewhere"))
