"""Signing in with a temporary password: a new one is chosen before the main window opens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt

from coresafe.app import Program
from coresafe.models.enums import Door, Role
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.listing import Query
from coresafe.services.users import ChangeUser, change_user, list_users
from tests.ui.desk import Place

Start = Callable[..., Program]
PATIENCE = 30_000
TEMPORARY, OWN = "kfnq-27wt-m4ha", "My-Own-Choice-9"


@dataclass
class Admin:
    """An administrator at another computer, in a thread of his own."""

    place: Place

    def change(self, username: str, **changes: Any) -> None:
        """Change a user."""
        errors: list[BaseException] = []

        def do() -> None:
            database = Database(self.place.url)
            try:
                who = Context(
                    database=database, actor=self.place.actors[Role.ADMIN], door=Door.WINDOW, machine="office"
                )
                row = next(row for row in list_users(who, Query(q=username)).items)
                change_user(who, ChangeUser(user_id=row.id, version=row.version, **changes))
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)
            finally:
                database.close()

        thread = threading.Thread(target=do)
        thread.start()
        thread.join(60)
        assert not errors, errors


@pytest.fixture
def admin(place: Place) -> Admin:
    """He has reset otto's password."""
    admin = Admin(place)
    admin.change("otto", password=TEMPORARY)
    return admin


@pytest.fixture
def program(qtbot: Any, start: Start, admin: Admin) -> Program:
    """Otto has signed in with what he was handed."""
    program = start(admin.place.url)
    page = program.start.sign_in
    qtbot.waitUntil(page.button.isEnabled, timeout=PATIENCE)
    give(qtbot, program, TEMPORARY)
    qtbot.waitUntil(lambda: program.start.page is program.start.new_password, timeout=PATIENCE)
    return program


def give(qtbot: Any, program: Program, password: str) -> None:
    page = program.start.sign_in
    page.username.edit.setText("otto")
    page.password.edit.setText(password)
    qtbot.keyClick(page.password.edit, Qt.Key.Key_Return)


def choose(qtbot: Any, program: Program, new: str, again: str = "") -> None:
    page = program.start.new_password
    page.password.edit.setText(new)
    qtbot.keyClick(page.password.edit, Qt.Key.Key_Return)
    assert page.again.edit.hasFocus()
    page.again.edit.setText(again or new)
    qtbot.keyClick(page.again.edit, Qt.Key.Key_Return)


def test_a_temporary_password_leads_to_a_new_one_and_that_to_the_window(qtbot: Any, program: Program) -> None:
    page = program.start.new_password
    assert program.main is None
    assert page.password.edit.hasFocus()
    assert "10 characters" in page.password._note_text
    choose(qtbot, program, OWN)
    qtbot.waitUntil(lambda: program.main is not None, timeout=PATIENCE)
    main: Any = program.main
    assert main.workspace.context.actor.must_change_password is False
    assert page.password.typed() == page.again.typed() == ""
    # The session that was begun with the temporary one goes on; the new one opens the next.
    qtbot.waitUntil(lambda: program.runner.idle and bool(main._as_of.text()), timeout=PATIENCE)
    main.actions_["app.sign_out"].trigger()
    qtbot.waitUntil(lambda: program.runner.idle, timeout=PATIENCE)
    give(qtbot, program, OWN)
    qtbot.waitUntil(lambda: program.main is not None, timeout=PATIENCE)


def test_a_new_password_that_breaks_a_rule_is_told_at_its_field(qtbot: Any, program: Program) -> None:
    page = program.start.new_password
    for new, again, told in (
        ("short-1", "", "10 to 200 characters"),
        ("otto-is-my-name-1", "", "must not hold the user name"),
        (TEMPORARY, "", "your password already"),
    ):
        choose(qtbot, program, new, again)
        qtbot.waitUntil(lambda: bool(page.password.error) and page.button.isEnabled(), timeout=PATIENCE)
        assert told in page.password.error
    choose(qtbot, program, OWN, "Another-One-77")
    assert page.again.error == "The two passwords are not the same."
    assert program.main is None


def test_not_now_goes_back_to_signing_in_and_the_temporary_one_still_works(qtbot: Any, program: Program) -> None:
    program.start.new_password.password.edit.setText("half typed")
    program.start.new_password.other.click()
    assert program.start.page is program.start.sign_in
    assert program.start._temporary is None
    give(qtbot, program, TEMPORARY)
    qtbot.waitUntil(lambda: program.start.page is program.start.new_password, timeout=PATIENCE)
    assert program.start.new_password.password.typed() == ""


def test_a_temporary_password_that_was_replaced_meanwhile_ends_at_the_sign_in(
    qtbot: Any, program: Program, admin: Admin
) -> None:
    admin.change("otto", password="Replaced-Once-More-1")
    choose(qtbot, program, OWN)
    qtbot.waitUntil(lambda: program.start.page is program.start.sign_in, timeout=PATIENCE)
    assert "signed out" in program.start.sign_in.notice.text()
    assert program.main is None
