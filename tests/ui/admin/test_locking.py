"""The locked window: nothing of it can be read or reached, what was typed is kept, and only the right password opens it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from coresafe.models.enums import Role
from coresafe.services import signing_in, transaction
from coresafe.ui.admin.idle import IDLE_SECONDS
from coresafe.ui.admin.users_dialog import UsersDialog
from tests.ui.admin.conftest import MakeDesk, elsewhere, person
from tests.ui.desk import Desk
from tests.worlds import PASSWORD

CONTROL = Qt.KeyboardModifier.ControlModifier


class Clock:
    """A clock that a test moves."""

    def __init__(self, desk: Desk) -> None:
        self.now = 1_000_000.0
        self._idle = desk.window.locking.idle
        self._idle.clock = lambda: self.now
        self._idle.start()

    def passes(self, seconds: float) -> None:
        """Time goes by, and the program looks at the clock."""
        self.now += seconds
        self._idle.look()


def unlock(desk: Desk, password: str = PASSWORD) -> None:
    page = desk.window.locking.page
    page.password.edit.setText(password)
    desk.qtbot.keyClick(page.password.edit, Qt.Key.Key_Return)
    desk.until(lambda: not desk.window.locking.locked or page.button.isEnabled() or bool(desk.ended))


def visible(desk: Desk) -> set[QWidget]:
    return {each for each in desk.window.findChildren(QWidget) if each.isVisible()}


# -- when -------------------------------------------------------------------------------------------------------------


def test_it_locks_after_a_quarter_of_an_hour_without_key_or_mouse(desk: Desk) -> None:
    assert IDLE_SECONDS == 15 * 60
    clock = Clock(desk)
    clock.passes(14 * 60 + 59)
    assert not desk.window.locking.locked
    clock.passes(1)
    assert desk.window.locking.locked


@pytest.mark.parametrize("touch", ["key", "mouse", "move"])
def test_a_key_and_the_mouse_put_it_off(desk: Desk, touch: str) -> None:
    clock = Clock(desk)
    handle = desk.window.windowHandle()
    clock.passes(14 * 60)
    if touch == "key":
        QTest.keyClick(handle, Qt.Key.Key_Shift)
    elif touch == "mouse":
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, handle.geometry().center())
    else:
        for aside in (0, 8):
            QTest.mouseMove(handle, handle.geometry().center() + QPoint(aside, aside))
    QApplication.processEvents()
    clock.passes(14 * 60)
    assert not desk.window.locking.locked
    clock.passes(60)
    assert desk.window.locking.locked


def test_a_key_in_a_dialog_puts_it_off_too(admin: Desk) -> None:
    admin.do("app.users")
    dialog = admin.window.findChild(UsersDialog)
    assert dialog is not None
    admin.until(dialog.isActiveWindow)
    clock = Clock(admin)
    clock.passes(14 * 60)
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_Shift)
    QApplication.processEvents()
    clock.passes(14 * 60)
    assert not admin.window.locking.locked


def test_the_key_that_wakes_a_machine_the_next_morning_is_not_let_through(desk: Desk) -> None:
    form = desk.fill_dispatch()
    form.driver.edit.setFocus()
    clock = Clock(desk)
    clock.now += 12 * 3600  # it slept: nobody looked at the clock
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_X)
    QApplication.processEvents()
    assert desk.window.locking.locked
    assert form.driver.typed() == "Kofi"
    assert desk.window.locking.page.password.typed() == ""


def test_a_clock_that_is_set_back_does_not_lock_and_counts_anew(desk: Desk) -> None:
    clock = Clock(desk)
    clock.passes(-3600)
    clock.passes(14 * 60)
    assert not desk.window.locking.locked
    clock.passes(60)
    assert desk.window.locking.locked


def test_it_locks_by_menu_and_key_and_counts_anew_when_it_is_unlocked(desk: Desk) -> None:
    clock = Clock(desk)
    clock.passes(14 * 60)
    desk.key(Qt.Key.Key_L, CONTROL)
    assert desk.window.locking.locked
    clock.passes(3600)
    unlock(desk)
    assert not desk.window.locking.locked
    clock.passes(14 * 60)
    assert not desk.window.locking.locked


# -- what is covered ----------------------------------------------------------------------------------------------------


def test_nothing_of_the_content_can_be_seen_or_reached(desk: Desk) -> None:
    desk.others_dispatch(hq=1)
    form = desk.fill_dispatch()
    content = visible(desk)
    desk.do("app.lock")
    window, page = desk.window, desk.window.locking.page
    still = {each for each in visible(desk) & content if not window.statusBar().isAncestorOf(each)}
    assert not {each for each in still if each.window() is window} - {
        window.centralWidget(),
        window.menuBar(),
        window.statusBar(),
        *window.menuBar().findChildren(QWidget),
    }
    assert not form.isVisible() and not desk.dispatches.table.isVisible()
    assert not window.menuBar().isEnabled() and not window.statusBar().isEnabled()
    # Round and round with Tab: only the lock's own controls.
    reached = []
    for _ in range(12):
        reached.append(QApplication.focusWidget())
        desk.key(Qt.Key.Key_Tab)
    assert reached[0] is page.password.edit
    assert set(reached) == {page.password.edit, page.button, page.other}
    assert reached[:4] == [page.password.edit, page.button, page.other, page.password.edit]


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Qt.Key.Key_N, CONTROL),
        (Qt.Key.Key_5, CONTROL),
        (Qt.Key.Key_D, CONTROL),
        (Qt.Key.Key_Q, CONTROL),
        (Qt.Key.Key_Comma, CONTROL),
        (Qt.Key.Key_L, CONTROL | Qt.KeyboardModifier.ShiftModifier),
        (Qt.Key.Key_F, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
    ],
)
def test_no_shortcut_works_behind_the_lock(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    desk.do("app.lock")
    shown = desk.window.page
    QTest.keyClick(desk.window.windowHandle(), key, modifier)
    QApplication.processEvents()
    assert desk.window.locking.locked and desk.window.isVisible() and not desk.ended
    assert desk.window.page is shown and desk.dispatches.form is None
    assert QApplication.activePopupWidget() is None and QApplication.activeModalWidget() is None


def test_shortcuts_work_again_afterwards(desk: Desk) -> None:
    desk.do("app.lock")
    unlock(desk)
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_5, CONTROL)
    desk.until(lambda: desk.window.page is desk.inventory)
    assert desk.window.menuBar().isEnabled()


def test_a_dialog_with_what_was_typed_in_it_is_hidden_and_comes_back(admin: Desk) -> None:
    admin.do("app.users")
    dialog = admin.window.findChild(UsersDialog)
    assert dialog is not None
    admin.until(lambda: dialog.isActiveWindow() and dialog.table.model.rowCount() > 0)
    dialog.add_action.trigger()
    form: Any = dialog.form
    admin.type(form.username.edit, "newcomer")
    admin.window.locking.lock()
    assert not dialog.isVisible()
    assert admin.window.locking.page.kept.isVisible()
    unlock(admin)
    admin.until(lambda: dialog.isVisible() and dialog.isActiveWindow())
    assert dialog.form is form and form.username.typed() == "newcomer"
    assert form.username.edit.hasFocus()


def test_a_window_that_an_answer_opens_meanwhile_waits(desk: Desk) -> None:
    from PySide6.QtWidgets import QDialog

    desk.do("app.lock")
    late = QDialog(desk.window)
    late.show()
    desk.until(lambda: not late.isVisible())
    unlock(desk)
    desk.until(late.isVisible)
    late.close()


# -- unlocking ----------------------------------------------------------------------------------------------------------


def test_the_right_password_shows_everything_as_it_was(desk: Desk) -> None:
    form = desk.fill_dispatch(hq="4")
    desk.type(form.notes.edit if hasattr(form, "notes") else form.driver.edit, "  half a wor")
    edit: Any = QApplication.focusWidget()
    before = {name: field.typed() for name, field in form.fields.items()}
    desk.do("app.lock")
    page = desk.window.locking.page
    assert page.kept.isVisible()
    assert page.password.edit.hasFocus()
    unlock(desk)
    assert not desk.window.locking.locked
    assert desk.dispatches.form is form and form.isVisible()
    assert {name: field.typed() for name, field in form.fields.items()} == before
    assert edit.hasFocus()
    assert page.password.typed() == ""
    desk.settle()


def test_the_lock_says_who_is_signed_in_and_of_typing_only_where_there_is_some(desk: Desk) -> None:
    desk.do("app.lock")
    page = desk.window.locking.page
    assert page.who.text() == "mary, supervisor, is signed in."
    assert not page.kept.isVisible()
    assert page.password.edit.accessibleName() == "Password"


def test_a_wrong_password_is_told_at_the_field_and_asked_for_anew(desk: Desk) -> None:
    desk.do("app.lock")
    unlock(desk, "Wrong-One-123")
    page = desk.window.locking.page
    assert desk.window.locking.locked
    assert page.password.error == "That is not the password. Try again."
    assert page.password.typed() == "" and page.password.edit.hasFocus()
    assert not desk.ended  # a slip of the finger ends no session
    page.button.click()
    assert page.password.error == "Fill this in."


def test_wrong_ones_count_as_at_the_sign_in_and_lock_the_account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "WRONG_TRIES", 2)
    desk.do("app.lock")
    unlock(desk, "Wrong-One-123")
    unlock(desk, "Wrong-One-123")
    page = desk.window.locking.page
    assert "Too many wrong passwords. Try again in 15 minutes" in page.password.error
    unlock(desk)
    assert desk.window.locking.locked and "Too many" in page.password.error
    assert person(desk, "mary").locked_until is not None


def test_caps_lock_is_told(desk: Desk) -> None:
    desk.do("app.lock")
    edit = desk.window.locking.page.password.edit
    QApplication.sendEvent(edit, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "A"))
    assert desk.window.locking.page.password._note_text == "Caps lock seems to be on."


@pytest.mark.parametrize("change", ["epoch", "role"])
def test_a_session_that_ended_meanwhile_is_not_opened_again(desk: Desk, change: str) -> None:
    desk.window.workspace.stop()
    desk.settle()
    desk.do("app.lock")
    elsewhere(desk, "mary", **({"sign_out": True} if change == "epoch" else {"role": "operator"}))
    unlock(desk)
    desk.until(lambda: bool(desk.ended))
    assert "signed out" in desk.ended[0]
    assert desk.window.locking.locked


def test_the_lock_goes_on_looking_and_leads_to_the_sign_in_when_the_session_is_ended(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    desk.do("app.lock")
    elsewhere(desk, "otto", is_active=False)
    desk.until(lambda: bool(desk.ended), 5_000)
    assert "switched off" in desk.ended[0]


def test_what_others_did_meanwhile_is_there_after_unlocking(desk: Desk) -> None:
    sent = desk.others_dispatch(hq=5)
    desk.window.workspace.look()
    desk.select(sent.id)
    desk.do("app.lock")
    desk.others_return(sent, hq=2)
    unlock(desk)
    desk.until(lambda: desk.dispatches._current is not None and desk.dispatches._current.outstanding == 3)


def test_a_database_that_is_away_is_told_and_the_window_stays_locked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coresafe.errors import DatabaseUnavailable

    def away(*_args: object, **_kwargs: object) -> None:
        raise DatabaseUnavailable("The database cannot be reached.", hint="Check the network.")

    desk.window.workspace.stop()
    desk.settle()
    desk.do("app.lock")
    monkeypatch.setattr(transaction, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(signing_in, "sign_in", away)
    unlock(desk)
    page = desk.window.locking.page
    assert desk.window.locking.locked and page.banner is not None
    assert "cannot be reached" in page.banner.message.text
    assert page.password.typed() == PASSWORD  # to try again with
    monkeypatch.undo()
    unlock(desk)
    assert not desk.window.locking.locked


# -- somebody else ------------------------------------------------------------------------------------------------------


def test_somebody_else_can_sign_in_where_nothing_would_be_lost(desk: Desk) -> None:
    desk.do("app.lock")
    desk.window.locking.page.other.click()
    assert desk.ended == [""]


def test_somebody_else_is_asked_first_where_something_typed_would_be_lost(desk: Desk) -> None:
    form = desk.fill_dispatch()
    desk.do("app.lock")
    page = desk.window.locking.page
    page.other.click()
    assert not desk.ended and page.banner is not None
    assert page.banner.choices[0].hasFocus()  # the harmless one
    page.banner.choices[0].click()
    assert desk.window.locking.locked and page.password.edit.hasFocus()
    unlock(desk)
    assert form.driver.value() == "Kofi"
    desk.do("app.lock")
    page.other.click()
    assert page.banner is not None
    page.banner.choices[1].click()
    assert desk.ended == [""]


def test_closing_a_locked_window_is_refused_only_while_it_holds_something_typed(desk: Desk) -> None:
    form = desk.fill_dispatch()
    desk.do("app.lock")
    desk.window.close()
    page = desk.window.locking.page
    assert desk.window.isVisible() and desk.window.locking.locked
    assert page.banner is not None and "not saved" in page.banner.message.text
    assert not form.isVisible()
    unlock(desk)
    form.left.emit()
    form.settle()
    desk.do("app.lock")
    desk.window.close()
    assert not desk.window.isVisible()


def test_the_controls_are_large_enough(desk: Desk) -> None:
    desk.do("app.lock")
    page = desk.window.locking.page
    for control in (page.password.edit, page.button, page.other):
        assert control.height() >= 32
        assert control.accessibleName()
