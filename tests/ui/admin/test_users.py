"""The administrator's dialog of users: each function by keyboard and mouse, each refusal where it belongs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication

from coresafe.errors import AccountLocked, Forbidden, Unauthenticated
from coresafe.models.enums import Door, Role
from coresafe.services import signing_in
from coresafe.services.signing_in import ChangePassword, change_password
from coresafe.services.users import Register, UserRow, register
from coresafe.ui.admin.temporary import HandOver
from coresafe.ui.messages import Level
from tests.ui.admin.conftest import MakeDesk, Users, another_admin, can_sign_in, elsewhere, person
from tests.ui.desk import Desk
from tests.worlds import PASSWORD

CONTROL = Qt.KeyboardModifier.ControlModifier


def ask_for_account(desk: Desk, username: str = "newcomer", full_name: str | None = "Efua Newcomer") -> UserRow:
    """Somebody registers by himself."""
    command = Register(username=username, email=f"{username}@example.com", password=PASSWORD, full_name=full_name)
    return desk.aside(lambda: register(desk.elsewhere, command, door=Door.API, machine="phone"))


# -- the table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_only_administrators_are_offered_the_users(make_desk: MakeDesk, role: Role) -> None:
    desk = make_desk(role=role)
    assert not desk.window.actions_["app.users"].isVisible()
    assert desk.window.actions_["app.password"].isVisible() and desk.window.actions_["app.lock"].isVisible()


def test_everybody_is_in_the_table_with_role_and_state(admin: Desk) -> None:
    ask_for_account(admin)
    elsewhere(admin, "mary", is_active=False)
    users = Users(admin)
    assert users.names() == ["boss", "mary", "newcomer", "otto"]
    assert [users.cell(name, "state") for name in users.names()] == [
        "Active",
        "Switched off",
        "Waiting for approval",
        "Active",
    ]
    assert [users.cell(name, "role") for name in users.names()] == [
        "administrator",
        "supervisor",
        "technician",
        "technician",
    ]
    assert users.cell("otto", "last_sign_in_at") and not users.cell("newcomer", "last_sign_in_at")


def test_whom_wrong_passwords_lock_is_shown_with_until_when(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "WRONG_TRIES", 1)
    with pytest.raises(AccountLocked):
        can_sign_in(users.desk, "otto", "Wrong-One-123")
    users.desk.window.workspace.look()
    users.desk.until(lambda: users.cell("otto", "state").startswith("Locked until "))
    assert users.cell("otto", "locked_until")
    users.select("otto")
    assert "Locked until" in users.shown and "Locked: too many wrong passwords" in users.shown


@pytest.mark.parametrize(
    ("words", "found"), [("OTT", ["otto"]), ("mary@", ["mary"]), ("newco", ["newcomer"]), ("efua", ["newcomer"])]
)
def test_the_search_finds_by_user_name_name_and_address(admin: Desk, words: str, found: list[str]) -> None:
    ask_for_account(admin)
    users = Users(admin)
    admin.key(Qt.Key.Key_F, CONTROL)
    assert users.dialog.search.hasFocus()
    admin.qtbot.keyClicks(users.dialog.search, words)
    admin.until(lambda: users.names() == found)


def test_those_who_wait_and_those_switched_off_can_be_asked_for(admin: Desk) -> None:
    ask_for_account(admin)
    elsewhere(admin, "mary", is_active=False)
    users = Users(admin)
    for at, found in (
        (1, ["boss", "otto"]),
        (2, ["newcomer"]),
        (3, ["mary"]),
        (0, ["boss", "mary", "newcomer", "otto"]),
    ):
        users.dialog.filter.setCurrentIndex(at)
        users.dialog.filter.activated.emit(at)
        admin.until(lambda found=found: users.names() == found)  # type: ignore[misc]


def test_the_history_tells_what_happened_to_the_account(users: Users) -> None:
    elsewhere(users.desk, "otto", role="manager", full_name="Otto Mensah")
    elsewhere(users.desk, "otto", is_active=False)
    users.desk.window.workspace.look()
    users.desk.until(lambda: users.cell("otto", "state") == "Switched off")
    users.select("otto")
    users.desk.until(lambda: "Role: technician → supervisor" in users.shown)
    for told in (
        "Full name: – → Otto Mensah",
        "Switched off",
        "by boss, window, elsewhere",
        "Signed in",
        "Added as technician",
    ):
        assert told in users.shown


def test_what_others_do_shows_by_itself_and_keeps_the_selection(users: Users) -> None:
    users.select("otto")
    elsewhere(users.desk, "otto", full_name="Otto Mensah")
    users.desk.until(lambda: "Otto Mensah" in users.shown, 5_000)
    users.desk.until(lambda: users.cell("otto", "full_name") == "Otto Mensah")
    assert users.dialog.shown is not None and users.dialog.shown.username == "otto"


# -- adding -----------------------------------------------------------------------------------------------------------


def test_a_user_is_added_by_keyboard_and_signs_in_with_what_he_is_handed(users: Users) -> None:
    desk = users.desk
    desk.key(Qt.Key.Key_N, CONTROL)
    form = users.person
    assert form.username.edit.hasFocus()
    for words in ("kwame", "Kwame Boateng", "kwame@example.com"):
        desk.qtbot.keyClicks(QApplication.focusWidget(), words)
        desk.key(Qt.Key.Key_Tab)
    assert form.role.box.hasFocus()
    desk.key(Qt.Key.Key_Down)
    assert "lost" in form.role._note_text or "stock" in form.role._note_text
    made = form["password"].value()
    users.save()
    card = users.dialog._side.currentWidget()
    assert isinstance(card, HandOver)
    assert card.password.text() == made
    assert card.copy_button.hasFocus()
    desk.key(Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == made
    desk.key(Qt.Key.Key_Escape)
    assert users.dialog._side.currentWidget() is users.dialog.pane and users.dialog.isVisible()
    row = person(desk, "kwame")
    assert (row.full_name, row.email, row.role, row.must_change_password) == (
        "Kwame Boateng",
        "kwame@example.com",
        Role.MANAGER,
        True,
    )
    assert users.dialog.shown == row
    desk.until(lambda: "temporary, to be changed at the next sign-in" in users.shown)
    assert can_sign_in(desk, "kwame", made).actor.must_change_password


def test_a_temporary_password_can_be_made_anew_or_typed(users: Users) -> None:
    users.dialog.add_action.trigger()
    field = users.form["password"]
    first = field.value()
    field.another.click()
    assert field.value() != first and not field.problem()
    users.desk.type(field.edit, "short")
    users.desk.key(Qt.Key.Key_Tab)
    assert "10 to 200 characters" in field.error
    users.desk.type(field.edit, "Typed-By-Hand-1")
    users.desk.type(users.person.username.edit, "kwame")
    users.desk.type(users.person.email.edit, "kwame@example.com")
    users.save()
    assert can_sign_in(users.desk, "kwame", "Typed-By-Hand-1").actor.must_change_password


@pytest.mark.parametrize(
    ("username", "email", "field", "told"),
    [
        ("OTTO", "new@example.com", "username", "Another user has this user name."),
        ("kwame", "Otto@Example.com", "email", "Another user has this e-mail address."),
        ("kwame", "nonsense", "email", "not an e-mail address"),
        ("", "new@example.com", "username", "Fill this in."),
        ("x" * 61, "new@example.com", "username", "At most 60"),
    ],
)
def test_what_cannot_be_added_is_told_at_its_field(
    users: Users, username: str, email: str, field: str, told: str
) -> None:
    users.dialog.add_action.trigger()
    form = users.person
    form.username.set_value(username)
    form.email.set_value(email)
    users.save()
    assert users.dialog.form is form
    assert told in form[field].error
    assert form[field].control.hasFocus()
    assert (form.username.typed(), form.email.typed()) == (username, email)
    users.desk.key(Qt.Key.Key_Escape)


# -- editing ----------------------------------------------------------------------------------------------------------


def test_name_address_and_role_are_changed(users: Users) -> None:
    users.select("otto")
    users.desk.key(Qt.Key.Key_F2)
    form = users.person
    users.desk.type(form.full_name.edit, "Otto Mensah")
    users.desk.type(form.email.edit, "o.mensah@example.com")
    form.role.set_value("manager")
    users.save()
    row = person(users.desk, "otto")
    assert (row.full_name, row.email, row.role) == ("Otto Mensah", "o.mensah@example.com", Role.MANAGER)
    assert users.dialog.form is None and "Otto Mensah: saved." in users.said
    assert users.dialog.table.view.hasFocus()


def test_saving_what_was_not_changed_writes_nothing(users: Users) -> None:
    before = users.select("otto")
    users.press("Edit")
    users.save()
    assert users.dialog.form is None
    assert person(users.desk, "otto") == before


def test_the_last_administrator_stays_one_and_the_role_says_so(users: Users) -> None:
    users.select("boss")
    users.press("Edit")
    form = users.person
    assert "This is you" in form.username._note_text
    form.role.set_value("operator")
    users.save()
    assert "last active administrator" in form.role.error
    assert form.role.box.hasFocus()
    assert person(users.desk, "boss").role is Role.ADMIN
    form.leave()
    assert form.banner is not None
    form.banner.choices[1].click()


def test_a_stale_edit_shows_both_versions_and_keeps_what_was_typed(users: Users) -> None:
    users.select("otto")
    users.press("Edit")
    form = users.person
    users.desk.type(form.full_name.edit, "Mine")
    users.desk.type(form.email.edit, "mine@example.com")
    users.desk.window.workspace.stop()
    users.settle()
    elsewhere(users.desk, "otto", full_name="Theirs", role="manager")
    users.save()
    assert users.dialog.form is form and form.comparison is not None
    assert form.banner is not None and form.banner.message.level is Level.WARNING
    rows = form.comparison.rows
    assert set(rows) == {"full_name", "email", "role"}
    assert "Mine" in rows["full_name"].yours.accessibleName() and "Theirs" in rows["full_name"].theirs.accessibleName()
    assert form.full_name.typed() == "Mine" and form.email.typed() == "mine@example.com"
    assert form.role.value() == "manager"  # what only they changed is taken
    rows["full_name"].theirs.click()
    users.save()
    row = person(users.desk, "otto")
    assert (row.full_name, row.email, row.role) == ("Theirs", "mine@example.com", Role.MANAGER)


def test_others_changes_of_the_user_being_edited_show_in_the_form(users: Users) -> None:
    users.select("otto")
    users.press("Edit")
    form = users.person
    users.desk.type(form.email.edit, "mine@example.com")
    elsewhere(users.desk, "otto", full_name="Theirs")
    users.desk.until(lambda: form.comparison is not None, 5_000)
    assert form.email.typed() == "mine@example.com"
    users.save()
    row = person(users.desk, "otto")
    assert (row.full_name, row.email) == ("Theirs", "mine@example.com")


def test_a_sign_in_of_the_user_being_edited_disturbs_nobody(users: Users) -> None:
    users.select("otto")
    users.press("Edit")
    form = users.person
    users.desk.type(form.full_name.edit, "Otto M")
    can_sign_in(users.desk, "otto")
    users.desk.window.workspace.look()
    users.settle()
    assert form.comparison is None and form.banner is None and form.full_name.typed() == "Otto M"
    users.save()
    assert person(users.desk, "otto").full_name == "Otto M"


def test_leaving_asks_only_when_something_typed_would_be_lost(users: Users) -> None:
    users.select("otto")
    users.press("Edit")
    form = users.person
    users.desk.key(Qt.Key.Key_Escape)
    assert users.dialog.form is None and users.dialog.isVisible()
    users.press("Edit")
    form = users.person
    users.desk.type(form.full_name.edit, "x")
    users.desk.key(Qt.Key.Key_Escape)
    assert form.banner is not None and form.banner.message.level is Level.QUESTION
    users.desk.key(Qt.Key.Key_Escape)
    assert users.dialog.form is form
    users.dialog.close()
    assert users.dialog.isVisible() and form.banner is not None
    form.banner.choices[1].click()
    users.dialog.table.view.setFocus()
    dialog = users.dialog
    users.desk.key(Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# -- switching off and on, approving ----------------------------------------------------------------------------------


def test_whoever_asked_for_an_account_is_approved_with_one_click_and_signs_in(admin: Desk) -> None:
    ask_for_account(admin)
    users = Users(admin)
    with pytest.raises(Forbidden, match="approve"):
        can_sign_in(admin, "newcomer")
    users.select("newcomer")
    assert "Asked for an account" in users.shown
    assert users.offered == {"Approve", "Edit", "Reset the password"}
    users.press("Approve")
    admin.until(lambda: "Efua Newcomer can sign in now." in users.said)
    users.settle()
    assert users.cell("newcomer", "state") == "Active"
    assert users.offered == {"Edit", "Reset the password", "Switch off", "Sign out everywhere"}
    assert can_sign_in(admin, "newcomer").actor.role is Role.OPERATOR


def test_switching_off_is_said_first_and_done_at_once_switching_on_again_lets_in(users: Users) -> None:
    users.select("otto")
    users.press("Switch off")
    form = users.form
    assert form.leave_button.hasFocus()  # a stray Enter does nothing
    users.save()
    assert not person(users.desk, "otto").is_active
    assert "otto is switched off and signed out." in users.said
    with pytest.raises(Unauthenticated, match="switched off"):
        can_sign_in(users.desk, "otto")
    assert users.offered == {"Switch on", "Edit", "Reset the password"}
    users.press("Switch on")
    users.desk.until(lambda: "otto can sign in now." in users.said)
    assert can_sign_in(users.desk, "otto").actor.username == "otto"


def test_the_last_administrator_is_not_switched_off_and_is_told_why(users: Users) -> None:
    users.select("boss")
    users.press("Switch off")
    users.save()
    form = users.form
    assert form.banner is not None and "last active administrator" in form.banner.message.text
    assert person(users.desk, "boss").is_active


def test_nobody_switches_himself_off_and_is_told_why(users: Users) -> None:
    another_admin(users.desk)
    users.select("boss")
    assert "Reset the password" not in users.offered
    users.press("Switch off")
    users.save()
    form = users.form
    assert form.banner is not None and "own account" in form.banner.message.text


def test_switching_off_somebody_who_was_changed_meanwhile_says_how_he_stands_now(users: Users) -> None:
    users.select("otto")
    users.press("Switch off")
    form = users.form
    users.desk.window.workspace.stop()
    users.settle()
    elsewhere(users.desk, "otto", role="manager")
    users.save()
    assert users.dialog.form is form and form.banner is not None
    assert "supervisor, active" in form.banner.message.hint
    users.save()
    assert not person(users.desk, "otto").is_active


def test_approving_somebody_who_was_approved_meanwhile_changes_nothing_and_shows_how_he_stands(admin: Desk) -> None:
    ask_for_account(admin)
    users = Users(admin)
    users.select("newcomer")
    admin.window.workspace.stop()
    admin.settle()
    elsewhere(admin, "newcomer", is_active=True)
    users.press("Approve")
    admin.until(lambda: "changed this user meanwhile" in users.said)
    admin.until(lambda: users.dialog.shown is not None and users.dialog.shown.is_active)


# -- passwords and sessions -------------------------------------------------------------------------------------------


def test_a_reset_password_is_shown_once_and_must_be_changed(users: Users) -> None:
    users.select("otto")
    users.press("Reset the password")
    made = users.form["password"].value()
    users.save()
    card = users.dialog._side.currentWidget()
    assert isinstance(card, HandOver) and card.password.text() == made
    assert card.password.isReadOnly()
    users.desk.qtbot.mouseClick(card.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == made
    card.done_button.click()
    users.desk.qtbot.waitUntil(lambda: users.dialog.findChild(HandOver) is None)
    with pytest.raises(Unauthenticated):
        can_sign_in(users.desk, "otto")
    who = can_sign_in(users.desk, "otto", made)
    assert who.actor.must_change_password
    users.desk.aside(
        lambda: change_password(who, ChangePassword(current_password=made, new_password="My-Own-Choice-9"))
    )
    assert not can_sign_in(users.desk, "otto", "My-Own-Choice-9").actor.must_change_password


def test_a_reset_password_lifts_a_lock(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "WRONG_TRIES", 1)
    with pytest.raises(AccountLocked):
        can_sign_in(users.desk, "otto", "Wrong-One-123")
    users.select("otto")
    users.press("Reset the password")
    made = users.form["password"].value()
    users.save()
    assert can_sign_in(users.desk, "otto", made)


# -- two windows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["Switch off", "Sign out everywhere", "Reset the password", "Edit"])
def test_whom_it_concerns_is_out_at_once_in_his_own_window(make_desk: MakeDesk, what: str) -> None:
    his = make_desk(role=Role.OPERATOR)
    admin = make_desk(role=Role.ADMIN)
    users = Users(admin)
    users.select("otto")
    users.press(what)
    if what == "Edit":
        users.person.role.set_value("manager")
    users.save()
    his.until(lambda: bool(his.ended), 5_000)
    assert ("switched off" if what == "Switch off" else "signed out") in his.ended[0]
    assert not admin.ended


def test_an_administrator_demoted_elsewhere_loses_the_dialog_with_his_session(users: Users) -> None:
    ruth = another_admin(users.desk)
    users.desk.admin = replace(users.desk.admin, actor=ruth.actor)
    elsewhere(users.desk, "boss", role="manager")
    users.desk.until(lambda: bool(users.desk.ended), 5_000)
    assert "signed out" in users.desk.ended[0]


def test_one_administrator_sees_what_the_other_adds(users: Users) -> None:
    another_admin(users.desk)
    users.desk.until(lambda: "ruth" in users.names(), 5_000)


# -- for everybody's hands --------------------------------------------------------------------------------------------


def test_everything_is_large_enough_named_and_reached_in_the_order_of_reading(users: Users) -> None:
    users.select("otto")
    dialog = users.dialog
    wanted = [
        dialog.search,
        dialog.filter,
        dialog.header.primary,
        dialog.table.view,
        *[b for b in dialog.pane.buttons.values() if b.isVisible()],
        dialog.close_button,
    ]
    dialog.search.setFocus()
    reached = []
    for _ in range(20):
        here = QApplication.focusWidget()
        if here in reached:
            break
        reached.append(here)
        users.desk.key(Qt.Key.Key_Tab)
    assert [each for each in reached if each in wanted] == wanted
    for control in dialog.findChildren(QAbstractButton):
        if control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
            assert control.accessibleName()
            assert control.height() >= 32, control.accessibleName()


def test_the_table_offers_the_same_with_the_right_mouse_button(users: Users) -> None:
    from PySide6.QtWidgets import QMenu

    row = users.select("otto")
    menu = QMenu()
    users.dialog.table.menu_asked.emit(menu, row)
    shown = {action.text() for action in menu.actions() if action.isVisible()}
    assert {"Edit…", "Reset the password…", "Switch off…", "Sign out everywhere…"} <= shown
    menu.deleteLater()
