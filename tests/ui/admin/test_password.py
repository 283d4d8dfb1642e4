"""Changing one's own password: told before and after, this session goes on, all others end."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from coresafe.errors import Unauthenticated
from coresafe.models.enums import Role
from coresafe.services import signing_in
from coresafe.ui.admin import PasswordDialog
from coresafe.ui.messages import Level
from tests.ui.admin.conftest import MakeDesk, can_sign_in, elsewhere
from tests.ui.desk import Desk
from tests.worlds import PASSWORD

OWN = "My-Own-Choice-9"


def open_dialog(desk: Desk) -> PasswordDialog:
    desk.do("app.password")
    dialog = next(each for each in desk.window.findChildren(PasswordDialog) if each.isVisible())
    desk.until(dialog.isActiveWindow)
    return dialog


def fill(desk: Desk, *words: str) -> None:
    """Type into the fields, from where the keyboard is."""
    for at, each in enumerate(words):
        if at:
            desk.key(Qt.Key.Key_Tab)
        desk.qtbot.keyClicks(QApplication.focusWidget(), each)


def save(desk: Desk, dialog: PasswordDialog) -> None:
    form = dialog.form
    desk.save_by_keys()
    desk.until(lambda: not form.saving)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER, Role.ADMIN])
def test_everybody_changes_his_own_by_keyboard_and_goes_on_working(make_desk: MakeDesk, role: Role) -> None:
    desk = make_desk(role=role)
    name = desk.context.actor.username
    desk.do("dispatch.new")  # a form that was open before goes on, too
    desk.settle()
    dialog = open_dialog(desk)
    assert dialog.form.current.edit.hasFocus()
    fill(desk, PASSWORD, OWN, OWN)
    said: list[str] = []
    dialog.changed.connect(lambda: said.append("changed"))
    save(desk, dialog)
    desk.until(lambda: bool(said))
    desk.settle()
    assert any("Your password is changed." in banner.accessibleName() for banner in desk.window.host.banners)
    # The session goes on: the feed answers, and a write is done.
    desk.window.workspace.look()
    desk.settle()
    assert not desk.ended and desk.window.workspace.is_online
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow)
    form = desk.fill_dispatch(hq=1)
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is not form)
    desk.until(lambda: not form.saving)
    assert desk.dispatches.form is None
    with pytest.raises(Unauthenticated):
        can_sign_in(desk, name)
    assert can_sign_in(desk, name, OWN)


def test_his_other_windows_end_and_this_one_does_not(make_desk: MakeDesk) -> None:
    here, there = make_desk(role=Role.OPERATOR), make_desk(role=Role.OPERATOR)
    here.window.activateWindow()
    here.until(here.window.isActiveWindow)
    dialog = open_dialog(here)
    fill(here, PASSWORD, OWN, OWN)
    save(here, dialog)
    there.until(lambda: bool(there.ended), 5_000)
    assert "signed out" in there.ended[0]
    here.window.workspace.look()
    here.settle()
    assert not here.ended


def test_what_is_asked_while_the_password_changes_does_not_end_the_session(desk: Desk) -> None:
    """A look at the feed under the old session, refused after the change, is no end of the new one."""
    dialog = open_dialog(desk)
    fill(desk, PASSWORD, OWN, OWN)
    workspace = desk.window.workspace
    old = workspace.context.actor
    save(desk, dialog)
    desk.until(lambda: workspace.context.actor is not old)
    assert workspace._is_outdated(Unauthenticated("You have been signed out."), old)
    assert not workspace._is_outdated(Unauthenticated("You have been signed out."), workspace.context.actor)
    workspace.renew()
    assert workspace._is_outdated(Unauthenticated("You have been signed out."), workspace.context.actor)
    workspace.renewed()
    desk.settle()
    assert not desk.ended


def test_the_rules_stand_beside_the_field_and_what_breaks_them_is_said_before_saving(desk: Desk) -> None:
    dialog = open_dialog(desk)
    form = dialog.form
    assert form.new._note.isVisible() and "At least 10 characters" in form.new._note.text()
    for typed, told in (
        ("short-1", "10 to 200"),
        ("onlyletters", "a digit or a sign"),
        ("mary-is-here-1", "user name"),
    ):
        desk.type(form.new.edit, typed)
        desk.key(Qt.Key.Key_Tab)
        assert told in form.new.error
    desk.type(form.new.edit, OWN)
    desk.type(form.again.edit, "Another-One-77")
    desk.key(Qt.Key.Key_Tab)
    assert not form.new.error and form.again.error == "The two passwords are not the same."
    desk.type(form.new.edit, "Another-One-77")
    assert not form.again.error
    assert any("stay signed in here" in each.text() for each in form.findChildren(QLabel))
    form.left.emit()


def test_a_wrong_current_password_is_told_at_the_field_and_the_session_stays(desk: Desk) -> None:
    dialog = open_dialog(desk)
    fill(desk, "Wrong-One-123", OWN, OWN)
    save(desk, dialog)
    form = dialog.form
    assert dialog.isVisible()
    assert form.current.error == "That is not your current password."
    assert form.current.edit.hasFocus() and form.new.typed() == OWN
    desk.window.workspace.look()
    desk.settle()
    assert not desk.ended
    desk.qtbot.keyClicks(QApplication.focusWidget(), PASSWORD)  # over what was wrong
    save(desk, dialog)
    assert can_sign_in(desk, "mary", OWN)


def test_the_same_password_again_is_refused_at_the_new_one(desk: Desk) -> None:
    dialog = open_dialog(desk)
    fill(desk, PASSWORD, PASSWORD, PASSWORD)
    save(desk, dialog)
    assert "your password already" in dialog.form.new.error


def test_too_many_wrong_ones_lock_and_say_for_how_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "WRONG_TRIES", 2)
    dialog = open_dialog(desk)
    fill(desk, "Wrong-One-123", OWN, OWN)
    save(desk, dialog)
    form = dialog.form
    assert form.current.error == "That is not your current password."
    desk.qtbot.keyClicks(QApplication.focusWidget(), "Wrong-Two-456")
    save(desk, dialog)
    assert form.banner is not None
    assert "Too many wrong passwords. Try again in 15 minutes" in form.banner.message.text
    assert dialog.isVisible() and form.new.typed() == OWN
    desk.window.workspace.look()
    desk.settle()
    assert not desk.ended


def test_leaving_asks_when_something_was_typed(desk: Desk) -> None:
    dialog = open_dialog(desk)
    fill(desk, "half")
    desk.key(Qt.Key.Key_Escape)
    form = dialog.form
    assert dialog.isVisible() and form.banner is not None and form.banner.message.level is Level.QUESTION
    form.banner.choices[1].click()
    assert not dialog.isVisible()
    dialog = open_dialog(desk)
    desk.key(Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_whoever_is_switched_off_meanwhile_is_led_to_the_sign_in(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    dialog = open_dialog(desk)
    desk.window.workspace.stop()
    desk.settle()
    elsewhere(desk, "otto", is_active=False)
    fill(desk, PASSWORD, OWN, OWN)
    save(desk, dialog)
    desk.until(lambda: bool(desk.ended), 6_000)
    assert "switched off" in desk.ended[0]
